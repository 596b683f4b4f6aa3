/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_RIG_ASYNC_H
#define TEST_RIG_ASYNC_H

#include "rig.h"

/* Of rig.c: requests by io_uring, where rig->depth asks for it. */

/* Sets rig->async where the operation has that form. */
void rig_async_start(struct rig *rig);
void rig_async_stop(struct rig *rig);
/* As request_run(), with the results in rig->request. */
/* The one that rig_async_run() runs, to be prepared before. */
struct request *rig_async_request(struct rig *rig);
int rig_async_run(struct rig *rig, uint64_t unit);
/* All units, as many of them at once as the depth allows; none may fail. */
void rig_async_all(struct rig *rig);

#endif
