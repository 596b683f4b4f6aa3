// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_status.h"
#include "stats/pause.h"
#include "util/array.h"
#include "util/field.h"
#include "util/shown.h"

/* Times from here on are since 1970: no job runs for three years. */
#define EPOCH_FROM_NS INT64_C(100000000000000000)
#define FIRST_SPANS   16
/* Far more than any time, so that no sum or difference of a few overflows. */
#define TIME_MAX_NS   (INT64_MAX / 2) /* since 1970: the year 2116 */
#define LENGTH_MAX_NS (INT64_MAX / 8)
#define NS_PER_S      1e9L
#define NS_PER_MS     INT64_C(1000000)

static const struct busy_span nothing = { INT64_MAX, 0 };

void activity_begin(struct activity *activity)
{
	*activity = (struct activity){
		.now = nothing,
		.start_ns = INT64_MAX,
	};
}

static int compare_spans(const void *a, const void *b)
{
	const struct busy_span *l = a, *r = b;

	return (l->from_ns > r->from_ns) - (l->from_ns < r->from_ns);
}

/* Orders the spans, and joins those that are closer than PAUSE_MIN_NS. */
static void join_spans(struct activity *activity)
{
	struct busy_span *span = activity->span;
	size_t kept = 0;

	if (!activity->count)
		return;
	qsort(span, activity->count, sizeof(*span), compare_spans);
	for (size_t i = 1; i < activity->count; i++) {
		if (span[i].from_ns - span[kept].to_ns >= PAUSE_MIN_NS)
			span[++kept] = span[i];
		else if (span[i].to_ns > span[kept].to_ns)
			span[kept].to_ns = span[i].to_ns;
	}
	activity->count = kept + 1;
}

