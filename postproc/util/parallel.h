/* SPDX-License-Identifier: GPL-2.0-only */
/* One function over many items on all processors. */
#ifndef SMALLFIO_PARALLEL_H
#define SMALLFIO_PARALLEL_H

#include <stddef.h>

/*
 * Calls work(context, i) once for each i below n, in no order, from as many
 * threads as there are processors, and returns when all are done. A thread
 * that cannot be started is done without. While it works, calls
 * watch(context), if not NULL, about ten times a second from the caller's
 * thread.
 */
void parallel_for(size_t n, void (*work)(void *context, size_t i),
		  void (*watch)(void *context), void *context);

struct crew;

struct crew;

/*
 * The same, but returns at once, so that the caller can do something else in
 * the meantime; where no thread can be started, when all is done. crew_wait()
 * must follow.
 */
struct crew *crew_start(size_t n, void (*work)(void *context, size_t i),
			void *context);

/* Until all is done. `crew` is gone then; it may be NULL. */
void crew_wait(struct crew *crew);

#endif
