// SPDX-License-Identifier: GPL-2.0-only
/* The page: what ran, its verdict, the table of operations, then each of them.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/timeline.h"
#include "report/page_parts.h"
#include "run/metrics.h"
#include "util/array.h"
#include "util/markup.h"
#include "verdict/compare_format.h"

#define DASH        "\xe2\x80\x93"
#define NAMES_IN_H1 4
#define NOTES_SHOWN 3

static const char *const columns[] = {
	"files/s", "MiB/s", "p50", "p99", "p99.9", "max",
};
#define COLUMNS (sizeof(columns) / sizeof(*columns))

void page_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	markup_put(out, text);
	fputs("</td>", out);
}

void page_number(FILE *out, double value, int decimals, const char *unit)
{
	char text[64] = DASH;

	if (isfinite(value))
		snprintf(text, sizeof(text), "%.*f%s", decimals, value, unit);
	page_cell(out, text);
}

const char *page_run_name(const struct page *page, size_t run)
{
	const struct run_summary *summary = &page->run[run].runs.run[0];

	return summary->label ? summary->label : summary->path;
}

/* --- which operations there are ------------------------------------------- */

/* Whether a phase is of the operation NAME, NAME:read, NAME:write ... */
static bool is_of(const struct phase *phase, const char *operation)
{
	const char *const names[] = { phase->job, phase->operation };

	for (size_t i = 0; i < 2; i++) {
		size_t length = strlen(names[i]);

		if (!strncmp(operation, names[i], length) &&
		    (!operation[length] || operation[length] == ':'))
			return true;
	}
	return false;
}

const struct phase *page_phase(const struct run_bundle *run,
			       const char *operation)
{
	const struct result *result = &run->result;

	for (size_t i = 0; i < result->phases; i++)
		if (is_of(&result->phase[i], operation))
			return &result->phase[i];
	return NULL;
}

const char *page_unit(const struct run_bundle *run, size_t runs,
		      const char *operation)
{
	const struct phase *phase = NULL;

	for (size_t i = 0; i < runs && !phase; i++)
		phase = page_phase(&run[i], operation);
	if (!phase || phase->asked.unit == JOB_UNIT_IOS)
		return "operations";
	return phase->asked.unit == JOB_UNIT_FILES ? "files" : "directories";
}

static int add_operation(struct page *page, const char *name)
{
	const char **added;

	for (size_t i = 0; i < page->operations; i++)
		if (!strcmp(page->operation[i], name))
			return 0;
	added = array_add(&page->operation, &page->operations);
	if (!added)
		return -ENOMEM;
	*added = name;
	return 0;
}

/* Adds the operations of a run: in its order, then those without a phase. */
static int add_operations(struct page *page, const struct run_bundle *run)
{
	const struct operation_figures_list *list = &run->runs.run[0].figures;
	const struct result *result = &run->result;
	int ret = 0;

	for (size_t i = 0; i <= result->phases; i++)
		for (size_t k = 0; k < list->count && !ret; k++)
			if (!list->figures[k].host &&
			    (i == result->phases ||
			     is_of(&result->phase[i],
				   list->figures[k].operation)))
				ret = add_operation(page,
						    list->figures[k].operation);
	for (size_t i = 0; i < run->time_series.count && !ret; i++) {
		const struct time_series *l = &run->time_series.over_time[i];

		if (run_bundle_is_left_over(run, l))
			ret = add_operation(page, l->operation);
	}
	return ret;
}

/* --- what ran where ------------------------------------------------------- */

static void put_head(const struct page *page)
{
	size_t named = page->operations > NAMES_IN_H1 + 1 ? NAMES_IN_H1
							  : page->operations;
	FILE *out = page->out;

	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\""
		"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src '%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, "
		"initial-scale=1\">\n<title>smallfio: ",
		*page_script_hash ? page_script_hash : "none");
	markup_put(out, page_run_name(page, 0));
	if (page->runs > 1)
		fprintf(out, " and %zu more", page->runs - 1);
	fputs("</title>\n<style>\n", out);
	fwrite(page_style, 1, page_style_size, out);
	fputs("</style>\n</head>\n<body>\n<h1>", out);
	for (size_t i = 0; i < named; i++) {
		fputs(i ? ", " : "", out);
		markup_put(out, page->operation[i]);
	}
	if (page->operations > named)
		fprintf(out, " and %zu more", page->operations - named);
	fputs("</h1>\n", out);
}

