// SPDX-License-Identifier: GPL-2.0-only
/*
 * CSV: one header, then a line for each row of all levels and intervals. Times
 * are whole ns. A field is empty where a figure cannot be told. The columns
 * depend on --percentiles, and never on the data. Bounds are rounded away from
 * each other. Quotes are those of RFC 4180.
 */
#include <math.h>
#include <string.h>

#include "util/field.h"
#include "format/format.h"

static void write_header(FILE *out, const struct stats_report *report)
{
	size_t i;

	fputs("operation,latency,level,host,thread,fio_job,interval_start_ns,"
	      "interval_ns,samples,min_ns,max_ns,mean_ns,stddev_ns,dev_percent",
	      out);
	for (i = 0; i < report->percentiles.count; i++)
		fprintf(out, ",p%s_ns", report->percentiles.p[i].name);
	fputs(",too_few_samples_for", out);
	for (i = 0; i < report->percentiles.count; i++)
		fprintf(out, ",p%s_low_ns,p%s_high_ns",
			report->percentiles.p[i].name,
			report->percentiles.p[i].name);
	fputs(",source,fairness,slowness,score,outlier,rough_for,"
	      "pauses,longest_pause_ns,longest_pause_from_ns\n",
	      out);
}

static void write_ns(FILE *out, long double ns)
{
	fputc(',', out);
	if (!isnan(ns) && !isinf(ns))
		fprintf(out, "%.0Lf", ns);
}

static void write_too_few(FILE *out, const struct stats_report *report,
			  const struct latency_summary *summary)
{
	const char *between = "";
	size_t i;

	fputc(',', out);
	for (i = 0; i < report->percentiles.count; i++) {
		const struct percentile *p = &report->percentiles.p[i];

		if (percentile_has_enough(p, summary->samples))
			continue;
		fprintf(out, "%s%s", between, p->name);
		between = " ";
	}
}

/* Lists the percentiles that are no measurement. */
static void write_rough(FILE *out, const struct stats_report *report,
			const struct latency_summary *summary)
{
	const char *between = "";

	fputc(',', out);
	for (size_t i = 0; i < report->percentiles.count; i++) {
		if (!latency_summary_is_rough(&summary->percentile[i]))
			continue;
		fprintf(out, "%s%s", between, report->percentiles.p[i].name);
		between = " ";
	}
}

/* Writes the number of pauses, and the longest; nothing if not known. */
static void write_pauses(FILE *out, const struct pauses *pauses)
{
	if (!pauses->known)
		fputs(",,,", out);
	else if (!pauses->count)
		fputs(",0,0,", out);
	else
		fprintf(out, ",%zu,%lld,%lld", pauses->count,
			(long long)pauses->longest_ns,
			(long long)pauses->longest_from_ns);
}

static void write_thread(FILE *out, const struct stats_row *row)
{
	if (row->level != LEVEL_THREAD)
		fputs(",all", out);
	else if (row->thread == LOG_THREAD_UNKNOWN)
		fputs(",", out);
	else
		fprintf(out, ",%ld", row->thread);
	if (row->fio_job == LOG_FIO_JOB_UNKNOWN)
		fputs(",", out);
	else
		fprintf(out, ",%ld", row->fio_job);
}

static void write_number(FILE *out, long double number)
{
	fputc(',', out);
	field_csv_real(out, number);
}

/* Writes where the figures come from, and how slow the row is among others. */
static void write_standing(FILE *out, const struct operation_stats *operation,
			   const struct stats_row *row)
{
	fprintf(out, ",%s", stats_origin_name(operation->source));
	write_number(out, row->fairness);
	fputc(',', out);
	if (row->slowness)
		fprintf(out, "%zu", row->slowness);
	write_number(out, row->score);
	fputs(isnan(row->score) ? "," : row->outlier ? ",1" : ",0", out);
}

static void write_row(FILE *out, const struct stats_report *report,
		      const struct operation_stats *operation,
		      const struct stats_table *table,
		      const struct stats_row *row)
{
	static const char *const levels[] = { "cluster", "host", "thread" };
	const struct latency_summary *s = &row->summary;
	size_t i;

	field_csv(out, operation->name);
	fprintf(out, ",%s,%s,", operation->latency, levels[row->level]);
	field_csv(out, row->host);
	write_thread(out, row);
	if (table == &operation->whole)
		fputs(",,", out);
	else
		fprintf(out, ",%lld,%lld", (long long)table->start_ns,
			(long long)report->interval_ns);
	fprintf(out, ",%llu", (unsigned long long)s->samples);
	write_ns(out, latency_summary_min_ns(s));
	write_ns(out, latency_summary_max_ns(s));
	write_ns(out, s->mean_ns);
	write_ns(out, s->stddev_ns);
	write_number(out, s->dev_percent);
	for (i = 0; i < report->percentiles.count; i++)
		write_ns(out, s->percentile[i].value_ns);
	write_too_few(out, report, s);
	for (i = 0; i < report->percentiles.count; i++) {
		write_ns(out, floorl(s->percentile[i].low_ns));
		write_ns(out, ceill(s->percentile[i].high_ns));
	}
	write_standing(out, operation, row);
	write_rough(out, report, s);
	write_pauses(out, &row->pauses);
	fputc('\n', out);
}

static void write_table(FILE *out, const struct stats_report *report,
			const struct operation_stats *operation,
			const struct stats_table *table)
{
	size_t i;

	for (i = 0; i < table->rows; i++)
		write_row(out, report, operation, table, &table->row[i]);
}

int format_csv(FILE *out, const struct stats_report *report)
{
	size_t i, j;

	write_header(out, report);
	for (i = 0; i < report->operations; i++) {
		const struct operation_stats *operation = &report->operation[i];

		write_table(out, report, operation, &operation->whole);
		for (j = 0; j < operation->intervals; j++)
			write_table(out, report, operation,
				    &operation->interval[j]);
	}
	return 0;
}
