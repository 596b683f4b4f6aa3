// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of smallfile's README, to the letter. Each line ends in ", ", and
 * an empty line stands between cluster, hosts and threads. Times are seconds
 * with six decimals. An unknown figure is "nan", because programs that read
 * this table expect a number. smallfile mixes operations in one table. Here
 * each operation has its own table, with its name if there are several.
 */
#include "format/format.h"
#include "util/shown.h"

#define NS_PER_SECOND 1e9L

static void write_header(FILE *out, const struct stats_report *report)
{
	size_t i;

	fputs("host:thread, samples, min, max, mean, %dev, ", out);
	for (i = 0; i < report->percentiles.count; i++)
		fprintf(out, "%s %%ile, ", report->percentiles.p[i].name);
	fputc('\n', out);
}

static void write_seconds(FILE *out, long double ns)
{
	if (ns != ns)
		fputs("nan, ", out);
	else
		fprintf(out, "%.6Lf, ", ns / NS_PER_SECOND);
}

static void write_row(FILE *out, const struct stats_report *report,
		      const struct stats_row *row)
{
	const struct latency_summary *s = &row->summary;
	size_t i;

	if (row->level == LEVEL_THREAD && row->thread != LOG_THREAD_UNKNOWN)
		fprintf(out, "%s:%02ld,", shown(row->host), row->thread);
	else if (row->level == LEVEL_THREAD)
		fprintf(out, "%s:-,", shown(row->host));
	else
		fprintf(out, "%s:all,", shown(row->host));
	fprintf(out, "%llu, ", (unsigned long long)s->samples);
	write_seconds(out, latency_summary_min_ns(s));
	write_seconds(out, latency_summary_max_ns(s));
	write_seconds(out, s->mean_ns);
	if (s->dev_percent != s->dev_percent)
		fputs("nan, ", out);
	else
		fprintf(out, "%.6Lf, ", s->dev_percent);
	for (i = 0; i < report->percentiles.count; i++)
		write_seconds(out, s->percentile[i].value_ns);
	fputc('\n', out);
}

static void write_table(FILE *out, const struct stats_report *report,
			const struct stats_table *table)
{
	size_t i;

	write_header(out, report);
	for (i = 0; i < table->rows; i++) {
		if (i && table->row[i].level != table->row[i - 1].level)
			fputc('\n', out);
		write_row(out, report, &table->row[i]);
	}
}

/* Writes intervals of the widest level only, as smallfile's own script does. */
static void write_intervals(FILE *out, const struct stats_report *report,
			    const struct operation_stats *operation)
{
	size_t i;

	if (!operation->intervals)
		return;
	fputs("\ntime(sec), ", out);
	write_header(out, report);
	for (i = 0; i < operation->intervals; i++) {
		const struct stats_table *table = &operation->interval[i];

		fprintf(out, "%.3Lf, ",
			(long double)table->start_ns / NS_PER_SECOND);
		write_row(out, report, &table->row[0]);
	}
}

int format_smallfile(FILE *out, const struct stats_report *report)
{
	size_t i;

	for (i = 0; i < report->operations; i++) {
		const struct operation_stats *operation = &report->operation[i];

		if (i)
			fputc('\n', out);
		if (report->operations > 1)
			fprintf(out, "operation: %s\n", shown(operation->name));
		write_table(out, report, &operation->whole);
		write_intervals(out, report, operation);
	}
	return 0;
}
