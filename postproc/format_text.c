// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table for a person: three digits and a unit a latency, at most 100 columns
 * with the default percentiles. Long host names are shortened in the middle,
 * where they say least.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

#define WIDTH_MAX     100
#define HOST_MIN      12
#define THREAD_WIDTH  8 /* of all columns: with the blanks before */
#define LATENCY_WIDTH 8
#define DEV_WIDTH     8
#define MARK_WIDTH    1
#define CELL_MAX      48

struct layout {
	int host;
	int samples;
};

/* Columns that a UTF-8 string takes: bytes that do not continue another. */
static int columns(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void write_right(FILE *out, int width, const char *s)
{
	fprintf(out, "%*s%s", width > columns(s) ? width - columns(s) : 0, "",
		s);
}

/* 1234567 -> "1.23 ms" */
static void latency_text(char *cell, long double ns)
{
	static const char *const units[] = { "ns", "µs", "ms", "s" };
	size_t unit = 0;
	int decimals;

	if (isnan(ns)) {
		strcpy(cell, "-");
		return;
	}
	/* Limits where rounding to three digits would give a fourth. */
	while (ns >= 999.5L && unit < 3) {
		ns /= 1000;
		unit++;
	}
	decimals = ns < 9.995L ? 2 : ns < 99.95L ? 1 : 0;
	snprintf(cell, CELL_MAX, "%.*Lf %s", decimals, ns, units[unit]);
}

static void write_latency(FILE *out, int width, long double ns,
			  const char *mark)
{
	char cell[CELL_MAX];

	latency_text(cell, ns);
	strcat(cell, mark);
	write_right(out, width, cell);
}

/* The bytes of the first `n` characters of s. */
static int prefix_bytes(const char *s, int n)
{
	const char *p = s;

	while (*p && (n > 0 || ((unsigned char)*p & 0xc0) == 0x80)) {
		p++;
		n -= ((unsigned char)*p & 0xc0) != 0x80;
	}
	return (int)(p - s);
}

static void write_host(FILE *out, int width, const char *host)
{
	int n = columns(host), head = (width - 1) / 2;

	if (n <= width) {
		fprintf(out, "%s%*s", host, width - n, "");
		return;
	}
	fprintf(out, "%.*s…%s", prefix_bytes(host, head), host,
		host + prefix_bytes(host, n - (width - 1 - head)));
}

static void write_header(FILE *out, const struct report *report,
			 const struct layout *layout, const char *first,
			 const char *second)
{
	size_t i;

	write_host(out, layout->host, first);
	write_right(out, THREAD_WIDTH, second);
	write_right(out, layout->samples, "samples");
	write_right(out, LATENCY_WIDTH, "min");
	write_right(out, LATENCY_WIDTH, "mean");
	write_right(out, DEV_WIDTH, "%dev");
	for (i = 0; i < report->percentiles.count; i++) {
		char cell[CELL_MAX];

		snprintf(cell, sizeof(cell), "p%s ",
			 report->percentiles.p[i].name);
		write_right(out, LATENCY_WIDTH + MARK_WIDTH, cell);
	}
	write_right(out, LATENCY_WIDTH, "max");
	fputc('\n', out);
}

/* Everything of a row behind host and thread. True: something was marked. */
static bool write_summary(FILE *out, const struct report *report,
			  const struct layout *layout, const struct summary *s)
{
	bool marked = false;
	char cell[CELL_MAX];
	size_t i;

	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)s->samples);
	write_right(out, layout->samples, cell);
	write_latency(out, LATENCY_WIDTH,
		      s->samples ? (long double)s->min_ns : NAN, "");
	write_latency(out, LATENCY_WIDTH, s->mean_ns, "");
	snprintf(cell, sizeof(cell), "%.1Lf", s->dev_percent);
	write_right(out, DEV_WIDTH, isnan(s->dev_percent) ? "-" : cell);
	for (i = 0; i < report->percentiles.count; i++) {
		bool enough = percentile_has_enough(&report->percentiles.p[i],
						    s->samples);

		marked |= !enough && s->samples;
		write_latency(out, LATENCY_WIDTH + MARK_WIDTH,
			      s->percentile_ns[i],
			      enough || !s->samples ? " " : "*");
	}
	write_latency(out, LATENCY_WIDTH,
		      s->samples ? (long double)s->max_ns : NAN, "");
	fputc('\n', out);
	return marked;
}

static bool write_row(FILE *out, const struct report *report,
		      const struct layout *layout, const struct row *row)
{
	char thread[CELL_MAX] = "all";

	if (row->level == LEVEL_THREAD && row->thread == LOG_THREAD_UNKNOWN)
		strcpy(thread, "-");
	else if (row->level == LEVEL_THREAD)
		snprintf(thread, sizeof(thread), "%02ld", row->thread);
	write_host(out, layout->host, row->host);
	write_right(out, THREAD_WIDTH, thread);
	return write_summary(out, report, layout, &row->summary);
}

static struct layout make_layout(const struct report *report,
				 const struct operation *operation)
{
	struct layout layout = { .host = HOST_MIN, .samples = 9 };
	char cell[CELL_MAX];
	int room, digits;
	size_t i;

	/* The first row has the most samples. */
	digits = snprintf(
		cell, sizeof(cell), "%llu",
		(unsigned long long)operation->whole.row[0].summary.samples);
	if (digits + 2 > layout.samples)
		layout.samples = digits + 2;
	room = WIDTH_MAX - THREAD_WIDTH - layout.samples - 3 * LATENCY_WIDTH -
	       DEV_WIDTH -
	       (int)report->percentiles.count * (LATENCY_WIDTH + MARK_WIDTH);
	for (i = 0; i < operation->whole.rows; i++) {
		int n = columns(operation->whole.row[i].host);

		if (n > layout.host)
			layout.host = n;
	}
	if (layout.host > room)
		layout.host = room > HOST_MIN ? room : HOST_MIN;
	return layout;
}

/* The first row, the widest level; the time stands in place of the host. */
static bool write_intervals(FILE *out, const struct report *report,
			    const struct layout *layout,
			    const struct operation *operation)
{
	bool marked = false;
	size_t i;

	fprintf(out, "\n%s: all threads over time\n", operation->name);
	write_header(out, report, layout, "from second", "");
	for (i = 0; i < operation->intervals; i++) {
		const struct table *table = &operation->interval[i];
		char cell[CELL_MAX];

		snprintf(cell, sizeof(cell), "%.3Lf",
			 ((long double)report->base_ns +
			  (long double)table->start_ns) /
				 1e9L);
		write_host(out, layout->host + THREAD_WIDTH, cell);
		marked |= write_summary(out, report, layout,
					&table->row[0].summary);
	}
	return marked;
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

static bool write_operation(FILE *out, const struct report *report,
			    const struct operation *operation)
{
	struct layout layout = make_layout(report, operation);
	bool marked = false;
	size_t i;

	fprintf(out, "%s: %zu host%s, %zu thread%s, %s\n", operation->name,
		operation->hosts, operation->hosts == 1 ? "" : "s",
		operation->threads, operation->threads == 1 ? "" : "s",
		latency_name(operation->latency));
	write_header(out, report, &layout, "host", "thread");
	for (i = 0; i < operation->whole.rows; i++)
		marked |= write_row(out, report, &layout,
				    &operation->whole.row[i]);
	if (operation->intervals)
		marked |= write_intervals(out, report, &layout, operation);
	return marked;
}

int format_text(FILE *out, const struct report *report)
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
