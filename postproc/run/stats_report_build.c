// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json.h"
#include "input/inputs.h"
#include "util/parallel.h"
#include "run/stats_report.h"
#include "run/ranking.h"

/* The series of one operation. */
struct operation_group {
	const struct series *const *series;
	size_t count;
};

static size_t host_end(const struct operation_group *group, size_t begin)
{
	size_t end = begin;

	while (end < group->count &&
	       !strcmp(group->series[begin]->host, group->series[end]->host))
		end++;
	return end;
}

/* A table that is being built, and the series of each of its rows. */
struct building {
	const struct stats_report *report;
	struct stats_table *table;
	const struct operation_group *group;
	const int64_t *interval; /* NULL: the whole run */
	size_t (*parts)[2];      /* begin and end */
	atomic_int ret;
};

/* Adds the next row, which is made from series [begin, end). */
static void add_row(struct building *b, enum row_level level, size_t begin,
		    size_t end)
{
	struct stats_table *table = b->table;
	struct stats_row *row = &table->row[table->rows];
	const struct series *series = b->group->series[begin];
	bool thread = level == LEVEL_THREAD;

	row->level = level;
	row->host = level == LEVEL_CLUSTER ? "all" : series->host;
	row->thread = thread && !series->grouped ? series->thread
						 : LOG_THREAD_UNKNOWN;
	row->fio_job = thread && !series->latency ? series->fio_job
						  : LOG_FIO_JOB_UNKNOWN;
	row->fairness = row->median_ns = row->score = NAN;
	row->summary.percentile =
		table->percentile + table->rows * b->report->percentiles.count;
	b->parts[table->rows][0] = begin;
	b->parts[table->rows][1] = end;
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

/* Finds pauses in logs, or by --status-interval in one result. */
static int find_pauses(struct pauses *pauses,
		       const struct series *const *series, size_t n,
		       uint64_t samples)
{
	struct pause_thread *thread = calloc(n, sizeof(*thread));
	const struct fio_entry **entry = calloc(n, sizeof(*entry));
	const struct fio_result *result = series[0]->result;
	size_t logs = 0, entries = 0;
	int ret = thread && entry ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !ret; i++) {
		if (!series[i]->latency)
			thread[logs++] = (struct pause_thread){
				&series[i]->activity,
				series[i]->ahead_ns,
			};
		else if (series[i]->result == result)
			entry[entries++] = series[i]->entry;
	}
	if (!ret && logs == n)
		ret = pauses_find(pauses, thread, n, samples);
	else if (!ret && entries == n && result->statuses > 1)
		ret = pauses_of_status(pauses, result, entry, n);
	free(thread);
	free(entry);
	return ret;
}

static void fill_row(void *context, size_t i)
{
	struct building *b = context;
	size_t begin = b->parts[i][0], end = b->parts[i][1];
	struct stats_row *row = &b->table->row[i];
	int ret = latency_summarize(&row->summary, &b->report->percentiles,
				    b->group->series + begin, end - begin,
				    b->interval);

	if (!ret && !b->interval)
		ret = find_pauses(&row->pauses, b->group->series + begin,
				  end - begin, row->summary.samples);
	if (ret)
		b->ret = ret;
}

/* Counts pauses from the operation's start, where all rows know times. */
static void set_origin(struct stats_table *table)
{
	const struct pauses *all = &table->row[0].pauses;

	for (size_t i = 1; i < table->rows; i++) {
		struct pauses *p = &table->row[i].pauses;

		if (all->known && !all->by_status && p->count)
			p->longest_from_ns += p->start_ns - all->start_ns;
	}
}

/*
 * Builds the table of one interval, or of the whole run if `interval` is NULL.
 * Only the whole run is spread over all processors here. Each interval has a
 * thread of its own already.
 */