/* The time of all phases, one after the other. NAN: unknown. */
static double total_s(const struct run_bundle *run)
{
	long double sum = 0;

	for (size_t i = 0; i < run->result.phases; i++)
		sum += run->result.phase[i].cluster.elapsed_s;
	return (double)sum;
}

/* Writes what the first phase was asked for, as an example of all. */
static void put_job(FILE *out, const struct run_bundle *run)
{
	const struct phase *phase = &run->result.phase[0];
	const struct job_options *asked = &phase->asked;
	const struct fingerprint *f = &run->runs.run[0].fingerprint;
	char key[256], time[CHART_VALUE_MAX];
	const char *size;

	fprintf(out, "%zu operation%s by %llu thread%s", run->result.phases,
		run->result.phases > 1 ? "s" : "",
		(unsigned long long)phase->cluster.threads,
		phase->cluster.threads > 1 ? "s" : "");
	if (phase->hosts == 1) {
		fputs(" on ", out);
		markup_put(out, phase->host[0].host);
	} else {
		fprintf(out, " on %zu hosts", phase->hosts);
	}
	if (asked->units != JOB_OPTIONS_UNKNOWN)
		fprintf(out, ", each with %llu %s",
			(unsigned long long)asked->units,
			job_unit_name(asked->unit, asked->units != 1));
	snprintf(key, sizeof(key), "%s.filesize", phase->job);
	size = fingerprint_get(f, key);
	if (size && asked->unit == JOB_UNIT_FILES) {
		fputs(" of ", out);
		markup_put(out, size);
	}
	if (total_s(run) > 0)
		fprintf(out, ", in %s",
			chart_value(time, CHART_TIME, total_s(run)));
	fputs(". ", out);
}

static void put_facts(FILE *out, const struct run_summary *run)
{
	static const struct {
		const char *key, *before, *after;
	} facts[] = {
		{ "filesystem", "File system ", ", " },
		{ "kernel", "Linux ", ", " },
		{ "cpus", "", " processors, " },
		{ "cpu", "", ", " },
		{ "fio", "", ". " },
	};
	char time[TIMELINE_TIME_MAX];

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const char *value =
			fingerprint_get(&run->fingerprint, facts[i].key);

		if (!value)
			continue;
		fputs(facts[i].before, out);
		markup_put(out, value);
		fputs(facts[i].after, out);
	}
	if (!fingerprint_get(&run->fingerprint, "filesystem"))
		fputs("File system and kernel are not recorded "
		      "(<code>smallfio run</code> does that). ",
		      out);
	fprintf(out, "Ended %s UTC.", timeline_time(time, run->end_ms));
}

static void put_notes(FILE *out, const char *class, const char *title,
		      const struct notes *notes)
{
	if (!notes->count)
		return;
	if (title)
		fprintf(out, "<p class=\"%s\">%s</p>\n", class, title);
	fputs("<ul>\n", out);
	for (size_t i = 0; i < notes->count; i++) {
		if (i == NOTES_SHOWN)
			fprintf(out,
				"</ul>\n<details><summary>and %zu "
				"more</summary><ul>\n",
				notes->count - i);
		fputs("<li>", out);
		markup_put(out, notes->text[i]);
		fputs("</li>\n", out);
	}
	fprintf(out, "</ul>%s\n",
		notes->count > NOTES_SHOWN ? "</details>" : "");
}

static int put_verdict(const struct page *page, size_t run)
{
	const struct result *result = &page->run[run].result;
	struct notes pauses = { 0 };
	FILE *out = page->out;
	int ret = result_pauses(result, &pauses);

	if (result_is_valid(result) && result->phases)
		fputs("<p class=\"good\">&#10003; Valid: nothing speaks "
		      "against these figures.</p>\n",
		      out);
	put_notes(out, "bad", "&#10007; Not valid:", &result->invalid);
	put_notes(out, "bad",
		  "&#10007; Too little was done:", &result->too_small);
	put_notes(out, "bad", "&#10007; Too short:", &result->too_short);
	put_notes(out, "bad", "Pauses:", &pauses);
	notes_free(&pauses);
	return ret ? ret : page_stragglers(page, run);
}

