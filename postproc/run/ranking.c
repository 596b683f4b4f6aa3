// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/ranking.h"

#define MEDIAN_E9 UINT64_C(50000000000)

/* The rows of one level, which follow each other, and a number for each. */
struct level {
	struct stats_row *row;
	size_t n;
	long double *number;
};

static int level_begin(struct level *level,
		       const struct operation_stats *operation,
		       enum row_level which)
{
	const struct stats_table *table = &operation->whole;
	size_t first = 0;

	while (first < table->rows && table->row[first].level != which)
		first++;
	level->row = table->row + first;
	level->n = 0;
	while (first + level->n < table->rows &&
	       level->row[level->n].level == which)
		level->n++;
	level->number = calloc(level->n + 1, sizeof(*level->number));
	return level->number ? 0 : -ENOMEM;
}

static void take_rates(const struct level *level)
{
	size_t i;

	for (i = 0; i < level->n; i++) {
		long double mean_ns = level->row[i].summary.mean_ns;

		level->number[i] = mean_ns > 0 ? 1 / mean_ns : NAN;
	}
}

/*
 * Puts the row with the larger mean first. Rows of the same mean stay in the
 * order of the table.
 */
static int by_slowness(const void *a, const void *b)
{
	const struct stats_row *l = *(const struct stats_row *const *)a;
	const struct stats_row *r = *(const struct stats_row *const *)b;

	if (l->summary.mean_ns > r->summary.mean_ns)
		return -1;
	if (l->summary.mean_ns < r->summary.mean_ns)
		return 1;
	return l < r ? -1 : l > r;
}

/*
 * Ranks the rows of a level. If there are several, *slowest gets the first
 * SLOWEST_MAX.
 */
static int rank(const struct level *level, const struct stats_row **slowest,
		size_t *count)
{
	struct stats_row **order = calloc(level->n + 1, sizeof(*order));
	size_t i, n = 0;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < level->n; i++) {
		if (!isnan(level->row[i].summary.mean_ns))
			order[n++] = &level->row[i];
	}
	qsort(order, n, sizeof(*order), by_slowness);
	for (i = 0; i < n; i++) {
		order[i]->slowness = i + 1;
		if (n > 1 && i < SLOWEST_MAX)
			slowest[(*count)++] = order[i];
	}
	free(order);
	return 0;
}

/* Computes the fairness among the threads of each host. */
static void fair_hosts(struct level *hosts, const struct level *threads)
{
	size_t i, begin, end = 0;

	for (i = 0; i < hosts->n; i++) {
		begin = end;
		while (end < threads->n &&
		       !strcmp(threads->row[end].host, hosts->row[i].host))
			end++;
		hosts->row[i].fairness =
			fairness_index(threads->number + begin, end - begin);
	}
}

/* Takes the threads' medians, and computes them if they were not asked for. */
static int take_medians(struct level *threads,
			const struct series *const *series,
			const struct percentiles *percentiles)
{
	const struct percentiles only_median = { .p[0].e9 = MEDIAN_E9,
						 .count = 1 };
	struct bounded median;
	struct latency_summary summary = { .percentile = &median };
	size_t i, at = 0;
	int ret = 0;

	while (at < percentiles->count && percentiles->p[at].e9 != MEDIAN_E9)
		at++;
	for (i = 0; i < threads->n && !ret; i++) {
		if (at == percentiles->count)
			ret = latency_summarize(&summary, &only_median,
						&series[i], 1, NULL);
		else
			median = threads->row[i].summary.percentile[at];
		threads->number[i] = median.value_ns;
	}
	return ret;
}

static int find_outliers(struct operation_stats *operation,
			 struct level *threads)
{
	long double *score = calloc(threads->n + 1, sizeof(*score));
	size_t i;
	int ret;

	if (!score)
		return -ENOMEM;
	ret = fairness_scores(threads->number, threads->n, score,
			      &operation->median_ns);
	for (i = 0; i < threads->n && !ret; i++) {
		struct stats_row *row = &threads->row[i];

		row->median_ns = threads->number[i];
		row->score = score[i];
		row->outlier = fairness_is_outlier(threads->number[i], score[i],
						   operation->median_ns);
		operation->outliers += row->outlier;
	}
	free(score);
	return ret;
}

int ranking_build(struct operation_stats *operation,
		  const struct series *const *series,
		  const struct percentiles *percentiles)
{
	struct level hosts = { 0 }, threads = { 0 };
	int ret = level_begin(&hosts, operation, LEVEL_HOST);

	if (!ret)
		ret = level_begin(&threads, operation, LEVEL_THREAD);
	if (!ret) {
		take_rates(&hosts);
		take_rates(&threads);
		operation->fairness_hosts =
			fairness_index(hosts.number, hosts.n);
		operation->fairness_threads =
			fairness_index(threads.number, threads.n);
		if (operation->whole.row[0].level == LEVEL_CLUSTER)
			operation->whole.row[0].fairness =
				operation->fairness_threads;
		fair_hosts(&hosts, &threads);
		ret = rank(&hosts, operation->slowest_host,
			   &operation->slowest_hosts);
	}
	if (!ret)
		ret = rank(&threads, operation->slowest_thread,
			   &operation->slowest_threads);
	if (!ret)
		ret = take_medians(&threads, series, percentiles);
	if (!ret)
		ret = find_outliers(operation, &threads);
	free(hosts.number);
	free(threads.number);
	return ret;
}