static int build_table(const struct stats_report *report,
		       struct stats_table *table,
		       const struct operation_group *group, size_t hosts,
		       const int64_t *interval)
{
	struct building b = { report, table, group, interval, NULL, 0 };
	size_t rows = (hosts > 1) + hosts + group->count, i;

	table->row = calloc(rows, sizeof(*table->row));
	table->percentile = calloc(rows * report->percentiles.count,
				   sizeof(*table->percentile));
	b.parts = calloc(rows, sizeof(*b.parts));
	if (table->row && table->percentile && b.parts) {
		add_rows(&b, hosts);
		if (!interval)
			parallel_for(rows, fill_row, NULL, &b);
		if (!interval)
			set_origin(table);
		for (i = 0; interval && i < rows; i++)
			fill_row(&b, i);
	} else {
		b.ret = -ENOMEM;
	}
	free(b.parts);
	return b.ret;
}

struct cutting {
	const struct stats_report *report;
	struct operation_stats *operation;
	const struct operation_group *group;
	int64_t first; /* interval */
	atomic_int ret;
};

static void build_interval(void *context, size_t i)
{
	struct cutting *c = context;
	int64_t interval = c->first + (int64_t)i;
	struct stats_table *table = &c->operation->interval[i];
	int ret;

	table->start_ns = c->group->series[0]->base_ns +
			  interval * c->report->interval_ns;
	ret = build_table(c->report, table, c->group, c->operation->hosts,
			  &interval);
	if (ret)
		c->ret = ret;
}

static int build_intervals(const struct stats_report *report,
			   struct operation_stats *operation,
			   const struct operation_group *group)
{
	struct cutting c = { report, operation, group, 0, 0 };
	int64_t last = 0;
	size_t n;

	if (!report->interval_ns ||
	    !series_intervals(group->series, group->count, &c.first, &last))
		return 0;
	n = (size_t)(last - c.first) + 1;
	operation->interval = calloc(n, sizeof(*operation->interval));
	if (!operation->interval)
		return -ENOMEM;
	operation->intervals = n;
	parallel_for(n, build_interval, NULL, &c);
	return c.ret;
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

static enum stats_origin source_of(const struct operation_group *group)
{
	enum stats_origin source = FROM_HISTOGRAMS;
	size_t i;

	if (group->series[0]->kind == LOG_CLAT_HIST)
		return FROM_HISTOGRAMS;
	if (!group->series[0]->latency)
		return FROM_SAMPLES;
	for (i = 0; i < group->count; i++) {
		const struct fio_latency *l = group->series[i]->latency;

		if (l->printed.n)
			return FROM_FIO;
		if (!l->has_bins)
			source = FROM_FIGURES;
	}
	return source;
}

static int build_operation(const struct stats_report *report,
			   struct operation_stats *operation,
			   const struct operation_group *group)
{
	size_t i;
	int ret;

	operation->name = group->series[0]->operation;
	operation->latency = inputs_kind_name(group->series[0]->kind);
	operation->source = source_of(group);
	operation->threads = group->count;
	for (i = 0; i < group->count; i = host_end(group, i))
		operation->hosts++;
	for (i = 0; i < group->count; i++) {
		operation->grouped |= group->series[i]->grouped;
		operation->threads_in_all += group->series[i]->threads;
	}
	ret = build_table(report, &operation->whole, group, operation->hosts,
			  NULL);
	if (!ret)
		ret = ranking_build(operation, group->series,
				    &report->percentiles);
	if (!ret)
		ret = build_intervals(report, operation, group);
	return ret;
}

static bool is_of_mix(const struct operation_group *group)
{
	const struct fio_entry *entry = group->series[0]->entry;

	return entry && entry->operation;
}

int stats_report_build(struct stats_report *report,
		       const struct series_list *list)
{
	size_t begin, end;
	int ret = 0;

	report->operation = calloc(list->count + 1, sizeof(*report->operation));
	if (!report->operation)
		return -ENOMEM;
	for (begin = 0; begin < list->count && !ret; begin = end) {
		struct operation_group group = {
			(const struct series *const *)list->series + begin,
			series_operation_end(list, begin) - begin,
		};
		struct operation_stats *operation =
			&report->operation[report->operations++];

		end = begin + group.count;
		ret = build_operation(report, operation, &group);
		/*
		 * The first row has all: the cluster's, or the only host's. The
		 * samples of a mix's operations are those of the mix.
		 */
		if (!ret && !is_of_mix(&group))
			report->samples +=
				operation->whole.row[0].summary.samples;
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
