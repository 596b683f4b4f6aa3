// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats/series.h"
#include "util/array.h"

#define FIRST_CAPACITY 256

struct series *series_list_add(struct series_list *list)
{
	struct series *series = calloc(1, sizeof(*series));
	struct series **at =
		series ? array_add(&list->series, &list->count) : NULL;

	if (!at) {
		free(series);
		return NULL;
	}
	series->thread = LOG_THREAD_UNKNOWN;
	series->fio_job = LOG_FIO_JOB_UNKNOWN;
	series->direction = DIRECTION_NONE;
	series->threads = 1;
	activity_begin(&series->activity);
	return *at = series;
}

int series_list_move(struct series_list *to, struct series_list *from)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		struct series **at = array_add(&to->series, &to->count);

		if (!at)
			return -ENOMEM;
		*at = from->series[i];
		from->series[i] = NULL;
	}
	from->count = 0;
	return 0;
}

void series_free_timed(struct series *series)
{
	size_t i;

	for (i = 0; i < series->timed_count; i++) {
		free(series->timed[i].latency_ns);
		free(series->timed[i].time_ns);
	}
	for (i = 0; i < series->timed_bins_count; i++)
		fio_histogram_free(&series->timed_bins[i].bins);
	free(series->timed);
	free(series->timed_bins);
	series->timed = NULL;
	series->timed_bins = NULL;
	series->timed_count = 0;
	series->timed_bins_count = 0;
}

static void series_free(struct series *series)
{
	size_t i;

	if (!series)
		return;
	free(series->latency_ns);
	free(series->time_ns);
	series_free_timed(series);
	for (i = 0; i < series->run_count; i++)
		sample_set_free(&series->runs[i]);
	free(series->runs);
	activity_free(&series->activity);
	free(series);
}

void series_list_drop(struct series_list *list, size_t i)
{
	series_free(list->series[i]);
	list->count--;
	memmove(&list->series[i], &list->series[i + 1],
		(list->count - i) * sizeof(*list->series));
}

void series_list_free(struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		series_free(list->series[i]);
	free(list->series);
	list->series = NULL;
	list->count = 0;
}

static int grow(struct series *series, bool keep_times)
{
	size_t capacity =
		series->capacity ? series->capacity * 2 : FIRST_CAPACITY;
	void *grown;

	grown = reallocarray(series->latency_ns, capacity, sizeof(uint64_t));
	if (!grown)
		return -ENOMEM;
	series->latency_ns = grown;
	if (keep_times) {
		grown = reallocarray(series->time_ns, capacity,
				     sizeof(int64_t));
		if (!grown)
			return -ENOMEM;
		series->time_ns = grown;
	}
	series->capacity = capacity;
	return 0;
}

/* Moves the buffers of the pending samples into timed[], cut to their size. */
static int put_away_timed(struct series *series)
{
	size_t n = series->pending;
	struct timed_samples *timed =
		array_add(&series->timed, &series->timed_count);
	void *cut;

	if (!timed)
		return -ENOMEM;
	cut = reallocarray(series->latency_ns, n, sizeof(uint64_t));
	if (cut)
		series->latency_ns = cut;
	cut = reallocarray(series->time_ns, n, sizeof(int64_t));
	if (cut)
		series->time_ns = cut;
	*timed = (struct timed_samples){
		.latency_ns = series->latency_ns,
		.time_ns = series->time_ns,
		.count = n,
	};
	series->latency_ns = NULL;
	series->time_ns = NULL;
	series->capacity = 0;
	return 0;
}

/* Makes runs[0]: without intervals one sample set holds all samples. */
static int need_run(struct series *series)
{
	if (series->run_count)
		return 0;
	series->runs = calloc(1, sizeof(*series->runs));
	if (!series->runs)
		return -ENOMEM;
	series->run_count = 1;
	return 0;
}

