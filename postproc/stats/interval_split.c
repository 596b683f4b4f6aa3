// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval_split.h"

#define NS_PER_MS 1000000
/* Times from here on count from 1970, because no job runs for three years. */
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

/*
 * The range of the times of some series, and the time at which the first of
 * their samples began.
 */
struct times {
	int64_t first, last, start;
};

static void widen(struct times *times, int64_t time_ns)
{
	if (time_ns < times->first)
		times->first = time_ns;
	if (time_ns > times->last)
		times->last = time_ns;
}

static void add_times(struct times *times, const struct series *series)
{
	size_t i, k;

	for (i = 0; i < series->timed_count; i++) {
		const struct timed_samples *timed = &series->timed[i];
		/* A time in smallfile's logs is already that of the start. */
		int64_t start = series->kind == LOG_RSPTIMES
					? INT64_MAX
					: timed_first_start(timed);

		for (k = 0; k < timed->count; k++)
			widen(times, timed->time_ns[k]);
		if (start < times->start)
			times->start = start;
	}
	for (i = 0; i < series->timed_bins_count; i++)
		widen(times, series->timed_bins[i].time_ns);
	if (times->first < times->start)
		times->start = times->first;
}

/*
 * Where interval 0 begins: at 0, the start of the job, if a sample began within
 * the first interval. Otherwise (times since 1970, or ramp_time=) at the start
 * of the first sample, rounded up to a whole ms. fio cuts its times to whole
 * ms, so an operation of 6 ns that ended at 5 ms did not begin at 4 ms.
 */
static int64_t base_of(const struct times *times, int64_t length_ns)
{
	int64_t base_ns;

	if (times->start < length_ns)
		return 0;
	base_ns = (times->start + NS_PER_MS - 1) / NS_PER_MS * NS_PER_MS;
	return base_ns > times->first ? times->first : base_ns;
}

/* A length for so many samples in that time: INTERVAL_SPLIT_FIT. */
static int64_t fitting_length(int64_t whole_ns, uint64_t samples)
{
	static const int64_t steps[] = { 1, 2, 5, 10 };
	int64_t unit = NS_PER_MS, parts = INTERVAL_SPLIT_INTERVALS_LEAST;
	size_t i = 0;

	if (samples < INTERVAL_SPLIT_SAMPLES_LEAST * (uint64_t)parts)
		parts = (int64_t)samples / INTERVAL_SPLIT_SAMPLES_LEAST + 1;
	/* The largest that gives enough parts. */
	while (steps[i + 1] * unit <= whole_ns / parts)
		if (++i == 3) {
			i = 0;
			unit *= 10;
		}
	return steps[i] * unit;
}

static int fail_many(struct input_error *error)
{
	error->path = NULL;
	return input_error_set(error, INPUT_TOO_MANY, 0, 0,
			       "expected at most %d intervals, found more; "
			       "choose a longer --time-interval",
			       INTERVAL_SPLIT_MAX);
}

/*
 * Sets base_ns of the series of one operation, list[begin] to list[end - 1].
 * `all` is the range of all times so far.
 */
static int begin_operation(const struct series_list *list, size_t begin,
			   size_t end, int64_t length_ns, struct times *all,
			   struct input_error *error)
{
	struct times times = { INT64_MAX, INT64_MIN, INT64_MAX };
	uint64_t samples = 0;
	size_t i;

	for (i = begin; i < end; i++) {
		struct series *series = list->series[i];

		add_times(&times, series);
		samples += series->count;
		widen(all, times.first);
		widen(all, times.last);
		if (series->count && (all->first >= EPOCH_FROM_NS) !=
					     (all->last >= EPOCH_FROM_NS))
			return fail_clocks(series->path, error);
	}
	if (times.first > times.last)
		return 0;
	/*
	 * Times near either end of the 64 bits are refused, so that the start
	 * and end of each interval fit 64 bits, too.
	 */
	if (times.first <= INT64_MIN / 2)
		return fail_many(error);
	if (length_ns == INTERVAL_SPLIT_FIT)
		length_ns = fitting_length(times.last - times.start, samples);
	if (times.last >= INT64_MAX - length_ns ||
	    times.last / length_ns - times.first / length_ns >=
		    INTERVAL_SPLIT_MAX)
		return fail_many(error);
	for (i = begin; i < end; i++) {
		list->series[i]->base_ns = base_of(&times, length_ns);
		list->series[i]->length_ns = length_ns;
	}
	return 0;
}

int interval_split_begin(const struct series_list *list, int64_t length_ns,
			 struct input_error *error)
{
	struct times all = { INT64_MAX, INT64_MIN, INT64_MAX };
	size_t begin, end;
	int ret = 0;

	for (begin = 0; length_ns && begin < list->count && !ret; begin = end) {
		end = series_operation_end(list, begin);
		ret = begin_operation(list, begin, end, length_ns, &all, error);
	}
	return ret;
}

