/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs one function over many items on all processors. */
#ifndef SMALLFIO_PARALLEL_H
#define SMALLFIO_PARALLEL_H

#include <stddef.h>

/*
 * Calls work(context, i) once for each i below n, in any order, from as many
 * threads as there are processors. Returns when all calls are done. Where a
 * thread cannot be started, fewer threads do the work. Meanwhile the caller's
 * thread calls watch(context), unless `watch` is NULL, about ten times a
 * second.
 */
void parallel_for(size_t n, void (*work)(void *context, size_t i),
		  void (*watch)(void *context), void *context);

#endif