static int put_away(struct series *series)
{
	int ret;

	if (!series->pending)
		return 0;
	if (series->time_ns) {
		ret = put_away_timed(series);
	} else {
		ret = need_run(series);
		if (ret)
			return ret;
		ret = sample_set_add(series->runs, series->latency_ns,
				     series->pending);
	}
	if (ret)
		return ret;
	series->count += series->pending;
	series->pending = 0;
	return 0;
}

int series_make_room(struct series *series, bool keep_times)
{
	if (series->capacity < SAMPLE_BLOCK_SAMPLES_MAX)
		return grow(series, keep_times);
	if (put_away(series))
		return -ENOMEM;
	return series->capacity ? 0 : grow(series, keep_times);
}

int series_add_histogram(struct series *series, bool keep_times,
			 int64_t time_ns, const struct fio_histogram *bins)
{
	struct timed_histogram *timed;
	int ret;

	if (!bins->n)
		return 0;
	if (__builtin_add_overflow(series->count, bins->samples,
				   &series->count) ||
	    series->count > INT64_MAX)
		return -EOVERFLOW;
	if (!keep_times) {
		ret = need_run(series);
		return ret ? ret : sample_set_add_histogram(series->runs, bins);
	}
	timed = array_add(&series->timed_bins, &series->timed_bins_count);
	if (!timed)
		return -ENOMEM;
	timed->time_ns = time_ns;
	return fio_histogram_merge(&timed->bins, bins);
}

int series_finish(struct series *series)
{
	int ret = put_away(series);

	if (!ret)
		ret = activity_finish(&series->activity);
	free(series->latency_ns);
	free(series->time_ns);
	series->latency_ns = NULL;
	series->time_ns = NULL;
	series->capacity = 0;
	return ret;
}

static int move_runs(struct series *to, struct series *from)
{
	if (!from->run_count)
		return 0;
	if (to->run_count)
		return sample_set_move(to->runs, from->runs);
	to->runs = from->runs;
	to->run_count = from->run_count;
	from->runs = NULL;
	from->run_count = 0;
	return 0;
}

/* Moves what is in `from` to the end of `to`. */
static int move_timed(struct series *to, struct series *from)
{
	for (size_t i = 0; i < from->timed_count; i++) {
		struct timed_samples *timed =
			array_add(&to->timed, &to->timed_count);

		if (!timed)
			return -ENOMEM;
		*timed = from->timed[i];
		memset(&from->timed[i], 0, sizeof(*timed));
	}
	for (size_t i = 0; i < from->timed_bins_count; i++) {
		struct timed_histogram *timed =
			array_add(&to->timed_bins, &to->timed_bins_count);

		if (!timed)
			return -ENOMEM;
		*timed = from->timed_bins[i];
		memset(&from->timed_bins[i], 0, sizeof(*timed));
	}
	return 0;
}

int series_move_samples(struct series *to, struct series *from)
{
	int ret = move_runs(to, from);

	if (!ret)
		ret = activity_merge(&to->activity, &from->activity);
	if (!ret)
		ret = move_timed(to, from);
	if (!ret) {
		to->count += from->count;
		from->count = 0;
	}
	return ret;
}

const struct sample_set *series_in_interval(const struct series *series,
					    int64_t interval)
{
	size_t low = 0, high = series->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->runs[middle].interval < interval)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < series->run_count && series->runs[low].interval == interval)
		return &series->runs[low];
	return NULL;
}

bool series_intervals(const struct series *const *series, size_t n,
		      int64_t *first, int64_t *last)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct sample_set *runs = series[i]->runs;
		size_t count = series[i]->run_count;

		if (!count)
			continue;
		if (!any || runs[0].interval < *first)
			*first = runs[0].interval;
		if (!any || runs[count - 1].interval > *last)
			*last = runs[count - 1].interval;
		any = true;
	}
	return any;
}

int64_t timed_first_start(const struct timed_samples *timed)
{
	int64_t start = INT64_MAX;

	for (size_t i = 0; i < timed->count; i++) {
		int64_t began =
			timed->time_ns[i] - (int64_t)timed->latency_ns[i];

		if (began < start)
			start = began;
	}
	return start;
}
