/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_RIG_ASYNC_H
#define TEST_RIG_ASYNC_H

#include "rig.h"

/* The part of rig.c for requests by io_uring, if rig->depth asks for them. */

#ifndef HAVE_LIBURING
#define rig_async_start(rig)     ((void)0)
#define rig_async_stop(rig)      ((void)0)
#define rig_async_request(rig)   NULL
#define rig_async_run(rig, unit) 0
#define rig_async_all(rig)       ((void)0)
#else
/* Sets rig->async if the operation has that form. */
void rig_async_start(struct rig *rig);
void rig_async_stop(struct rig *rig);
/* Prepares a unit and puts it in flight in that place. */
void rig_async_begin(struct rig *rig, unsigned int place, uint64_t unit);
/* The request that rig_async_run() runs. Prepare the request first. */
struct request *rig_async_request(struct rig *rig);
/* Works like request_run(), with the results in rig->request. */
int rig_async_run(struct rig *rig, uint64_t unit);
/* Runs all units, as many at once as the depth allows. None may fail. */
void rig_async_all(struct rig *rig);
#endif

/* The library's function of which a test has put one of its own in the place.
 */
#define RIG_REAL(function) ((typeof(&(function)))rig_real(#function))
void *rig_real(const char *name);

#endif
