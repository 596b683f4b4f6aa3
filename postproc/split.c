// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "split.h"

#define NS_PER_SECOND 1000000000
/* Times from here on are since 1970: no job runs for three years. */
#define EPOCH_FROM_NS INT64_C(100000000000000000)

static int fail_clocks(const char *path, struct input_error *error)
{
	error->path = path;
	return input_error_set(
		error, INPUT_CLOCKS, 0, 0,
		"expected times of one kind in all logs, found times since "
		"1970 beside times since the start of the job; give "
		"log_unix_epoch= the same value in all jobs, or leave out "
		"--time-interval");
}

int split_begin(struct split *split, const struct series_list *list,
		int64_t length_ns, struct input_error *error)
{
	int64_t low = INT64_MAX, high = INT64_MIN;
	size_t i, j;

	split->length_ns = length_ns;
	split->base_ns = 0;
	if (!length_ns)
		return 0;
	for (i = 0; i < list->count; i++) {
		const struct series *series = list->series[i];

		for (j = 0; j < series->count; j++) {
			int64_t t = series->time_ns[j];

			low = t < low ? t : low;
			high = t > high ? t : high;
		}
		if (series->count &&
		    (low >= EPOCH_FROM_NS) != (high >= EPOCH_FROM_NS))
			return fail_clocks(series->path, error);
	}
	if (low > high)
		return 0;
	if (low >= EPOCH_FROM_NS)
		split->base_ns = low / NS_PER_SECOND * NS_PER_SECOND;
	/* Far from both ends, so that a start of an interval is a time, too. */
	if (low > INT64_MIN / 2 && high < INT64_MAX - length_ns &&
	    high / length_ns - low / length_ns < SPLIT_INTERVALS_MAX)
		return 0;
	error->path = NULL;
	return input_error_set(error, INPUT_TOO_MANY, 0, 0,
			       "expected at most %d intervals, found more; "
			       "choose a longer --time-interval",
			       SPLIT_INTERVALS_MAX);
}

static int64_t interval_of(const struct split *split, int64_t time_ns)
{
	int64_t t = time_ns - split->base_ns;

	/* Rounds down below zero, too. */
	return t / split->length_ns - (t % split->length_ns < 0);
}

static int finish_run(struct run *run, uint64_t *values, size_t count,
		      int64_t interval)
{
	run->latency_ns = values;
	run->count = count;
	run->interval = interval;
	moments_add(&run->moments, values, count);
	return run_sort(values, count);
}

/* Sorts the samples by interval: place[i] samples fall into first + i. */
static int order(const struct split *split, struct series *series,
		 int64_t first, const size_t *place, size_t intervals)
{
	size_t i, next = 0;
	size_t *at = reallocarray(NULL, intervals, sizeof(*at));
	uint64_t *ordered = reallocarray(NULL, series->count, sizeof(*ordered));

	if (!at || !ordered) {
		free(at);
		free(ordered);
		return -ENOMEM;
	}
	for (i = 0; i < intervals; i++) {
		at[i] = next;
		next += place[i];
	}
	for (i = 0; i < series->count; i++) {
		int64_t interval = interval_of(split, series->time_ns[i]);

		ordered[at[interval - first]++] = series->latency_ns[i];
	}
	free(at);
	free(series->latency_ns);
	series->latency_ns = ordered;
	return 0;
}

static int make_runs(const struct split *split, struct series *series,
		     int64_t first, size_t *place, size_t intervals)
{
	size_t i, used = 0;
	uint64_t *values;
	int ret;

	for (i = 0; i < series->count; i++)
		place[interval_of(split, series->time_ns[i]) - first]++;
	ret = order(split, series, first, place, intervals);
	if (ret)
		return ret;
	for (i = 0; i < intervals; i++)
		used += place[i] > 0;
	series->runs = calloc(used, sizeof(*series->runs));
	if (!series->runs)
		return -ENOMEM;
	values = series->latency_ns;
	for (i = 0; i < intervals && !ret; i++) {
		if (!place[i])
			continue;
		ret = finish_run(&series->runs[series->run_count++], values,
				 place[i], first + (int64_t)i);
		values += place[i];
	}
	return ret;
}

int split_series(const struct split *split, struct series *series)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	size_t *place, i;
	int ret;

	if (!series->count)
		return 0;
	if (!split->length_ns) {
		series->runs = calloc(1, sizeof(*series->runs));
		if (!series->runs)
			return -ENOMEM;
		series->run_count = 1;
		return finish_run(series->runs, series->latency_ns,
				  series->count, 0);
	}
	for (i = 0; i < series->count; i++) {
		int64_t interval = interval_of(split, series->time_ns[i]);

		first = interval < first ? interval : first;
		last = interval > last ? interval : last;
	}
	place = calloc((size_t)(last - first) + 1, sizeof(*place));
	if (!place)
		return -ENOMEM;
	ret = make_runs(split, series, first, place,
			(size_t)(last - first) + 1);
	free(place);
	return ret;
}
