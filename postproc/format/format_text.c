// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table for a person. A latency has three digits and a unit. With the default
 * percentiles the table fits the terminal, or 100 columns. On a narrower one
 * minimum, deviation and error are left out. Long host names are shortened in
 * the middle, where they say least.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/field.h"
#include "format/format.h"
#include "util/shown.h"
#include "util/terminal.h"

#define HOST_MIN      12
#define HOST_NARROW   8
#define THREAD_WIDTH  8 /* all widths include the blanks in front */
#define LATENCY_WIDTH 8
#define DEV_WIDTH     8
/* Width for histograms, so that the column of the error has room. */
#define DEV_NARROW    6
#define ERROR_WIDTH   5
#define NAME_SHORT    12
#define OUTLIERS_MAX  3
#define STANDINGS_MIN 3 /* threads */
#define MARK_WIDTH    1
#define ROWS_SHOWN    16 /* of hosts, and of threads, if not all are asked for */

struct layout {
	int host;
	int samples;
	int min;   /* 0: the table has no such column */
	int dev;   /* 0: the table has no such column */
	int error; /* 0: the table has no column of the error */
};

/*
 * Writes a latency as text, 1234567 as "1.23 ms". Returns the latency that the
 * text says, in ns: 1230000.
 */
static long double latency_text(char *cell, long double ns)
{
	static const char *const units[] = { "ns", "µs", "ms", "s" };
	long double unit_ns = 1;
	size_t unit = 0;
	int decimals;

	if (isnan(ns)) {
		strcpy(cell, "-");
		return ns;
	}
	/* The limits lie where rounding begins to give a fourth digit. */
	while (ns >= 999.5L && unit < 3) {
		ns /= 1000;
		unit_ns *= 1000;
		unit++;
	}
	decimals = ns < 9.995L ? 2 : ns < 99.95L ? 1 : 0;
	snprintf(cell, FIELD_MAX, "%.*Lf", decimals, ns);
	ns = strtold(cell, NULL) * unit_ns;
	strcat(cell, " ");
	strcat(cell, units[unit]);
	return ns;
}

static void write_latency(FILE *out, int width, long double ns,
			  const char *mark)
{
	char cell[FIELD_MAX];

	latency_text(cell, ns);
	strcat(cell, mark);
	field_right(out, width, cell);
}

static void write_header(FILE *out, const struct stats_report *report,
			 const struct layout *layout, const char *first,
			 const char *second)
{
	size_t i;

	field_name(out, layout->host, first);
	field_right(out, THREAD_WIDTH, second);
	field_right(out, layout->samples, "samples");
	field_right(out, layout->min, layout->min ? "min" : "");
	field_right(out, LATENCY_WIDTH, "mean");
	field_right(out, layout->dev, layout->dev ? "%dev" : "");
	for (i = 0; i < report->percentiles.count; i++) {
		char cell[FIELD_MAX];

		snprintf(cell, sizeof(cell), "p%s ",
			 report->percentiles.p[i].name);
		field_right(out, LATENCY_WIDTH + MARK_WIDTH, cell);
	}
	if (layout->error)
		field_right(out, layout->error, "±%");
	field_right(out, LATENCY_WIDTH, "max");
	fputc('\n', out);
}

/*
 * Writes how far off the worst percentile of the row may be, in percent,
 * rounded up. The error includes that a percentile is printed with three
 * digits.
 */
static void write_error(FILE *out, const struct stats_report *report,
			const struct layout *layout,
			const struct latency_summary *s)
{
	long double worst = NAN;
	char cell[FIELD_MAX];
	size_t i;

	for (i = 0; i < report->percentiles.count; i++) {
		const struct bounded *b = &s->percentile[i];
		long double e = latency_summary_error_percent(
			b, latency_text(cell, b->value_ns));

		if (!isnan(e) && !(e <= worst))
			worst = e;
	}
	snprintf(cell, sizeof(cell), "%.1Lf", ceill(worst * 10) / 10);
	field_right(out, layout->error,
		    isnan(worst)   ? "-"
		    : isinf(worst) ? "∞"
				   : cell);
}

/*
 * Writes a row's columns behind host and thread. True: a percentile was marked
 * as having too few samples.
 */