static int put_runs(const struct page *page)
{
	FILE *out = page->out;
	int ret = 0;

	for (size_t i = 0; i < page->runs && !ret; i++) {
		const struct run_bundle *run = &page->run[i];

		fprintf(out, "<section class=\"run\"><h2>%s",
			page->runs > 1 ? "" : "Run ");
		markup_put(out, page_run_name(page, i));
		fputs("</h2>\n<p>", out);
		if (run->samples.count)
			fprintf(out,
				"The first of %zu runs: ", run->samples.count);
		if (run->result.phases)
			put_job(out, run);
		put_facts(out, &run->runs.run[0]);
		fputs("</p>\n", out);
		ret = put_verdict(page, i);
		fputs("</section>\n", out);
	}
	return ret;
}

/* --- several runs --------------------------------------------------------- */

/* The change of a metric, and below it from what to what. */
static void put_change(FILE *out, const struct metric *metric,
		       const struct compare_cells *cells)
{
	const char *class = !strcmp(cells->verdict, "regression") ? "bad"
			    : !strcmp(cells->verdict, "improved") ? "good"
								  : "";

	fprintf(out, "<td data-l=\"%s\"><span class=\"%s\">", metric->name,
		class);
	markup_put(out, *cells->change ? cells->change : DASH);
	fprintf(out, " %s</span><small>", cells->verdict);
	markup_put(out, cells->old);
	fputs(" &#8594; ", out);
	markup_put(out, cells->now);
	fputs("</small></td>", out);
}

/* Writes the cell of a metric, which the operation may not have. */
static void put_compared(const struct page *page,
			 const struct compare_table *table,
			 const char *operation, size_t run,
			 const struct metric *metric)
{
	struct compare_cells cells;

	for (size_t i = 0; operation && i < table->rows; i++)
		if (table->row[i].metric == metric &&
		    !strcmp(table->row[i].operation, operation)) {
			compare_format_cells(table, &table->row[i], run,
					     &cells);
			put_change(page->out, metric, &cells);
			return;
		}
	for (size_t i = 0; !operation && i < table->means; i++)
		if (table->mean[i].metric == metric) {
			compare_format_mean(&table->mean[i], run, &cells);
			put_change(page->out, metric, &cells);
			return;
		}
	page_cell(page->out, "");
}

/* Writes a row for each run but the first. `operation` NULL: the means. */
static void put_comparison_rows(const struct page *page,
				const struct compare_table *table,
				const char *operation)
{
	FILE *out = page->out;

	for (size_t run = 1; run < page->runs; run++) {
		fputs("<tr><th scope=\"row\">", out);
		markup_put(out, operation ? operation : "geometric mean");
		if (page->runs > 2) {
			fprintf(out, " <small class=\"k%zu\">",
				run % CHART_COLOURS);
			markup_put(out, page_run_name(page, run));
			fputs("</small>", out);
		}
		fputs("</th>", out);
		for (size_t i = 0; i < table->options.metrics; i++)
			put_compared(page, table, operation, run,
				     &table->options.metric[i]);
		fputs("</tr>\n", out);
	}
}

/* The table of `smallfio compare`: each run is a side of its own. */
static int put_comparison(const struct page *page)
{
	struct compare_side *side = calloc(page->runs, sizeof(*side));
	struct compare_table table;
	FILE *out = page->out;
	int ret;

	if (!side)
		return -ENOMEM;
	for (size_t i = 0; i < page->runs; i++)
		side[i] = (struct compare_side){ page_run_name(page, i),
						 page->run[i].samples.count
							 ? page->run[i].samples
							 : page->run[i].runs };
	compare_table_init(&table);
	ret = compare_table_build(&table, side, page->runs);
	fputs("<h2>Compared with ", out);
	markup_put(out, page_run_name(page, 0));
	fputs("</h2>\n<table class=\"operations\"><thead><tr><th>operation</th>",
	      out);
	for (size_t i = 0; i < table.options.metrics; i++)
		fprintf(out, "<th>%s</th>", table.options.metric[i].name);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < page->operations && !ret; i++)
		put_comparison_rows(page, &table, page->operation[i]);
	if (!ret && table.means)
		put_comparison_rows(page, &table, NULL);
	fputs("</tbody></table>\n", out);
	put_notes(out, "", NULL, &table.notes);
	compare_table_free(&table);
	free(side);
	return ret;
}

/* --- the table of operations ---------------------------------------------- */

/* What the bars of all rows are drawn against. */
struct scales {
	double rate, low_ns, high_ns;
};

static double value_of(const struct operation_figures *f, const char *name,
		       char *text)
{
	char error[METRIC_ERROR_MAX];
	struct metric metric;
	double value;

	metric_parse(&metric, name, error);
	strcpy(text, DASH);
	if (metric_value(&metric, f, &value) != METRIC_OK)
		return NAN;
	metric_format_value(text, metric.row->unit, value);
	return value;
}

