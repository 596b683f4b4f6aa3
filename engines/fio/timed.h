/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TIMED_H
#define TIMED_H

#include "fio.h"

#include "util/slowdown.h"
#include "smallfile.h"
#include "util/ticks.h"

/*
 * Operations that are done one right after the other, each timed by itself: by
 * marks between them, which are the processor's counter where that serves as a
 * clock, or ns of fio's clock. Several together have a length in ns, which
 * fio's clock knows, and each of them a share of that.
 */
struct timed {
	bool ticks;
	bool slowed;           /* on purpose: see util/slowdown.h */
	struct timespec begin; /* of the first */
	uint64_t first, last;  /* marks: when it began, when one last ended */
	double mark_ns;        /* the length of one, once they have ended */
};

static inline void timed_init(struct timed *t)
{
	t->ticks = ticks_usable();
	t->slowed = slowdown_read() > 0;
}

static inline uint64_t timed_mark(const struct timed *t)
{
	struct timespec now;

	if (t->ticks)
		return ticks_now();
	fio_gettime(&now, NULL);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void timed_begin(struct timed *t)
{
	fio_gettime(&t->begin, NULL);
	t->first = t->last = timed_mark(t);
}

/*
 * Does the job's request for that unit; *took: marks. It begins where the one
 * before it ended: to find names takes less than a look at a clock.
 */
static inline int timed_run(struct timed *t, struct job *job, uint64_t unit,
			    uint64_t *took)
{
	uint64_t begin = t->last;
	int ret;

	if (smallfile_prepare(job, &job->request, unit))
		begin = timed_mark(t);
	if (t->slowed)
		slowdown_wait();
	ret = request_run(&job->worker, &job->request);
	t->last = timed_mark(t);
	*took = t->last - begin;
	return ret;
}

/* Returns how long all of them took, ns. */
static inline uint64_t timed_end(struct timed *t, const struct timespec *now)
{
	uint64_t ns = ntime_since(&t->begin, now);

	t->mark_ns = ticks_length_ns(t->last - t->first, ns);
	return ns;
}

/* What one of them took, ns. */
static inline uint64_t timed_ns(const struct timed *t, uint64_t took)
{
	return ticks_share_ns(took, t->last - t->first, t->mark_ns);
}

#endif
