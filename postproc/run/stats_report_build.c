// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "input/inputs.h"
#include "util/parallel.h"
#include "run/stats_report.h"
#include "run/ranking.h"

/* The stat sources of one operation. */
struct operation_sources {
	const struct stat_source *leaf;
	size_t count;
};

static bool same_host(const struct stat_source *a, const struct stat_source *b)
{
	return !strcmp(a->host, b->host);
}

static size_t host_end(const struct operation_sources *group, size_t begin)
{
	size_t end = begin;

	while (end < group->count &&
	       same_host(&group->leaf[begin], &group->leaf[end]))
		end++;
	return end;
}

/* A table that is being built, and the stat sources of each of its rows. */
struct building {
	const struct stats_report *report;
	struct stats_table *table;
	const struct operation_sources *group;
	const int64_t *interval; /* NULL: the whole run */
	size_t (*leaves)[2];     /* begin and end */
	atomic_int ret;
};

/* Adds the next row, which is made from stat sources [begin, end). */
static void add_row(struct building *b, enum row_level level, size_t begin,
		    size_t end)
{
	struct stats_table *table = b->table;
	struct stats_row *row = &table->row[table->rows];
	const struct stat_source *leaf = &b->group->leaf[begin];
	bool thread = level == LEVEL_THREAD;

	row->level = level;
	row->host = level == LEVEL_CLUSTER ? "all" : leaf->host;
	row->thread =
		thread && !leaf->grouped ? leaf->thread : LOG_THREAD_UNKNOWN;
	row->fio_job =
		thread && leaf->series ? leaf->fio_job : LOG_FIO_JOB_UNKNOWN;
	row->fairness = row->median_ns = row->score = NAN;
	row->summary.percentile =
		table->percentile + table->rows * b->report->percentiles.count;
	b->leaves[table->rows][0] = begin;
	b->leaves[table->rows][1] = end;
	table->rows++;
}

static void add_rows(struct building *b, size_t hosts)
{
	size_t i, end;

	if (hosts > 1)
		add_row(b, LEVEL_CLUSTER, 0, b->group->count);
	for (i = 0; i < b->group->count; i = end) {
		end = host_end(b->group, i);
		add_row(b, LEVEL_HOST, i, end);
	}
	for (i = 0; i < b->group->count; i++)
		add_row(b, LEVEL_THREAD, i, i + 1);
}

static void fill_row(void *context, size_t i)
{
	struct building *b = context;
	size_t begin = b->leaves[i][0], end = b->leaves[i][1];
	int ret = latency_summarize(&b->table->row[i].summary,
				    &b->report->percentiles,
				    b->group->leaf + begin, end - begin,
				    b->interval);

	if (ret)
		b->ret = ret;
}

/*
 * Builds the table of one interval, or of the whole run if `interval` is NULL.
 * Only the whole run is spread over all processors here. Each interval has a
 * thread of its own already.
 */
static int build_table(const struct stats_report *report,
		       struct stats_table *table,
		       const struct operation_sources *group, size_t hosts,
		       const int64_t *interval)
{
	struct building b = { report, table, group, interval, NULL, 0 };
	size_t rows = (hosts > 1) + hosts + group->count, i;

	table->row = calloc(rows, sizeof(*table->row));
	table->percentile = calloc(rows * report->percentiles.count,
				   sizeof(*table->percentile));
	b.leaves = calloc(rows, sizeof(*b.leaves));
	if (table->row && table->percentile && b.leaves) {
		add_rows(&b, hosts);
		if (!interval)
			parallel_for(rows, fill_row, NULL, &b);
		for (i = 0; interval && i < rows; i++)
			fill_row(&b, i);
	} else {
		b.ret = -ENOMEM;
	}
	free(b.leaves);
	return b.ret;
}

