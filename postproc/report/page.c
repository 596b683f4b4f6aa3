// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "stats/fairness.h"
#include "util/markup.h"
#include "run/metrics.h"
#include "report/page.h"
#include "history/timeline.h"

#define THREADS_SHOWN_MAX 2000

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>smallfio report</title>\n<style>\n"
	":root { color-scheme: light dark; --line: #ccc; --mark: #b00020; }\n"
	"body { font: 15px/1.45 system-ui, sans-serif; max-width: 70em;\n"
	"  margin: 2em auto; padding: 0 1em; background: #fff; color: #111; }\n"
	"table { border-collapse: collapse; margin: .6em 0; }\n"
	"th, td { border-bottom: 1px solid var(--line); padding: .2em .5em;\n"
	"  text-align: right; vertical-align: top; }\n"
	"th:first-child, td:first-child, .text td { text-align: left; }\n"
	"td { white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
	".text td { white-space: normal; overflow-wrap: anywhere; }\n"
	".bad { color: var(--mark); font-weight: bold; }\n"
	"img { max-width: 100%; height: auto; }\n"
	"figure { margin: 1em 0; break-inside: avoid; }\n"
	"tr { break-inside: avoid; }\n"
	"h2, h3 { break-after: avoid; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  :root { --line: #444; --mark: #ff8a80; }\n"
	"  body { background: #151515; color: #eee; }\n"
	"  img { filter: invert(.9) hue-rotate(180deg); } }\n"
	"@media print { :root { --line: #ccc; --mark: #b00020; }\n"
	"  td { white-space: normal; } body { max-width: none; margin: 0;\n"
	"  font-size: 11px; background: #fff; color: #000; }\n"
	"  img { filter: none; } }\n"
	"</style>\n</head>\n<body>\n";

static void put_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	markup_put(out, text);
	fputs("</td>", out);
}

static void put_number(FILE *out, double value, int decimals, const char *unit)
{
	char text[64] = "\xe2\x80\x93"; /* a dash */

	if (isfinite(value))
		snprintf(text, sizeof(text), "%.*f%s", decimals, value, unit);
	put_cell(out, text);
}

void page_begin(FILE *out, size_t runs)
{
	fputs(head, out);
	fprintf(out, "<h1>%zu run%s</h1>\n", runs, runs == 1 ? "" : "s");
}

void page_end(FILE *out)
{
	fputs("<footer><p>Made by smallfio " SMALLFIO_VERSION
	      ".</p></footer>\n</body>\n</html>\n",
	      out);
}

/* --- tables --------------------------------------------------------------- */

static void put_metric(FILE *out, const struct operation_figures *f,
		       const char *name)
{
	char error[METRIC_ERROR_MAX], text[METRIC_VALUE_MAX];
	struct metric metric;
	double value;

	metric_parse(&metric, name, error);
	if (metric_value(&metric, f, &value) == METRIC_OK)
		put_cell(out,
			 metric_format_value(text, metric.row->unit, value));
	else
		put_cell(out, "\xe2\x80\x93");
}

