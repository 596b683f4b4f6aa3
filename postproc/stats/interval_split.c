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
	size_t i;

	for (i = begin; i < end; i++) {
		struct series *series = list->series[i];

		add_times(&times, series);
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
	if (times.first <= INT64_MIN / 2 ||
	    times.last >= INT64_MAX - length_ns ||
	    times.last / length_ns - times.first / length_ns >=
		    INTERVAL_SPLIT_MAX)
		return fail_many(error);
	for (i = begin; i < end; i++)
		list->series[i]->base_ns = base_of(&times, length_ns);
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

/*
 * How one series is cut: interval i is from base + i * length to below
 * base + (i + 1) * length.
 */
struct interval_split {
	int64_t length_ns, base_ns;
};

static int64_t interval_of(const struct interval_split *split, int64_t time_ns)
{
	int64_t t = time_ns - split->base_ns;

	/* C rounds towards zero; this rounds down for negative times, too. */
	return t / split->length_ns - (t % split->length_ns < 0);
}

/* The samples of one interval that wait for their block to be full. */
struct filling {
	uint64_t *latency_ns;
	size_t count;
	uint64_t left; /* samples that are still to come */
};

/*
 * The interval of the last sample. It is kept because the next sample mostly
 * falls into the same interval.
 */
struct cursor {
	size_t at;         /* interval, counted from splitting->first */
	int64_t low, high; /* the interval's times: low to below high */
};

struct series_split {
	struct series *series;
	int64_t first; /* number of the first interval */
	size_t intervals;
	struct filling *filling; /* of each interval */
	struct sample_set **run; /* of each interval; NULL: no samples */
};

static size_t find_interval(const struct interval_split *split,
			    const struct series_split *splitting,
			    struct cursor *cursor, int64_t time_ns)
{
	int64_t interval;

	if (time_ns >= cursor->low && time_ns < cursor->high)
		return cursor->at;
	interval = interval_of(split, time_ns);
	cursor->at = (size_t)(interval - splitting->first);
	cursor->low = split->base_ns + interval * split->length_ns;
	cursor->high = cursor->low + split->length_ns;
	return cursor->at;
}

static size_t block_size(uint64_t left)
{
	return left < SAMPLE_BLOCK_SAMPLES_MAX ? (size_t)left
					       : SAMPLE_BLOCK_SAMPLES_MAX;
}

static int put_sample(struct series_split *splitting, size_t i, uint64_t value)
{
	struct filling *filling = &splitting->filling[i];
	int ret;

	if (!filling->latency_ns)
		filling->latency_ns = reallocarray(
			NULL, block_size(filling->left), sizeof(uint64_t));
	if (!filling->latency_ns)
		return -ENOMEM;
	filling->latency_ns[filling->count++] = value;
	if (filling->count < block_size(filling->left))
		return 0;
	ret = sample_set_add(splitting->run[i], filling->latency_ns,
			     filling->count);
	free(filling->latency_ns);
	filling->latency_ns = NULL;
	filling->left -= filling->count;
	filling->count = 0;
	return ret;
}

/*
 * Moves the samples of timed[] into their sample sets. Each element of timed[]
 * is freed at once, so that hardly any sample is in memory twice.
 */
static int move_samples(const struct interval_split *split,
			struct series_split *splitting)
{
	struct series *series = splitting->series;
	struct cursor cursor = { 0 };
	size_t i, j;
	int ret = 0;

	for (i = 0; i < series->timed_count && !ret; i++) {
		struct timed_samples *timed = &series->timed[i];

		for (j = 0; j < timed->count && !ret; j++) {
			size_t at = find_interval(split, splitting, &cursor,
						  timed->time_ns[j]);

			ret = put_sample(splitting, at, timed->latency_ns[j]);
		}
		free(timed->latency_ns);
		free(timed->time_ns);
		timed->latency_ns = NULL;
		timed->time_ns = NULL;
	}
	series_free_timed(series);
	return ret;
}

static int move_bins(const struct interval_split *split,
		     struct series_split *splitting)
{
	const struct series *series = splitting->series;
	size_t i;
	int ret = 0;

	for (i = 0; i < series->timed_bins_count && !ret; i++) {
		const struct timed_histogram *timed = &series->timed_bins[i];
		int64_t at = interval_of(split, timed->time_ns);

		ret = sample_set_add_histogram(
			splitting->run[at - splitting->first], &timed->bins);
	}
	return ret;
}

/* Makes a sample set for each interval that has samples. */
static int make_runs(struct series_split *splitting)
{
	struct series *series = splitting->series;
	size_t i, used = 0;

	for (i = 0; i < splitting->intervals; i++)
		used += splitting->filling[i].left > 0;
	series->runs = calloc(used, sizeof(*series->runs));
	if (!series->runs)
		return -ENOMEM;
	for (i = 0; i < splitting->intervals; i++) {
		if (!splitting->filling[i].left)
			continue;
		splitting->run[i] = &series->runs[series->run_count++];
		splitting->run[i]->interval = splitting->first + (int64_t)i;
	}
	return 0;
}

static int split_times(const struct interval_split *split,
		       struct series_split *splitting)
{
	struct series *series = splitting->series;
	struct cursor cursor = { 0 };
	size_t i, j;
	int ret;

	for (i = 0; i < series->timed_count; i++) {
		const struct timed_samples *timed = &series->timed[i];

		for (j = 0; j < timed->count; j++) {
			size_t at = find_interval(split, splitting, &cursor,
						  timed->time_ns[j]);

			splitting->filling[at].left++;
		}
	}
	for (i = 0; i < series->timed_bins_count; i++)
		splitting
			->filling[interval_of(split,
					      series->timed_bins[i].time_ns) -
				  splitting->first]
			.left++;
	ret = make_runs(splitting);
	if (!ret)
		ret = move_bins(split, splitting);
	if (!ret)
		ret = move_samples(split, splitting);
	for (i = 0; i < splitting->intervals; i++)
		free(splitting->filling[i].latency_ns);
	return ret;
}

int interval_split_series(struct series *series, int64_t length_ns)
{
	const struct interval_split cut = { length_ns, series->base_ns },
				    *split = &cut;
	struct series_split splitting = { .series = series };
	struct times times = { INT64_MAX, INT64_MIN, INT64_MAX };
	int ret = -ENOMEM;

	if (!series->timed_count && !series->timed_bins_count)
		return 0;
	add_times(&times, series);
	splitting.first = interval_of(split, times.first);
	splitting.intervals =
		(size_t)(interval_of(split, times.last) - splitting.first) + 1;
	splitting.filling =
		calloc(splitting.intervals, sizeof(*splitting.filling));
	splitting.run = calloc(splitting.intervals, sizeof(*splitting.run));
	if (splitting.filling && splitting.run)
		ret = split_times(split, &splitting);
	free(splitting.filling);
	free(splitting.run);
	return ret;
}