static bool write_summary(FILE *out, const struct stats_report *report,
			  const struct layout *layout,
			  const struct latency_summary *s)
{
	bool marked = false;
	char cell[FIELD_MAX];
	size_t i;

	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)s->samples);
	field_right(out, layout->samples, cell);
	if (layout->min)
		write_latency(out, layout->min, latency_summary_min_ns(s), "");
	write_latency(out, LATENCY_WIDTH, s->mean_ns, "");
	/* Large numbers have no decimal, so that a blank stays in front. */
	snprintf(cell, sizeof(cell), "%.*Lf", s->dev_percent < 999.95L,
		 s->dev_percent);
	if (layout->dev)
		field_right(out, layout->dev,
			    isnan(s->dev_percent) ? "-" : cell);
	for (i = 0; i < report->percentiles.count; i++) {
		bool enough = percentile_has_enough(&report->percentiles.p[i],
						    s->samples);

		marked |= !enough && s->samples;
		write_latency(out, LATENCY_WIDTH + MARK_WIDTH,
			      s->percentile[i].value_ns,
			      enough || !s->samples ? " " : "*");
	}
	if (layout->error)
		write_error(out, report, layout, s);
	write_latency(out, LATENCY_WIDTH, latency_summary_max_ns(s), "");
	fputc('\n', out);
	return marked;
}

static bool write_row(FILE *out, const struct stats_report *report,
		      const struct layout *layout, const struct stats_row *row)
{
	char thread[FIELD_MAX] = "all";

	if (row->level == LEVEL_THREAD && row->thread == LOG_THREAD_UNKNOWN)
		strcpy(thread, "-");
	else if (row->level == LEVEL_THREAD)
		snprintf(thread, sizeof(thread), "%02ld", row->thread);
	field_name(out, layout->host, row->host);
	field_right(out, THREAD_WIDTH, thread);
	return write_summary(out, report, layout, &row->summary);
}

static struct layout make_layout(const struct stats_report *report,
				 const struct operation_stats *operation)
{
	bool bounds = operation->source != FROM_SAMPLES;
	bool narrow = terminal_width() < TERMINAL_WIDTH;
	struct layout layout = {
		.host = narrow ? HOST_NARROW : HOST_MIN,
		.samples = 9,
		.min = narrow ? 0 : LATENCY_WIDTH,
		.dev = narrow   ? 0
		       : bounds ? DEV_NARROW
				: DEV_WIDTH,
		.error = narrow || !bounds ? 0 : ERROR_WIDTH,
	};
	char cell[FIELD_MAX];
	int room, digits;
	size_t i;

	/* The first row has the most samples. */
	digits = snprintf(
		cell, sizeof(cell), "%llu",
		(unsigned long long)operation->whole.row[0].summary.samples);
	if (digits + 2 > layout.samples)
		layout.samples = digits + 2;
	room = terminal_width() - THREAD_WIDTH - layout.samples - layout.min -
	       2 * LATENCY_WIDTH - layout.dev - layout.error -
	       (int)report->percentiles.count * (LATENCY_WIDTH + MARK_WIDTH);
	for (i = 0; i < operation->whole.rows; i++) {
		int n = field_columns(operation->whole.row[i].host);

		if (n > layout.host)
			layout.host = n;
	}
	if (layout.host > room)
		layout.host = room > HOST_NARROW ? room : HOST_NARROW;
	return layout;
}

/*
 * Writes the first row of each interval, which is that of the widest level. The
 * time stands in place of the host.
 */
static bool write_intervals(FILE *out, const struct stats_report *report,
			    const struct layout *layout,
			    const struct operation_stats *operation)
{
	bool marked = false;
	size_t i;

	fprintf(out, "\n%s: all threads over time\n", shown(operation->name));
	write_header(out, report, layout, "from second", "");
	for (i = 0; i < operation->intervals; i++) {
		const struct stats_table *table = &operation->interval[i];
		char cell[FIELD_MAX];

		snprintf(cell, sizeof(cell), "%.3Lf",
			 (long double)table->start_ns / 1e9L);
		field_name(out, layout->host + THREAD_WIDTH, cell);
		marked |= write_summary(out, report, layout,
					&table->row[0].summary);
	}
	return marked;
}

/*
 * Writes a name and a latency, such as "node2:00 48.3 µs". The host is
 * shortened to NAME_SHORT columns.
 */
static void write_name(FILE *out, const char *before,
		       const struct stats_row *row, long double ns)
{
	int n = field_columns(row->host),
	    width = n < NAME_SHORT ? n : NAME_SHORT;
	char cell[FIELD_MAX];

	fputs(before, out);
	field_name(out, width, row->host);
	if (row->level == LEVEL_THREAD && row->thread == LOG_THREAD_UNKNOWN)
		fputs(":-", out);
	else if (row->level == LEVEL_THREAD)
		fprintf(out, ":%02ld", row->thread);
	latency_text(cell, ns);
	fprintf(out, " %s", cell);
}

static void write_slowest(FILE *out, const char *what,
			  const struct stats_row *const *slowest, size_t count)
{
	size_t i;

	if (!count)
		return;
	fprintf(out, "slowest %s by mean:", what);
	for (i = 0; i < count; i++)
		write_name(out, i ? ", " : " ", slowest[i],
			   slowest[i]->summary.mean_ns);
	fputc('\n', out);
}