static void find_scales(const struct page *page, struct scales *scales)
{
	char text[METRIC_VALUE_MAX];

	*scales = (struct scales){ 0, INFINITY, 0 };
	for (size_t i = 0; i < page->runs; i++) {
		const struct operation_figures_list *list =
			&page->run[i].runs.run[0].figures;

		for (size_t k = 0; k < list->count; k++) {
			const struct operation_figures *f = &list->figures[k];

			if (f->host)
				continue;
			scales->rate = fmax(scales->rate,
					    value_of(f, "files/s", text));
			scales->low_ns =
				fmin(scales->low_ns, value_of(f, "p50", text));
			scales->high_ns =
				fmax(scales->high_ns, value_of(f, "max", text));
		}
	}
}

/* Where a latency lies on the common scale, in percent. */
static double place_of(const struct scales *scales, double ns)
{
	if (!(ns > 0) || !(scales->high_ns > scales->low_ns))
		return 0;
	return 100 * log(ns / scales->low_ns) /
	       log(scales->high_ns / scales->low_ns);
}

static void put_figures(FILE *out, const struct operation_figures *f,
			const struct scales *scales)
{
	char text[METRIC_VALUE_MAX];
	double value[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		value[i] = value_of(f, columns[i], text);
		fprintf(out, "<td data-l=\"%s\"", columns[i]);
		if (!i && value[i] > 0)
			fprintf(out, " class=\"bar\" style=\"--p:%.1f\"",
				100 * value[i] / scales->rate);
		fprintf(out, ">%s</td>", text);
	}
	fprintf(out,
		"<td class=\"track\" style=\"--a:%.1f;--b:%.1f;--c:%.1f\">"
		"</td></tr>\n",
		place_of(scales, value[2]), place_of(scales, value[3]),
		place_of(scales, value[5]));
}

static void put_operation_row(const struct page *page, size_t at, size_t run,
			      const struct scales *scales)
{
	const struct operation_figures *f = operation_figures_find(
		&page->run[run].runs.run[0].figures, page->operation[at], NULL);
	FILE *out = page->out;

	if (!f)
		return;
	fprintf(out, "<tr%s><th scope=\"row\"><a href=\"#o%zu\">",
		run ? " class=\"again\"" : "", at);
	markup_put(out, f->operation);
	fputs("</a>", out);
	if (page->runs > 1) {
		fprintf(out, " <small class=\"k%zu\">", run % CHART_COLOURS);
		markup_put(out, page_run_name(page, run));
		fputs("</small>", out);
	}
	fputs("</th>", out);
	put_figures(out, f, scales);
}

static void put_operations(const struct page *page)
{
	FILE *out = page->out;
	struct scales scales;

	find_scales(page, &scales);
	fputs("<h2>Operations</h2>\n<table class=\"operations\"><thead><tr>"
	      "<th>operation</th>",
	      out);
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(out, "<th>%s</th>", columns[i]);
	fputs("<th>p50 to p99, to max</th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < page->operations; i++)
		for (size_t run = 0; run < page->runs; run++)
			put_operation_row(page, i, run, &scales);
	fputs("</tbody></table>\n", out);
}

/* --- the operations one by one -------------------------------------------- */

/* The operation in which the first run spent most of its time. */
static const char *longest(const struct page *page, double *percent)
{
	const struct operation_figures_list *list =
		&page->run[0].runs.run[0].figures;
	const struct operation_figures *most = NULL;
	uint64_t all_ms = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct operation_figures *f = &list->figures[i];

		if (f->host)
			continue;
		all_ms += f->runtime_ms;
		if (!most || f->runtime_ms > most->runtime_ms)
			most = f;
	}
	*percent = most && all_ms
			   ? 100.0 * (double)most->runtime_ms / (double)all_ms
			   : 0;
	return most ? most->operation : page->operation[0];
}

static int put_main_chart(struct page *page)
{
	double percent;
	const char *operation = longest(page, &percent);
	int ret;

	/* Of one operation the section is open, and has this. */
	if (page->operations == 1)
		return 0;
	fputs("<h2>Where the time went</h2>\n<p>", page->out);
	markup_put(page->out, operation);
	fprintf(page->out, " took %.0f %% of the time of all operations.</p>\n",
		percent);
	ret = page_chart(page, operation, &chart_kinds[0]);
	return ret ? ret : page_chart(page, operation, &chart_kinds[1]);
}