static int put_span(struct activity *activity, const struct busy_span *span)
{
	size_t capacity = activity->capacity;
	struct busy_span *grown;
	bool full;

	if (span->from_ns > span->to_ns)
		return 0;
	/* A log in disorder has many spans, and most can be joined. */
	full = activity->count == capacity;
	if (full)
		join_spans(activity);
	if (full && activity->count >= capacity / 2) {
		capacity = capacity ? 2 * capacity : FIRST_SPANS;
		grown = reallocarray(activity->span, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		activity->span = grown;
		activity->capacity = capacity;
	}
	activity->span[activity->count++] = *span;
	return 0;
}

int activity_next(struct activity *activity, int64_t end_ns)
{
	struct busy_span before = activity->now;
	int ret = put_span(activity, &before);

	if (!ret)
		activity->now = (struct busy_span){ end_ns, end_ns };
	return ret;
}

int activity_finish(struct activity *activity)
{
	struct busy_span last = activity->now;
	int ret = put_span(activity, &last);

	activity->now = nothing;
	join_spans(activity);
	return ret;
}

int activity_merge(struct activity *to, const struct activity *from)
{
	int ret = 0;

	for (size_t i = 0; i < from->count && !ret; i++)
		ret = put_span(to, &from->span[i]);
	if (from->start_ns < to->start_ns)
		to->start_ns = from->start_ns;
	return ret ? ret : activity_finish(to);
}

bool activity_is_absolute(const struct activity *activity)
{
	return activity->count && activity->span[0].from_ns >= EPOCH_FROM_NS;
}

void activity_free(struct activity *activity)
{
	free(activity->span);
	activity_begin(activity);
}

/* Times in which none of the threads so far ended an operation. */
struct gaps {
	struct busy_span *gap;
	size_t count;
	int64_t min_ns;
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Adds what each gap of `from` shares with the time from begin to end, if this
 * is min_ns or longer.
 */
static int add_common(struct gaps *to, const struct gaps *from, int64_t begin,
		      int64_t end)
{
	int64_t min_ns = from->min_ns;

	for (size_t i = 0; i < from->count && end - begin >= min_ns; i++) {
		struct busy_span both = { later(from->gap[i].from_ns, begin),
					  earlier(from->gap[i].to_ns, end) };
		struct busy_span *gap;

		if (both.to_ns - both.from_ns < min_ns)
			continue;
		gap = array_add(&to->gap, &to->count);
		if (!gap)
			return -ENOMEM;
		*gap = both;
	}
	return 0;
}

/* A time less an offset. Both are cut. */
static int64_t moved(int64_t time_ns, int64_t ahead_ns)
{
	return later(earlier(time_ns, TIME_MAX_NS), -LENGTH_MAX_NS) -
	       later(earlier(ahead_ns, LENGTH_MAX_NS), -LENGTH_MAX_NS);
}

/* Keeps of the gaps only what are gaps of this thread, too. */
static int keep_gaps(struct gaps *gaps, const struct pause_thread *thread)
{
	const struct activity *activity = thread->activity;
	struct gaps kept = { .min_ns = gaps->min_ns };
	int64_t before = -2 * LENGTH_MAX_NS;
	int ret = 0;

	for (size_t i = 0; i < activity->count && !ret; i++) {
		const struct busy_span *span = &activity->span[i];

		ret = add_common(&kept, gaps, before,
				 moved(span->from_ns, thread->ahead_ns));
		before = moved(span->to_ns, thread->ahead_ns);
	}
	if (!ret)
		ret = add_common(&kept, gaps, before,
				 TIME_MAX_NS + LENGTH_MAX_NS);
	free(gaps->gap);
	*gaps = kept;
	return ret;
}

/* The time from the start of the first operation to the end of the last. */
static struct busy_span whole_time(const struct pause_thread *thread, size_t n)
{
	struct busy_span whole = { INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < n; i++) {
		const struct activity *a = thread[i].activity;

		whole.from_ns = earlier(whole.from_ns,
					moved(a->start_ns, thread[i].ahead_ns));
		whole.to_ns =
			later(whole.to_ns, moved(a->span[a->count - 1].to_ns,
						 thread[i].ahead_ns));
	}
	return whole;
}

static bool are_known(const struct pause_thread *thread, size_t n,
		      uint64_t operations)
{
	for (size_t i = 0; i < n; i++)
		if (!thread[i].activity->count ||
		    (n > 1 && !activity_is_absolute(thread[i].activity)))
			return false;
	return n && operations;
}

static void take_gap(struct pauses *pauses, int64_t from_ns, int64_t length_ns)
{
	pauses->count++;
	if (length_ns <= pauses->longest_ns)
		return;
	pauses->longest_ns = length_ns;
	pauses->longest_from_ns = from_ns - pauses->start_ns;
}

static int64_t least_ns(int64_t time_ns, uint64_t operations)
{
	int64_t pace_ns;

	if (operations > INT64_MAX)
		return PAUSE_MIN_NS;
	if (__builtin_mul_overflow(time_ns / (int64_t)operations, PAUSE_PACE,
				   &pace_ns))
		return INT64_MAX;
	return later(PAUSE_MIN_NS, pace_ns);
}

int pauses_find(struct pauses *pauses, const struct pause_thread *thread,
		size_t n, uint64_t operations)
{
	struct gaps gaps = { .count = 1 };
	struct busy_span whole;
	int ret = 0;

	*pauses = (struct pauses){ .known = are_known(thread, n, operations) };
	if (!pauses->known)
		return 0;
	whole = whole_time(thread, n);
	pauses->start_ns = whole.from_ns;
	gaps.min_ns = least_ns(whole.to_ns - whole.from_ns, operations);
	gaps.gap = malloc(sizeof(*gaps.gap));
	if (!gaps.gap)
		return -ENOMEM;
	*gaps.gap = whole;
	for (size_t i = 0; i < n && !ret && gaps.count; i++)
		ret = keep_gaps(&gaps, &thread[i]);
	for (size_t i = 0; i < gaps.count && !ret; i++)
		take_gap(pauses, gaps.gap[i].from_ns,
			 gaps.gap[i].to_ns - gaps.gap[i].from_ns);
	free(gaps.gap);
	return ret;
}

/* Whether all counts from `first` to `last` are of one run. */
static bool is_one_run(const struct pause_count *count, size_t first,
		       size_t last)
{
	/* The threads may have been done soon after the last but one. */
	int64_t slack_ns = count[last].counted_ns - count[last - 1].counted_ns +
			   PAUSE_MIN_NS;

	return count[last].counted_ns - count[first].counted_ns <=
	       count[last].asked_ns - count[first].asked_ns + slack_ns;
}

/*
 * How long the threads stood still between a count and the next one; 0 if they
 * did more than twice what they do, at their pace, until fio asked again.
 */
static int64_t still_ns(const struct pause_count *count, int64_t pace_ns)
{
	uint64_t operations = count[1].operations - count[0].operations;
	int64_t asked_ns = count[1].asked_ns - count[0].asked_ns;
	int64_t counted_ns = count[1].counted_ns - count[0].counted_ns;
	int64_t work_ns;

	if (!operations)
		return later(counted_ns, 0);
	if (count[1].operations < count[0].operations || asked_ns <= 0 ||
	    __builtin_mul_overflow(operations, pace_ns, &work_ns) ||
	    work_ns / 2 > asked_ns)
		return 0;
	return later(counted_ns - asked_ns, 0);
}

void pauses_count(struct pauses *pauses, const struct pause_count *count,
		  size_t n)
{
	uint64_t all = n ? count[n - 1].operations : 0;
	int64_t time_ns = n ? count[n - 1].asked_ns : 0, length_ns = 0;
	size_t last = 0, from = 0;

	*pauses = (struct pauses){
		.known = n > 1 && all && all <= INT64_MAX && time_ns > 0,
		.by_status = true,
	};
	while (pauses->known && count[last].operations != all)
		last++;
	for (size_t i = 0; i < last; i++) {
		int64_t still =
			count[i].operations && is_one_run(count, i, last)
				? still_ns(&count[i], time_ns / (int64_t)all)
				: 0;

		if (!length_ns)
			from = i;
		if (__builtin_add_overflow(length_ns, still, &length_ns))
			length_ns = INT64_MAX;
		/* A pause goes on while nothing new is counted. */
		if (still && i + 1 < last &&
		    count[i + 1].operations == count[i + 2].operations)
			continue;
		if (length_ns >= least_ns(time_ns, all))
			take_gap(pauses, count[from].asked_ns, length_ns);
		length_ns = 0;
	}
}

static int64_t ms_to_ns(int64_t ms, int64_t max_ns)
{
	return later(earlier(ms, max_ns / NS_PER_MS), 0) * NS_PER_MS;
}

int pauses_of_status(struct pauses *pauses, const struct fio_result *result,
		     const struct fio_entry *const *entry, size_t n)
{
	struct pause_count *count =
		calloc(result->statuses + 1, sizeof(*count));

	if (!count)
		return -ENOMEM;
	for (size_t i = 0; i < result->statuses; i++) {
		struct fio_status_sum sum = { 0 };

		for (size_t k = 0; k < n; k++)
			if (!k || entry[k] != entry[k - 1])
				fio_status_add(&sum, result, i, entry[k]);
		count[i] = (struct pause_count){
			.asked_ns = ms_to_ns((int64_t)sum.runtime_ms,
					     LENGTH_MAX_NS),
			.counted_ns = ms_to_ns(sum.timestamp_ms, TIME_MAX_NS),
			.operations = sum.operations,
		};
	}
	pauses_count(pauses, count, result->statuses);
	free(count);
	return 0;
}

const char *pauses_source(const struct pauses *pauses)
{
	return pauses->by_status ? "status_interval" : "logs";
}

void pauses_say(FILE *out, const char *host, const struct pauses *pauses)
{
	fputs(pauses->by_status ? "hardly any operation ended "
				: "no operation ended ",
	      out);
	if (host)
		fprintf(out, "on host %s ", shown(host));
	fputs("for ", out);
	field_seconds(out, 0, (long double)pauses->longest_ns / NS_PER_S);
	fputs(", from ", out);
	field_seconds(out, 0, (long double)pauses->longest_from_ns / NS_PER_S);
	fputs(" after the start", out);
	if (pauses->by_status)
		fputs(" (by --status-interval)", out);
	if (pauses->count > 1)
		fprintf(out, ", and %zu more such pause%s", pauses->count - 1,
			pauses->count > 2 ? "s" : "");
}