static void write_outliers(FILE *out, const struct operation_stats *operation)
{
	size_t i, written = 0;

	if (isnan(operation->median_ns))
		return;
	if (!operation->outliers) {
		fprintf(out, "outliers: none of %zu threads\n",
			operation->threads);
		return;
	}
	fprintf(out, "outliers by p50, %zu:", operation->outliers);
	for (i = 0; i < operation->whole.rows; i++) {
		const struct stats_row *row = &operation->whole.row[i];

		if (!row->outlier || written == OUTLIERS_MAX)
			continue;
		write_name(out, written ? ", " : " ", row, row->median_ns);
		written++;
	}
	fputs(operation->outliers > written ? ", ...\n" : "\n", out);
}

/* Writes pauses: of all hosts, or else of hosts. */
static void write_pauses(FILE *out, const struct operation_stats *operation)
{
	const struct stats_row *row = operation->whole.row;
	bool several = row->level == LEVEL_CLUSTER;

	for (size_t i = 0; i < operation->whole.rows; i++) {
		if (row[i].level == LEVEL_THREAD)
			return;
		if (!row[i].pauses.count)
			continue;
		pauses_say(out, several && i ? row[i].host : NULL,
			   &row[i].pauses);
		fputc('\n', out);
		if (!i)
			return;
	}
}

/* Writes below the table which threads and hosts are slow. */
static void write_standings(FILE *out, const struct operation_stats *operation)
{
	/* With two threads the table itself says everything. */
	if (isnan(operation->fairness_threads) ||
	    operation->threads < STANDINGS_MIN)
		return;
	fprintf(out, "fairness (Jain): threads %.3Lf",
		operation->fairness_threads);
	if (!isnan(operation->fairness_hosts))
		fprintf(out, ", hosts %.3Lf", operation->fairness_hosts);
	fputc('\n', out);
	write_slowest(out, "threads", operation->slowest_thread,
		      operation->slowest_threads);
	write_slowest(out, "hosts", operation->slowest_host,
		      operation->slowest_hosts);
	write_outliers(out, operation);
}

static const char *latency_name(const char *latency)
{
	if (!strcmp(latency, "clat"))
		return "completion latency (clat)";
	if (!strcmp(latency, "lat"))
		return "total latency (lat)";
	if (!strcmp(latency, "slat"))
		return "submission latency (slat)";
	if (!strcmp(latency, "clat_hist"))
		return "completion latency (histograms)";
	return "response time";
}

static bool is_shown(const struct stats_report *report,
		     const struct operation_stats *operation,
		     const struct stats_row *row)
{
	size_t rows = row->level == LEVEL_THREAD ? operation->threads
		      : row->level == LEVEL_HOST ? operation->hosts
						 : 0;

	return report->verbose || rows <= ROWS_SHOWN;
}

/* Says which rows are there on request. */
static void write_hidden(FILE *out, const struct stats_report *report,
			 const struct operation_stats *operation)
{
	if (report->verbose || operation->threads <= ROWS_SHOWN)
		return;
	if (operation->hosts > ROWS_SHOWN)
		fprintf(out, "%zu hosts and ", operation->hosts);
	fprintf(out, "%zu threads: --verbose\n", operation->threads);
}

static bool write_operation(FILE *out, const struct stats_report *report,
			    const struct operation_stats *operation)
{
	struct layout layout = make_layout(report, operation);
	unsigned long long threads = operation->threads_in_all;
	bool marked = false;
	size_t i;

	fprintf(out, "%s: %zu host%s, %llu thread%s", shown(operation->name),
		operation->hosts, operation->hosts == 1 ? "" : "s", threads,
		threads == 1 ? "" : "s");
	if (operation->grouped)
		fprintf(out, " in %zu group%s", operation->threads,
			operation->threads == 1 ? "" : "s");
	fprintf(out, ", %s%s\n", latency_name(operation->latency),
		operation->source == FROM_HISTOGRAMS ? ", from fio's histograms"
		: operation->source == FROM_FIO      ? ", percentiles by fio"
						     : "");
	write_header(out, report, &layout, "host", "thread");
	for (i = 0; i < operation->whole.rows; i++)
		if (is_shown(report, operation, &operation->whole.row[i]))
			marked |= write_row(out, report, &layout,
					    &operation->whole.row[i]);
	write_hidden(out, report, operation);
	write_pauses(out, operation);
	write_standings(out, operation);
	if (operation->intervals)
		marked |= write_intervals(out, report, &layout, operation);
	return marked;
}

int format_text(FILE *out, const struct stats_report *report)
{
	bool marked = false;
	size_t i;

	for (i = 0; i < report->operations; i++) {
		if (i)
			fputc('\n', out);
		marked |= write_operation(out, report, &report->operation[i]);
	}
	if (marked)
		fputs("\n* fewer samples than this percentile needs: "
		      "1 / (1 - p)\n",
		      out);
	return 0;
}
