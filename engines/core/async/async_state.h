/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_STATE_H
#define CORE_ASYNC_STATE_H

#include "async/async.h"
#include "async/async_op.h"
#include "async/uring.h"

/* Of async.c and async_setup.c alone. */

/* Places in flight, first in first out; room for all there are. */
struct places {
	unsigned int *at;
	unsigned int size;
	unsigned int first;
	unsigned int count;
};

static inline void places_put(struct places *p, unsigned int place)
{
	unsigned int i = p->first + p->count++;

	p->at[i < p->size ? i : i - p->size] = place;
}

/* Of one that is not empty. */
static inline unsigned int places_take(struct places *p)
{
	unsigned int place = p->at[p->first];

	p->first = p->first + 1 < p->size ? p->first + 1 : 0;
	p->count--;
	return place;
}

struct async {
	struct worker *worker;
	struct uring uring;
	struct async_op *op; /* depth */
	uint64_t *unit;      /* in each place, or NO_UNIT */
	struct places done;
	struct places landed; /* whose chain is over */
	struct places queued; /* whose chain the kernel does not have yet */
	unsigned int depth;
	unsigned int under_way; /* started, not done */
	unsigned int patience;  /* requests queued that may wait a little */
	unsigned int starved;   /* times in a row that nothing moved */
	unsigned int end_ms;
	int64_t ends_ns; /* when it gives up (again); 0: not told to end */
	bool local; /* neither waits nor does anything when a file is closed */
};

#define NO_UNIT   UINT64_MAX
#define NS_PER_MS 1000000ll

#endif
