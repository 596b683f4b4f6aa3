/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_STATE_H
#define CORE_ASYNC_STATE_H

#include "async.h"
#include "flight.h"
#include "uring.h"

/* Of async.c, async_setup.c and async_plain.c alone. */

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
	struct flight *flight; /* depth */
	uint64_t *unit;        /* in each place, or NO_UNIT */
	struct places done;
	struct places landed;  /* whose chain is over */
	struct places waiting; /* where it is `plain`: not begun yet */
	unsigned int depth;
	unsigned int under_way; /* started, not done */
	unsigned int patience;  /* requests queued that may wait a little */
	unsigned int starved;   /* times in a row that nothing moved */
	unsigned int end_ms;
	int64_t ends_ns; /* when it gives up (again); 0: not told to end */
	bool local; /* neither waits nor does anything when a file is closed */
	bool plain; /* by plain calls of this thread: async_plain.c */
};

#define NO_UNIT   UINT64_MAX
#define NS_PER_MS 1000000ll

int64_t async_now_ns(void);
void async_finish(struct async *async, struct flight *flight);

/* async_plain.c */
bool async_is_plain(const struct worker *worker,
		    const struct async_options *options);
/* Does all that is waiting. */
void async_work(struct async *async);

#endif