static int put_operation(struct page *page, size_t at)
{
	const char *operation = page->operation[at];
	const struct operation_figures *f = operation_figures_find(
		&page->run[0].runs.run[0].figures, operation, NULL);
	char rate[METRIC_VALUE_MAX], p99[METRIC_VALUE_MAX];
	int ret;

	fprintf(page->out,
		"<details class=\"operation\" id=\"o%zu\"%s><summary>", at,
		page->operations == 1 ? " open" : "");
	markup_put(page->out, operation);
	if (f) {
		value_of(f, "files/s", rate);
		value_of(f, "p99", p99);
		fprintf(page->out, " <small>%s, p99 %s</small>", rate, p99);
	}
	fputs("</summary>\n", page->out);
	ret = page_charts(page, operation);
	if (!ret)
		ret = page_threads(page, operation);
	fputs("</details>\n", page->out);
	return ret;
}

/* --- the end of the page -------------------------------------------------- */

static void put_phase_row(FILE *out, const struct phase *phase)
{
	double nan = phase->timed ? 1 : NAN;

	fputs("<tr>", out);
	page_cell(out, phase->job);
	page_number(out, (double)phase->hosts, 0, "");
	page_number(out, (double)phase->threads, 0, "");
	page_number(out, (double)part_done_percent(&phase->cluster), 1, " %");
	page_number(out, nan * (double)phase->start_skew_s, 3, " s");
	page_number(out, nan * (double)phase->finish_skew_s, 3, " s");
	page_number(out, nan * (double)phase->overlap_percent, 1, " %");
	page_number(out, nan * (double)phase->cluster.stonewalled.units_per_s,
		    0, "");
	fputs("</tr>\n", out);
}

static void put_details(const struct page *page, size_t run)
{
	const struct fingerprint *f = &page->run[run].runs.run[0].fingerprint;
	const struct result *result = &page->run[run].result;
	FILE *out = page->out;

	fputs("<details><summary>Phases and parameters of ", out);
	markup_put(out, page_run_name(page, run));
	fputs("</summary>\n<div class=\"wide\"><table><thead><tr><th>phase</th>"
	      "<th>hosts</th><th>threads</th><th>done</th><th>start skew</th>"
	      "<th>finish skew</th><th>overlap</th>"
	      "<th>files/s, stonewalled</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < result->phases; i++)
		put_phase_row(out, &result->phase[i]);
	fputs("</tbody></table></div>\n", out);
	put_notes(out, "", "Not known:", &result->untold);
	fputs("<table class=\"text\"><tbody>\n", out);
	for (size_t i = 0; i < f->count; i++) {
		fputs("<tr>", out);
		page_cell(out, f->item[i].key);
		page_cell(out, f->item[i].value);
		fputs("</tr>\n", out);
	}
	fprintf(out, "</tbody></table>\n<p>Fingerprint %016llx</p></details>\n",
		(unsigned long long)fingerprint_hash(f));
}

static void put_end(const struct page *page)
{
	FILE *out = page->out;

	fputs("<h2>Phases and parameters</h2>\n", out);
	for (size_t i = 0; i < page->runs; i++)
		put_details(page, i);
	fputs("<footer><p>Made by smallfio " SMALLFIO_VERSION
	      ".</p></footer>\n",
	      out);
	if (*page_script_hash) {
		fputs("<script>", out);
		fwrite(page_script, 1, page_script_size, out);
		fputs("</script>\n", out);
	}
	fputs("</body>\n</html>\n", out);
}

static int put_all(struct page *page)
{
	int ret;

	put_head(page);
	ret = put_runs(page);
	if (!ret && page->runs > 1)
		ret = put_comparison(page);
	put_operations(page);
	if (!ret)
		ret = put_main_chart(page);
	if (page->operations > 1)
		fputs("<h2>Each operation</h2>\n", page->out);
	for (size_t i = 0; i < page->operations && !ret; i++)
		ret = put_operation(page, i);
	put_end(page);
	return ret;
}

int page_write(FILE *out, const struct run_bundle *run, size_t runs)
{
	struct page page = { .out = out, .run = run, .runs = runs };
	int ret = 0;

	page.shown = calloc(runs, sizeof(*page.shown));
	if (!page.shown)
		ret = -ENOMEM;
	for (size_t i = 0; i < runs && !ret; i++)
		ret = add_operations(&page, &run[i]);
	if (!ret)
		ret = put_all(&page);
	free(page.operation);
	free(page.shown);
	return ret;
}