/* An interval of a series, whose samples wait for their block to be full. */
struct interval {
	uint64_t left; /* samples that are still to come */
	uint64_t *latency_ns;
	size_t count;
	struct sample_set *run; /* NULL: no samples */
};

/*
 * How a series is cut: interval i is from base_ns + i * length_ns to below the
 * next. The interval of the last sample is kept, because the next sample mostly
 * falls into the same.
 */
struct series_split {
	struct series *series;
	int64_t length_ns;
	int64_t first; /* number of the first interval */
	struct interval *interval;
	size_t intervals;
	struct interval *last;
	int64_t low, high; /* the times of `last`: low to below high */
};

static int64_t number_of(const struct series_split *split, int64_t time_ns)
{
	int64_t t = time_ns - split->series->base_ns;

	/* C rounds towards zero; this rounds down for negative times, too. */
	return t / split->length_ns - (t % split->length_ns < 0);
}

static struct interval *find_interval(struct series_split *split,
				      int64_t time_ns)
{
	int64_t number;

	if (time_ns >= split->low && time_ns < split->high)
		return split->last;
	number = number_of(split, time_ns);
	split->last = &split->interval[number - split->first];
	split->low = split->series->base_ns + number * split->length_ns;
	split->high = split->low + split->length_ns;
	return split->last;
}

static int put_sample(struct interval *interval, uint64_t value)
{
	size_t room = interval->left < SAMPLE_BLOCK_SAMPLES_MAX
			      ? (size_t)interval->left
			      : SAMPLE_BLOCK_SAMPLES_MAX;
	int ret;

	if (!interval->latency_ns)
		interval->latency_ns =
			reallocarray(NULL, room, sizeof(uint64_t));
	if (!interval->latency_ns)
		return -ENOMEM;
	interval->latency_ns[interval->count++] = value;
	if (interval->count < room)
		return 0;
	ret = sample_set_add(interval->run, interval->latency_ns, room);
	free(interval->latency_ns);
	interval->latency_ns = NULL;
	interval->left -= room;
	interval->count = 0;
	return ret;
}

/*
 * Moves the samples into their sample sets. Each element of timed[] is freed at
 * once, so that hardly any sample is in memory twice.
 */
static int move_samples(struct series_split *split)
{
	struct series *series = split->series;
	int ret = 0;

	for (size_t i = 0; i < series->timed_bins_count && !ret; i++) {
		const struct timed_histogram *timed = &series->timed_bins[i];

		ret = sample_set_add_histogram(
			find_interval(split, timed->time_ns)->run,
			&timed->bins);
	}
	for (size_t i = 0; i < series->timed_count && !ret; i++) {
		struct timed_samples *timed = &series->timed[i];

		for (size_t k = 0; k < timed->count && !ret; k++)
			ret = put_sample(find_interval(split,
						       timed->time_ns[k]),
					 timed->latency_ns[k]);
		free(timed->latency_ns);
		free(timed->time_ns);
		memset(timed, 0, sizeof(*timed));
	}
	series_free_timed(series);
	return ret;
}

/* Counts the samples of each interval. Returns how many intervals have any. */
static size_t count_samples(struct series_split *split)
{
	const struct series *series = split->series;
	size_t used = 0;

	for (size_t i = 0; i < series->timed_count; i++)
		for (size_t k = 0; k < series->timed[i].count; k++)
			find_interval(split, series->timed[i].time_ns[k])
				->left++;
	for (size_t i = 0; i < series->timed_bins_count; i++)
		find_interval(split, series->timed_bins[i].time_ns)->left++;
	for (size_t i = 0; i < split->intervals; i++)
		used += split->interval[i].left > 0;
	return used;
}

static int split_times(struct series_split *split)
{
	struct series *series = split->series;
	int ret = -ENOMEM;

	series->runs = calloc(count_samples(split), sizeof(*series->runs));
	for (size_t i = 0; i < split->intervals && series->runs; i++) {
		struct interval *interval = &split->interval[i];

		if (!interval->left)
			continue;
		interval->run = &series->runs[series->run_count++];
		interval->run->interval = split->first + (int64_t)i;
	}
	if (series->runs)
		ret = move_samples(split);
	for (size_t i = 0; i < split->intervals; i++)
		free(split->interval[i].latency_ns);
	return ret;
}

int interval_split_series(struct series *series)
{
	struct series_split split = { .series = series,
				      .length_ns = series->length_ns };
	struct times times = { INT64_MAX, INT64_MIN, INT64_MAX };
	int ret;

	if (!series->timed_count && !series->timed_bins_count)
		return 0;
	add_times(&times, series);
	split.first = number_of(&split, times.first);
	split.intervals =
		(size_t)(number_of(&split, times.last) - split.first) + 1;
	split.interval = calloc(split.intervals, sizeof(*split.interval));
	ret = split.interval ? split_times(&split) : -ENOMEM;
	free(split.interval);
	return ret;
}
