// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/time_series.h"
#include "util/number.h"
#include "stats/percentiles.h"
#include "util/array.h"

double time_series_rate(const struct time_series *l, size_t i)
{
	double length_s = i + 1 < l->count ? l->interval_s : l->last_s;

	/* What is left of an interval at the end may be too short for a rate.
	 */
	if (l->point[i].unknown || length_s < l->interval_s / 2)
		return NAN;
	return (double)l->point[i].operations / length_s;
}

double time_series_row_low_ns(size_t row)
{
	return exp2(TIME_SERIES_FIRST + (double)row / TIME_SERIES_SUB);
}

static size_t row_of(uint64_t ns)
{
	double row = (log2(ns ? (double)ns : 1) - TIME_SERIES_FIRST) *
		     TIME_SERIES_SUB;

	if (row < 0)
		return 0;
	return row < TIME_SERIES_ROWS ? (size_t)row : TIME_SERIES_ROWS - 1;
}

const struct time_series *
time_series_list_find(const struct time_series_list *time_series,
		      const char *operation)
{
	size_t i;

	for (i = 0; i < time_series->count; i++) {
		if (!strcmp(time_series->over_time[i].operation, operation))
			return &time_series->over_time[i];
	}
	return NULL;
}

#define NS_PER_MS 1000000

/* All series of an operation, which stand side by side in the list. */
struct operation_series {
	const struct series *const *series;
	size_t count;
	int64_t first, last; /* intervals */
};

static void count_run(struct time_series_point *point,
		      const struct sample_set *run)
{
	size_t b, i;

	for (b = 0; b < run->blocks; b++)
		for (i = 0; i < run->block[b].count; i++)
			point->row[row_of(run->block[b].latency_ns[i])]++;
	point->operations += run->count;
}

static int fill_point(struct time_series *over_time, size_t at,
		      const struct operation_series *g,
		      const struct sample_set **runs,
		      const struct percentiles *percentiles)
{
	struct time_series_point *point = &over_time->point[at];
	long double values[TIME_SERIES_PERCENTILES];
	size_t i, n = 0;
	int ret;

	for (i = 0; i < g->count; i++) {
		runs[n] = series_in_interval(g->series[i],
					     g->first + (int64_t)at);
		if (!runs[n])
			continue;
		over_time->thread[i].operations[at] = (uint32_t)runs[n]->count;
		count_run(point, runs[n++]);
	}
	ret = sample_set_percentiles(runs, n, percentiles, values);
	for (i = 0; i < TIME_SERIES_PERCENTILES && !ret; i++)
		point->percentile_ns[i] = n ? (double)values[i] : NAN;
	return ret;
}

static int fill(struct time_series *over_time, const struct operation_series *g)
{
	struct percentiles percentiles;
	char error[PERCENTILES_ERROR_MAX];
	const struct sample_set **runs = calloc(g->count + 1, sizeof(*runs));
	size_t i;
	int ret = runs ? 0 : -ENOMEM;

	percentiles_parse(&percentiles, TIME_SERIES_PERCENTILES_LIST, error);
	for (i = 0; i < over_time->count && !ret; i++)
		ret = fill_point(over_time, i, g, runs, &percentiles);
	free(runs);
	return ret;
}

static int add_threads(struct time_series *over_time,
		       const struct operation_series *g)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		struct time_series_thread *thread =
			array_add(&over_time->thread, &over_time->threads);

		if (!thread)
			return -ENOMEM;
		thread->host = strdup(g->series[i]->host);
		thread->thread = g->series[i]->thread;
		thread->operations = calloc(over_time->count + 1,
					    sizeof(*thread->operations));
		if (!thread->host || !thread->operations)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The length of the last interval, up to the end of the last operation, so that
 * a rest does not look like a slower interval. Some logs do not tell ends.
 */
static double last_length_s(const struct operation_series *g)
{
	const struct series *first = g->series[0];
	int64_t begin = first->base_ns + g->last * first->length_ns,
		end = begin;
	size_t i;

	for (i = 0; i < g->count; i++) {
		const struct activity *activity = &g->series[i]->activity;

		if (activity->count &&
		    activity->span[activity->count - 1].to_ns > end)
			end = activity->span[activity->count - 1].to_ns;
	}
	/* fio cuts its times to whole ms. */
	if (end != begin)
		end += NS_PER_MS;
	if (end == begin || end - begin > first->length_ns)
		end = begin + first->length_ns;
	return (double)(end - begin) / NS_PER_S;
}

static int add_operation(struct time_series_list *time_series,
			 struct operation_series *g)
{
	struct time_series *added =
		array_add(&time_series->over_time, &time_series->count);
	int ret;

	if (!series_intervals(g->series, g->count, &g->first, &g->last))
		g->last = g->first - 1;
	if (!added)
		return -ENOMEM;
	added->operation = strdup(g->series[0]->operation);
	added->count = (size_t)(g->last - g->first + 1);
	added->point = calloc(added->count + 1, sizeof(*added->point));
	if (!added->operation || !added->point)
		return -ENOMEM;
	added->interval_s = (double)g->series[0]->length_ns / NS_PER_S;
	added->last_s = last_length_s(g);
	ret = add_threads(added, g);
	return ret ? ret : fill(added, g);
}

int time_series_list_build(struct time_series_list *time_series,
			   const struct series_list *samples)
{
	size_t i, from = 0;
	int ret = 0;

	for (i = 1; i <= samples->count && !ret; i++) {
		struct operation_series g = {
			.series =
				(const struct series *const *)samples->series +
				from,
			.count = i - from
		};

		if (i < samples->count &&
		    !strcmp(samples->series[i]->operation,
			    samples->series[from]->operation))
			continue;
		ret = add_operation(time_series, &g);
		from = i;
	}
	return ret;
}

void time_series_list_free(struct time_series_list *time_series)
{
	size_t i, k;

	for (i = 0; i < time_series->count; i++) {
		struct time_series *over_time = &time_series->over_time[i];

		for (k = 0; k < over_time->threads; k++) {
			free(over_time->thread[k].host);
			free(over_time->thread[k].operations);
		}
		free(over_time->thread);
		free(over_time->operation);
		free(over_time->point);
	}
	free(time_series->over_time);
	memset(time_series, 0, sizeof(*time_series));
}
