// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/time_series.h"
#include "util/number.h"
#include "stats/percentiles.h"
#include "util/array.h"

#define INTERVALS_LEAST 50

int64_t time_series_interval_ns(uint64_t runtime_ms)
{
	static const int64_t steps[] = { 1, 2, 5 };
	int64_t unit = 1000000, whole;
	size_t i = 0;

	if (runtime_ms > INT64_MAX / 1000000)
		runtime_ms = INT64_MAX / 1000000;
	whole = (int64_t)runtime_ms * 1000000;
	/* The largest of 1, 2, 5, 10, ... ms that gives enough intervals. */
	while (steps[(i + 1) % 3] * unit * (i == 2 ? 10 : 1) *
		       INTERVALS_LEAST <=
	       whole) {
		if (++i == 3) {
			i = 0;
			unit *= 10;
		}
	}
	return steps[i] * unit;
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

static int fill_point(struct time_series_point *point,
		      const struct operation_series *g,
		      const struct sample_set **runs, int64_t interval,
		      const struct percentiles *percentiles)
{
	long double values[TIME_SERIES_PERCENTILES];
	size_t i, n = 0;
	int ret;

	for (i = 0; i < g->count; i++) {
		runs[n] = series_in_interval(g->series[i], interval);
		if (runs[n])
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
	const struct sample_set **runs;
	size_t i;
	int ret = 0;

	percentiles_parse(&percentiles, TIME_SERIES_PERCENTILES_LIST, error);
	over_time->count = (size_t)(g->last - g->first + 1);
	over_time->point =
		calloc(over_time->count + 1, sizeof(*over_time->point));
	runs = calloc(g->count + 1, sizeof(*runs));
	if (!over_time->point || !runs)
		ret = -ENOMEM;
	for (i = 0; i < over_time->count && !ret; i++) {
		over_time->point[i].start_s = (double)i * over_time->interval_s;
		ret = fill_point(&over_time->point[i], g, runs,
				 g->first + (int64_t)i, &percentiles);
	}
	free(runs);
	return ret;
}

static int add_operation(struct time_series_list *time_series,
			 struct operation_series *g, int64_t interval_ns)
{
	struct time_series *added =
		array_add(&time_series->over_time, &time_series->count);

	if (!series_intervals(g->series, g->count, &g->first, &g->last))
		g->last = g->first - 1;
	if (added)
		added->operation = strdup(g->series[0]->operation);
	if (!added || !added->operation)
		return -ENOMEM;
	added->interval_s = (double)interval_ns / NS_PER_S;
	return fill(added, g);
}

int time_series_list_build(struct time_series_list *time_series,
			   const struct series_list *samples,
			   int64_t interval_ns)
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
		ret = add_operation(time_series, &g, interval_ns);
		from = i;
	}
	return ret;
}

void time_series_list_free(struct time_series_list *time_series)
{
	size_t i;

	for (i = 0; i < time_series->count; i++) {
		free(time_series->over_time[i].operation);
		free(time_series->over_time[i].point);
	}
	free(time_series->over_time);
	memset(time_series, 0, sizeof(*time_series));
}
