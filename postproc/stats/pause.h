/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pauses: times in which none of some threads ended an operation. An outage of
 * the storage is a pause. Percentiles do not show an outage, because each
 * thread has only one slow operation then.
 *
 * A pause lasts PAUSE_MIN_NS or longer, because a busy machine makes shorter
 * ones. It also lasts PAUSE_PACE times as long as the threads together take for
 * an operation, or longer.
 */
#ifndef SMALLFIO_PAUSE_H
#define SMALLFIO_PAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fio/fio_json.h"

#define PAUSE_MIN_NS INT64_C(1000000000)
#define PAUSE_PACE   10

struct busy_span {
	int64_t from_ns, to_ns; /* from > to: empty */
};

/*
 * When the operations of a thread ended: spans that are PAUSE_MIN_NS apart or
 * more. So memory grows with the number of pauses. activity_begin() makes it
 * empty, and the owner frees it with activity_free().
 */
struct activity {
	struct busy_span now; /* the span that grew last */
	struct busy_span *span;
	size_t count, capacity;
	int64_t start_ns; /* the earliest start of an operation */
};

void activity_begin(struct activity *activity);

/* Ends the span `now`, and begins another one. Returns 0 or -ENOMEM. */
int activity_next(struct activity *activity, int64_t end_ns);

/*
 * Adds an operation. Ascending order is cheapest. Returns 0 or -ENOMEM.
 */
static inline int activity_add(struct activity *activity, int64_t end_ns,
			       uint64_t latency_ns)
{
	int64_t began_ns = end_ns - (int64_t)latency_ns;

	if (began_ns < activity->start_ns)
		activity->start_ns = began_ns;
	if (end_ns < activity->now.from_ns ||
	    end_ns - activity->now.to_ns >= PAUSE_MIN_NS)
		return activity_next(activity, end_ns);
	if (end_ns > activity->now.to_ns)
		activity->now.to_ns = end_ns;
	return 0;
}

/*
 * Puts the spans in order. Must be called after the last activity_add().
 * Returns 0 or -ENOMEM.
 */
int activity_finish(struct activity *activity);

/* Adds all operations of `from`, finished, to `to`. Returns 0 or -ENOMEM. */
int activity_merge(struct activity *to, const struct activity *from);

/* Whether the times are since 1970, and not since the thread's start. */
bool activity_is_absolute(const struct activity *activity);

void activity_free(struct activity *activity);

struct pauses {
	bool known;
	bool by_status; /* found by pauses_count() */
	size_t count;
	/* The longest, and its beginning since the first thread's start. */
	int64_t longest_ns, longest_from_ns;
	int64_t start_ns; /* of the first thread */
};

/* A thread, finished. Its clock is ahead of that of the others by ahead_ns. */
struct pause_thread {
	const struct activity *activity;
	int64_t ahead_ns;
};

/*
 * Finds the pauses that `n` threads share, which have done so many operations.
 * They are not known for no operations, and for several threads without times
 * since 1970: each began at a time of its own. Returns 0 or -ENOMEM.
 */
int pauses_find(struct pauses *pauses, const struct pause_thread *thread,
		size_t n, uint64_t operations);

/* How many operations some threads had ended when fio counted. */
struct pause_count {
	int64_t asked_ns;   /* since the threads' start */
	int64_t counted_ns; /* since 1970 */
	uint64_t operations;
};

/*
 * Finds pauses from counts, in the order of time: fio's --status-interval. When
 * fio wants to count, it asks each thread, and waits until all have answered.
 * A thread answers when its operation has ended. So there was a pause where fio
 * waited, and counted no more than the threads do in the time before; or where
 * it counted nothing new. Something must have been counted before, and more
 * later. A pause may be longer than it is here, and a few operations may have
 * ended in it. Pauses are not known for less than two counts.
 */
void pauses_count(struct pauses *pauses, const struct pause_count *count,
		  size_t n);

/*
 * Does so with the statuses of a result, for some of its entries. One that
 * follows itself counts once. Returns 0 or -ENOMEM.
 */
int pauses_of_status(struct pauses *pauses, const struct fio_result *result,
		     const struct fio_entry *const *entry, size_t n);

/* Where they are from: "logs" or "status_interval". */
const char *pauses_source(const struct pauses *pauses);

/*
 * Writes a sentence about pauses, without an end: "no operation ended on host
 * h1 for 14.0 s, from ...". `host` NULL: of all hosts. There must be a pause.
 */
void pauses_say(FILE *out, const char *host, const struct pauses *pauses);

#endif