static void put_operations(FILE *out, const struct operation_figures_list *list)
{
	static const char *const names[] = {
		"operations", "files/s", "MiB/s", "mean", "p50",
		"p95",        "p99",     "p99.9", "max",  "errors",
	};
	size_t i, k, columns = sizeof(names) / sizeof(*names);

	fputs("<h3>Operations</h3>\n<table><thead><tr><th>operation</th>", out);
	for (k = 0; k < columns; k++)
		fprintf(out, "<th>%s</th>", names[k]);
	fputs("</tr></thead><tbody>\n", out);
	for (i = 0; i < list->count; i++) {
		if (list->figures[i].host)
			continue;
		fputs("<tr>", out);
		put_cell(out, list->figures[i].operation);
		for (k = 0; k < columns; k++)
			put_metric(out, &list->figures[i], names[k]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

static void put_notes(FILE *out, const char *title, const char *class,
		      const struct notes *notes)
{
	size_t i;

	if (!notes->count)
		return;
	fprintf(out, "<p class=\"%s\">%s</p>\n<ul>\n", class, title);
	for (i = 0; i < notes->count; i++) {
		fputs("<li>", out);
		markup_put(out, notes->text[i]);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_phase_row(FILE *out, const struct phase *phase)
{
	fputs("<tr>", out);
	put_cell(out, phase->job);
	put_number(out, (double)phase->hosts, 0, "");
	put_number(out, (double)phase->threads, 0, "");
	put_number(out, (double)part_done_percent(&phase->cluster), 1, " %");
	put_number(out, phase->timed ? (double)phase->start_skew_s : NAN, 3,
		   " s");
	put_number(out, phase->timed ? (double)phase->finish_skew_s : NAN, 3,
		   " s");
	put_number(out, phase->timed ? (double)phase->overlap_percent : NAN, 1,
		   " %");
	put_number(out,
		   phase->timed ? (double)phase->cluster.stonewalled.units_per_s
				: NAN,
		   0, "");
	fputs("</tr>\n", out);
}

static void put_validity(FILE *out, const struct result *result)
{
	struct notes pauses = { 0 };
	size_t i;

	/* Without memory, the page says less. */
	(void)result_pauses(result, &pauses);
	fputs("<h3>Validity</h3>\n", out);
	if (result_is_valid(result))
		fputs("<p>Nothing speaks against these figures.</p>\n", out);
	put_notes(out, "Not valid:", "bad", &result->invalid);
	put_notes(out, "Too little was done:", "bad", &result->too_small);
	put_notes(out, "Too short:", "bad", &result->too_short);
	put_notes(out, "Pauses:", "", &pauses);
	put_notes(out, "Not known:", "", &result->untold);
	fputs("<table><thead><tr><th>phase</th><th>hosts</th><th>threads</th>"
	      "<th>done</th><th>start skew</th><th>finish skew</th>"
	      "<th>overlap</th><th>files/s, stonewalled</th></tr></thead>"
	      "<tbody>\n",
	      out);
	for (i = 0; i < result->phases; i++)
		put_phase_row(out, &result->phase[i]);
	fputs("</tbody></table>\n", out);
	notes_free(&pauses);
}

static void put_thread_row(FILE *out, const struct part *part, bool straggles)
{
	fprintf(out, "<tr%s>", straggles ? " class=\"bad\"" : "");
	put_cell(out, part->host ? part->host : "");
	put_number(out, (double)part->thread, 0, "");
	put_number(out, (double)part->units, 0, "");
	put_number(out, (double)part->whole.units_per_s, 0, "");
	put_number(out, (double)part->whole.mib_per_s, 1, "");
	put_number(out, (double)part->elapsed_s, 3, " s");
	put_number(out, (double)part->errors, 0, "");
	put_cell(out, straggles ? "straggler" : "");
	fputs("</tr>\n", out);
}

/*
 * Whether the i-th thread is a straggler: its time per file is an outlier above
 * the median (fairness.h).
 */
static bool straggles(const long double *each_s, const long double *score,
		      size_t i, long double median)
{
	return each_s[i] > median &&
	       fairness_is_outlier(each_s[i], score[i], median);
}

/*
 * Writes at most THREADS_SHOWN_MAX rows, so that a browser can open a page of
 * many threads. Where there are more threads, stragglers come first.
 */
static void put_thread_rows(FILE *out, const struct phase *phase,
			    const long double *each_s, const long double *score,
			    long double median)
{
	bool many = phase->threads > THREADS_SHOWN_MAX;
	size_t i, shown = 0;
	int others;

	for (others = !many; others < 2; others++)
		for (i = 0; i < phase->threads && shown < THREADS_SHOWN_MAX;
		     i++) {
			bool bad = straggles(each_s, score, i, median);

			if (many && bad == others)
				continue;
			put_thread_row(out, &phase->thread[i], bad);
			shown++;
		}
}

static int put_threads(FILE *out, const struct phase *phase)
{
	size_t i, n = phase->threads;
	long double *each_s = calloc(2 * n + 1, sizeof(*each_s)), median = 0;
	int ret = each_s ? 0 : -ENOMEM;

	for (i = 0; i < n && !ret; i++)
		each_s[i] = phase->thread[i].elapsed_s /
			    (long double)phase->thread[i].units;
	if (!ret)
		ret = fairness_scores(each_s, n, each_s + n, &median);
	fputs("<h3>Threads of ", out);
	markup_put(out, phase->job);
	fputs("</h3>\n<table><thead><tr><th>host</th><th>thread</th>"
	      "<th>files</th><th>files/s</th><th>MiB/s</th><th>time</th>"
	      "<th>errors</th><th></th></tr></thead><tbody>\n",
	      out);
	if (!ret)
		put_thread_rows(out, phase, each_s, each_s + n, median);
	fputs("</tbody></table>\n", out);
	if (n > THREADS_SHOWN_MAX)
		fprintf(out,
			"<p>and %zu threads more; stragglers are above</p>\n",
			n - THREADS_SHOWN_MAX);
	free(each_s);
	return ret;
}

static void put_fingerprint(FILE *out, const struct fingerprint *f)
{
	size_t i;

	fputs("<details open><summary>Parameters and fingerprint</summary>\n"
	      "<table class=\"text\"><tbody>\n",
	      out);
	for (i = 0; i < f->count; i++) {
		fputs("<tr>", out);
		put_cell(out, f->item[i].key);
		put_cell(out, f->item[i].value);
		fputs("</tr>\n", out);
	}
	fprintf(out, "</tbody></table>\n<p>Fingerprint %016llx</p></details>\n",
		(unsigned long long)fingerprint_hash(f));
}

/* --- charts --------------------------------------------------------------- */

static void put_base64(FILE *out, const unsigned char *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < size; i += 3) {
		size_t left = size - i;
		unsigned int three = (unsigned int)data[i] << 16;

		if (left > 1)
			three |= (unsigned int)data[i + 1] << 8;
		if (left > 2)
			three |= data[i + 2];
		fputc(digits[three >> 18], out);
		fputc(digits[three >> 12 & 63], out);
		fputc(left > 1 ? digits[three >> 6 & 63] : '=', out);
		fputc(left > 2 ? digits[three & 63] : '=', out);
	}
}

static int put_chart(FILE *out, const struct chart *chart,
		     const struct chart_data *data)
{
	char *picture;
	size_t size;
	int ret = chart_draw(chart, data, CHART_SVG, &picture, &size);

	if (ret)
		return ret;
	/*
	 * The picture is an image of its own, not part of the page, because
	 * gnuplot uses the same element names in all pictures.
	 */
	fprintf(out,
		"<figure><figcaption>%s: %s</figcaption>\n"
		"<img alt=\"%s\" width=\"860\" height=\"360\" "
		"src=\"data:image/svg+xml;base64,",
		chart->title, chart->help, chart->title);
	put_base64(out, (const unsigned char *)picture, size);
	fputs("\"></figure>\n", out);
	free(picture);
	return 0;
}

static void put_undrawn(FILE *out, int reason)
{
	if (reason == -ENOENT)
		fputs("<p>No charts: gnuplot is not installed (Debian: "
		      "gnuplot-nox).</p>\n",
		      out);
	else
		fprintf(out, "<p>No charts: gnuplot failed (%s).</p>\n",
			strerror(-reason));
}

/*
 * Writes the charts of one operation, or of logs that belong to none. `without`
 * says why charts are missing, or is NULL. Returns 0 or -errno.
 */
static int put_charts_of(FILE *out, const char *title,
			 const struct chart_data *data, const char *without)
{
	size_t k;
	int ret = 0;

	fputs("<h3>", out);
	markup_put(out, title);
	fputs("</h3>\n", out);
	if (without)
		fprintf(out, "<p>%s</p>\n", without);
	for (k = 0; charts[k].name && !ret; k++) {
		if (chart_possible(&charts[k], data))
			ret = put_chart(out, &charts[k], data);
	}
	return ret;
}

/* Why there are no charts over time; NULL if there are. */
static const char *without_times(const struct run_bundle *d,
				 const struct time_series *over_time)
{
	if (over_time)
		return over_time->count > 1
			       ? NULL
			       : "No charts over time: all operations are in "
				 "one interval, so the run is too short.";
	return d->time_series.count
		       ? "No charts over time: no latency log has the name of "
			 "this operation (set write_lat_log=NAME in its "
			 "section)."
		       : "No charts over time: the run has no latency logs "
			 "(set write_lat_log=NAME in the job file).";
}

static int put_operation_charts(FILE *out, const struct run_bundle *d)
{
	const struct operation_figures_list *list = &d->runs.run[0].figures;
	size_t i;
	int ret = 0;

	for (i = 0; i < list->count && !ret; i++) {
		const char *operation = list->figures[i].operation;
		struct chart_data data = {
			.figures = &list->figures[i],
			.over_time = run_bundle_time_series(d, operation),
		};

		if (!data.figures->host)
			ret = put_charts_of(out, operation, &data,
					    without_times(d, data.over_time));
	}
	return ret;
}

static int put_left_over_charts(FILE *out, const struct run_bundle *d)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < d->time_series.count && !ret; i++) {
		struct chart_data data = {
			.over_time = &d->time_series.over_time[i]
		};

		if (run_bundle_is_left_over(d, data.over_time))
			ret = put_charts_of(out, data.over_time->operation,
					    &data,
					    "Latency logs have this name, but "
					    "no operation of the run has it.");
	}
	return ret;
}

static void put_charts(FILE *out, const struct run_bundle *d, int *undrawn)
{
	int ret = put_operation_charts(out, d);

	if (!ret)
		ret = put_left_over_charts(out, d);
	if (ret) {
		put_undrawn(out, ret);
		*undrawn = ret;
	}
}

int page_run(FILE *out, const struct run_bundle *d, int *undrawn)
{
	const struct run_summary *t = &d->runs.run[0];
	char time[TIMELINE_TIME_MAX];
	size_t i;
	int ret = 0;

	fputs("<section><h2>", out);
	markup_put(out, t->path);
	fprintf(out, "</h2>\n<p>Ended %s UTC</p>\n",
		timeline_time(time, t->end_ms));
	put_operations(out, &t->figures);
	put_validity(out, &d->result);
	put_charts(out, d, undrawn);
	for (i = 0; i < d->result.phases && !ret; i++)
		ret = put_threads(out, &d->result.phase[i]);
	put_fingerprint(out, &t->fingerprint);
	fputs("</section>\n", out);
	return ret;
}
