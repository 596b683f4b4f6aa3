// SPDX-License-Identifier: GPL-2.0-only
/*
 * One header, then one line a row, all levels and intervals. Whole numbers of
 * ns; an empty field is what cannot be told. The columns never depend on the
 * data, only on --percentiles. Quoting as in RFC 4180.
 */
#include <string.h>

#include "format.h"

static void write_string(FILE *out, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static void write_header(FILE *out, const struct report *report)
{
	size_t i;

	fputs("operation,latency,level,host,thread,fio_job,interval_start_ns,"
	      "interval_ns,samples,min_ns,max_ns,mean_ns,stddev_ns,dev_percent",
	      out);
	for (i = 0; i < report->percentiles.count; i++)
		fprintf(out, ",p%s_ns", report->percentiles.p[i].name);
	fputs(",too_few_samples_for\n", out);
}

static void write_ns(FILE *out, long double ns)
{
	fputc(',', out);
	if (ns == ns)
		fprintf(out, "%.0Lf", ns);
}

static void write_too_few(FILE *out, const struct report *report,
			  const struct summary *summary)
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

static void write_thread(FILE *out, const struct row *row)
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

static void write_row(FILE *out, const struct report *report,
		      const struct operation *operation,
		      const struct table *table, const struct row *row)
{
	static const char *const levels[] = { "cluster", "host", "thread" };
	const struct summary *s = &row->summary;
	size_t i;

	write_string(out, operation->name);
	fprintf(out, ",%s,%s,", operation->latency, levels[row->level]);
	write_string(out, row->host);
	write_thread(out, row);
	if (table == &operation->whole)
		fputs(",,", out);
	else
		fprintf(out, ",%lld,%lld",
			(long long)(report->base_ns + table->start_ns),
			(long long)report->interval_ns);
	fprintf(out, ",%llu", (unsigned long long)s->samples);
	if (s->samples)
		fprintf(out, ",%llu,%llu", (unsigned long long)s->min_ns,
			(unsigned long long)s->max_ns);
	else
		fputs(",,", out);
	write_ns(out, s->mean_ns);
	write_ns(out, s->stddev_ns);
	fputc(',', out);
	if (s->dev_percent == s->dev_percent)
		fprintf(out, "%.6Lf", s->dev_percent);
	for (i = 0; i < report->percentiles.count; i++)
		write_ns(out, s->percentile_ns[i]);
	write_too_few(out, report, s);
	fputc('\n', out);
}

static void write_table(FILE *out, const struct report *report,
			const struct operation *operation,
			const struct table *table)
{
	size_t i;

	for (i = 0; i < table->rows; i++)
		write_row(out, report, operation, table, &table->row[i]);
}

int format_csv(FILE *out, const struct report *report)
{
	size_t i, j;

	write_header(out, report);
	for (i = 0; i < report->operations; i++) {
		const struct operation *operation = &report->operation[i];

		write_table(out, report, operation, &operation->whole);
		for (j = 0; j < operation->intervals; j++)
			write_table(out, report, operation,
				    &operation->interval[j]);
	}
	return 0;
}
