// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "report.h"
#include "standings.h"

/* The leaves of one operation, and room for pointers to their runs. */
struct group {
	const struct leaf *leaf;
	size_t count;
	const struct run **runs;
};

static bool same_host(const struct leaf *a, const struct leaf *b)
{
	return !strcmp(a->host, b->host);
}

static size_t host_end(const struct group *group, size_t begin)
{
	size_t end = begin;

	while (end < group->count &&
	       same_host(&group->leaf[begin], &group->leaf[end]))
		end++;
	return end;
}

/* The next row of the table, of leaves [begin, end). */
static int add_row(const struct report *report, struct table *table,
		   const struct group *group, enum row_level level,
		   size_t begin, size_t end, const int64_t *interval)
{
	struct row *row = &table->row[table->rows];
	const struct leaf *leaf = &group->leaf[begin];
	bool thread = level == LEVEL_THREAD;

	row->level = level;
	row->host = level == LEVEL_CLUSTER ? "all" : leaf->host;
	row->thread =
		thread && !leaf->grouped ? leaf->thread : LOG_THREAD_UNKNOWN;
	row->fio_job =
		thread && leaf->series ? leaf->fio_job : LOG_FIO_JOB_UNKNOWN;
	row->fairness = row->median_ns = row->score = NAN;
	row->summary.percentile =
		table->percentile + table->rows * report->percentiles.count;
	table->rows++;
	return summarize(&row->summary, &report->percentiles, leaf, end - begin,
			 interval, group->runs);
}

/* `interval` NULL: the whole run. */
static int build_table(const struct report *report, struct table *table,
		       const struct group *group, size_t hosts,
		       const int64_t *interval)
{
	size_t rows = (hosts > 1) + hosts + group->count, i, end;
	int ret = 0;

	table->row = calloc(rows, sizeof(*table->row));
	table->percentile = calloc(rows * report->percentiles.count,
				   sizeof(*table->percentile));
	if (!table->row || !table->percentile)
		return -ENOMEM;
	if (hosts > 1)
		ret = add_row(report, table, group, LEVEL_CLUSTER, 0,
			      group->count, interval);
	for (i = 0; i < group->count && !ret; i = end) {
		end = host_end(group, i);
		ret = add_row(report, table, group, LEVEL_HOST, i, end,
			      interval);
	}
	for (i = 0; i < group->count && !ret; i++)
		ret = add_row(report, table, group, LEVEL_THREAD, i, i + 1,
			      interval);
	return ret;
}

/* First and last interval with a sample; false if there is none. */
static bool interval_range(const struct group *group, int64_t *first,
			   int64_t *last)
{
	bool any = false;
	size_t i;

	for (i = 0; i < group->count; i++) {
		const struct series *series = group->leaf[i].series;
		const struct run *runs = series ? series->runs : NULL;
		size_t n = series ? series->run_count : 0;

		if (!n)
			continue;
		if (!any || runs[0].interval < *first)
			*first = runs[0].interval;
		if (!any || runs[n - 1].interval > *last)
			*last = runs[n - 1].interval;
		any = true;
	}
	return any;
}

static int build_intervals(const struct report *report,
			   struct operation *operation,
			   const struct group *group)
{
	int64_t first = 0, last = 0, i;
	int ret = 0;

	if (!report->interval_ns || !interval_range(group, &first, &last))
		return 0;
	operation->interval = calloc((size_t)(last - first) + 1,
				     sizeof(*operation->interval));
	if (!operation->interval)
		return -ENOMEM;
	for (i = first; i <= last && !ret; i++) {
		struct table *table =
			&operation->interval[operation->intervals++];

		table->start_ns = i * report->interval_ns;
		ret = build_table(report, table, group, operation->hosts, &i);
	}
	return ret;
}

/* The first row, or on one host alone that of the host, has all samples. */
static uint64_t operation_samples(const struct operation *operation)
{
	return operation->whole.row[0].summary.samples;
}

const char *report_source_name(enum report_source source)
{
	static const char *const names[] = {
		[FROM_SAMPLES] = "samples",
		[FROM_HISTOGRAMS] = "histograms",
		[FROM_FIGURES] = "figures",
	};

	return names[source];
}

static enum report_source source_of(const struct group *group)
{
	size_t i;

	if (group->leaf[0].kind == LOG_CLAT_HIST)
		return FROM_HISTOGRAMS;
	if (group->leaf[0].series)
		return FROM_SAMPLES;
	for (i = 0; i < group->count; i++) {
		if (!group->leaf[i].latency->has_bins)
			return FROM_FIGURES;
	}
	return FROM_HISTOGRAMS;
}

static int build_operation(const struct report *report,
			   struct operation *operation, struct group *group)
{
	size_t i, runs = 0;
	int ret;

	operation->name = group->leaf[0].operation;
	operation->latency = inputs_kind_name(group->leaf[0].kind);
	operation->source = source_of(group);
	operation->threads = group->count;
	for (i = 0; i < group->count; i = host_end(group, i))
		operation->hosts++;
	for (i = 0; i < group->count; i++)
		operation->grouped |= group->leaf[i].grouped;
	for (i = 0; i < group->count; i++)
		runs += group->leaf[i].series ? group->leaf[i].series->run_count
					      : 0;
	group->runs = calloc(runs + 1, sizeof(*group->runs));
	if (!group->runs)
		return -ENOMEM;
	ret = build_table(report, &operation->whole, group, operation->hosts,
			  NULL);
	if (!ret)
		ret = standings_build(operation, group->leaf,
				      &report->percentiles, group->runs);
	if (!ret)
		ret = build_intervals(report, operation, group);
	free(group->runs);
	return ret;
}

static struct group next_group(const struct leaves *leaves, size_t begin)
{
	struct group group = { .leaf = leaves->leaf + begin };

	while (begin + group.count < leaves->count &&
	       leaves_same_operation(group.leaf, group.leaf + group.count))
		group.count++;
	return group;
}

int report_build(struct report *report, const struct leaves *leaves)
{
	size_t begin;
	int ret = 0;

	report->operation =
		calloc(leaves->count + 1, sizeof(*report->operation));
	if (!report->operation)
		return -ENOMEM;
	for (begin = 0; begin < leaves->count && !ret;) {
		struct group group = next_group(leaves, begin);
		struct operation *operation =
			&report->operation[report->operations++];

		ret = build_operation(report, operation, &group);
		if (!ret)
			report->samples += operation_samples(operation);
		begin += group.count;
	}
	return ret;
}

static void table_free(struct table *table)
{
	free(table->row);
	free(table->percentile);
}

void report_free(struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->operations; i++) {
		struct operation *operation = &report->operation[i];

		table_free(&operation->whole);
		for (j = 0; j < operation->intervals; j++)
			table_free(&operation->interval[j]);
		free(operation->interval);
	}
	free(report->operation);
	report->operation = NULL;
	report->operations = 0;
}