/* Finds the first and last interval with a sample. False: there is none. */
static bool interval_range(const struct operation_sources *group,
			   int64_t *first, int64_t *last)
{
	bool any = false;
	size_t i;

	for (i = 0; i < group->count; i++) {
		const struct series *series = group->leaf[i].series;
		const struct sample_set *runs = series ? series->runs : NULL;
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

struct cutting {
	const struct stats_report *report;
	struct operation_stats *operation;
	const struct operation_sources *group;
	int64_t first; /* interval */
	atomic_int ret;
};

static void build_interval(void *context, size_t i)
{
	struct cutting *c = context;
	int64_t interval = c->first + (int64_t)i;
	struct stats_table *table = &c->operation->interval[i];
	int ret;

	table->start_ns = c->group->leaf[0].series->base_ns +
			  interval * c->report->interval_ns;
	ret = build_table(c->report, table, c->group, c->operation->hosts,
			  &interval);
	if (ret)
		c->ret = ret;
}

static int build_intervals(const struct stats_report *report,
			   struct operation_stats *operation,
			   const struct operation_sources *group)
{
	struct cutting c = { report, operation, group, 0, 0 };
	int64_t last = 0;
	size_t n;

	if (!report->interval_ns || !interval_range(group, &c.first, &last))
		return 0;
	n = (size_t)(last - c.first) + 1;
	operation->interval = calloc(n, sizeof(*operation->interval));
	if (!operation->interval)
		return -ENOMEM;
	operation->intervals = n;
	parallel_for(n, build_interval, NULL, &c);
	return c.ret;
}

/*
 * Returns the number of samples. The first row has all: it is the cluster's, or
 * that of the only host.
 */
static uint64_t operation_samples(const struct operation_stats *operation)
{
	return operation->whole.row[0].summary.samples;
}

const char *stats_origin_name(enum stats_origin source)
{
	static const char *const names[] = {
		[FROM_SAMPLES] = "samples",
		[FROM_HISTOGRAMS] = "histograms",
		[FROM_FIO] = "fio",
		[FROM_FIGURES] = "figures",
	};

	return names[source];
}

static enum stats_origin source_of(const struct operation_sources *group)
{
	enum stats_origin source = FROM_HISTOGRAMS;
	size_t i;

	if (group->leaf[0].kind == LOG_CLAT_HIST)
		return FROM_HISTOGRAMS;
	if (group->leaf[0].series)
		return FROM_SAMPLES;
	for (i = 0; i < group->count; i++) {
		const struct fio_latency *l = group->leaf[i].latency;

		if (l->printed.n)
			return FROM_FIO;
		if (!l->has_bins)
			source = FROM_FIGURES;
	}
	return source;
}

static int build_operation(const struct stats_report *report,
			   struct operation_stats *operation,
			   const struct operation_sources *group)
{
	size_t i;
	int ret;

	operation->name = group->leaf[0].operation;
	operation->latency = inputs_kind_name(group->leaf[0].kind);
	operation->source = source_of(group);
	operation->threads = group->count;
	for (i = 0; i < group->count; i = host_end(group, i))
		operation->hosts++;
	for (i = 0; i < group->count; i++) {
		operation->grouped |= group->leaf[i].grouped;
		operation->threads_in_all += group->leaf[i].threads;
	}
	ret = build_table(report, &operation->whole, group, operation->hosts,
			  NULL);
	if (!ret)
		ret = ranking_build(operation, group->leaf,
				    &report->percentiles);
	if (!ret)
		ret = build_intervals(report, operation, group);
	return ret;
}

static struct operation_sources next_group(const struct stat_sources *leaves,
					   size_t begin)
{
	struct operation_sources group = { .leaf = leaves->leaf + begin };

	while (begin + group.count < leaves->count &&
	       stat_sources_same_operation(group.leaf,
					   group.leaf + group.count))
		group.count++;
	return group;
}

int stats_report_build(struct stats_report *report,
		       const struct stat_sources *leaves)
{
	size_t begin;
	int ret = 0;

	report->operation =
		calloc(leaves->count + 1, sizeof(*report->operation));
	if (!report->operation)
		return -ENOMEM;
	for (begin = 0; begin < leaves->count && !ret;) {
		struct operation_sources group = next_group(leaves, begin);
		struct operation_stats *operation =
			&report->operation[report->operations++];

		ret = build_operation(report, operation, &group);
		if (!ret)
			report->samples += operation_samples(operation);
		begin += group.count;
	}
	return ret;
}

static void table_free(struct stats_table *table)
{
	free(table->row);
	free(table->percentile);
}

void stats_report_free(struct stats_report *report)
{
	size_t i, j;

	for (i = 0; i < report->operations; i++) {
		struct operation_stats *operation = &report->operation[i];

		table_free(&operation->whole);
		for (j = 0; j < operation->intervals; j++)
			table_free(&operation->interval[j]);
		free(operation->interval);
	}
	free(report->operation);
	report->operation = NULL;
	report->operations = 0;
}
