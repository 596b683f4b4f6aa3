/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_STATE_H
#define CORE_ASYNC_STATE_H

#include "async/async.h"
#include "async/async_op.h"
#include "async/uring.h"

/* For async.c and async_setup.c only. */

/* Places in flight, first in first out, with room for all places. */
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

/* The queue must not be empty. */
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
	struct async_op *op; /* depth entries */
	uint64_t *unit;      /* the unit in each place, or NO_UNIT */
	struct places done;
	struct places landed; /* places whose chain is over */
	/* places whose chain the kernel does not have yet */
	struct places queued;
	unsigned int depth;
	unsigned int under_way; /* operations started and not done */
	unsigned int patience;  /* how many queued requests may wait a little */
	unsigned int starved;   /* how often in a row nothing moved */
	unsigned int end_ms;
	int64_t ends_ns; /* when to give up (again); 0: not told to end */
	bool local;      /* close() neither waits nor does anything */
};

#define NO_UNIT   UINT64_MAX
#define NS_PER_MS 1000000ll

#endif
