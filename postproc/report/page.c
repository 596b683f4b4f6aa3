// SPDX-License-Identifier: GPL-2.0-only
/* The page: what ran, its verdict, the table of operations, then each of them.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"
#include "run/metrics.h"
#include "util/array.h"
#include "util/markup.h"

#define NAMES_IN_H1 4

enum { FILES_PER_S, MIB_PER_S, P50, P99, P99_9, MAX, COLUMNS };
static const char *const columns[COLUMNS] = {
	"files/s", "MiB/s", "p50", "p99", "p99.9", "max",
};

void page_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	markup_put(out, text);
	fputs("</td>", out);
}

void page_number(FILE *out, double value, int decimals, const char *unit)
{
	char text[64] = PAGE_DASH;

	if (isfinite(value))
		snprintf(text, sizeof(text), "%.*f%s", decimals, value, unit);
	page_cell(out, text);
}

const char *page_run_name(const struct page *page, size_t run)
{
	const struct run_summary *summary = &page->run[run].runs.run[0];

	return summary->label ? summary->label : summary->path;
}

void page_run_mark(const struct page *page, size_t run)
{
	if (page->runs == 1)
		return;
	fprintf(page->out, " <small class=\"k%zu\">", run % CHART_COLOURS);
	markup_put(page->out, page_run_name(page, run));
	fputs("</small>", page->out);
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

/* --- the table of operations ---------------------------------------------- */

/* What the bars of all rows are drawn against, and which columns there are. */
struct scales {
	double rate, low_ns, high_ns;
	bool known[COLUMNS]; /* one of the operations has it */
};

static double value_of(const struct operation_figures *f, const char *name,
		       char *text)
{
	char error[METRIC_ERROR_MAX];
	struct metric metric;
	double value;

	metric_parse(&metric, name, error);
	strcpy(text, PAGE_DASH);
	if (metric_value(&metric, f, &value) != METRIC_OK)
		return NAN;
	metric_format_value(text, metric.row->unit, value);
	return value;
}

static void widen_scales(struct scales *scales,
			 const struct operation_figures *f)
{
	char text[METRIC_VALUE_MAX];
	double value[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		value[i] = value_of(f, columns[i], text);
		scales->known[i] |= !isnan(value[i]);
	}
	scales->rate = fmax(scales->rate, value[FILES_PER_S]);
	scales->low_ns = fmin(scales->low_ns, value[P50]);
	scales->high_ns = fmax(scales->high_ns, value[MAX]);
}

static void find_scales(const struct page *page, struct scales *scales)
{
	*scales = (struct scales){ .low_ns = INFINITY };
	for (size_t i = 0; i < page->runs; i++) {
		const struct operation_figures_list *list =
			&page->run[i].runs.run[0].figures;

		for (size_t k = 0; k < list->count; k++)
			if (!list->figures[k].host)
				widen_scales(scales, &list->figures[k]);
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
		if (!scales->known[i])
			continue;
		fprintf(out, "<td data-l=\"%s\"", columns[i]);
		if (i == FILES_PER_S && value[i] > 0)
			fprintf(out, " class=\"bar\" style=\"--p:%.1f\"",
				100 * value[i] / scales->rate);
		fprintf(out, ">%s</td>", text);
	}
	if (scales->known[P50])
		fprintf(out,
			"<td class=\"track\" style=\"--a:%.1f;--b:%.1f;"
			"--c:%.1f\"></td>",
			place_of(scales, value[P50]),
			place_of(scales, value[P99]),
			place_of(scales, value[MAX]));
	fputs("</tr>\n", out);
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
	page_run_mark(page, run);
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
		if (scales.known[i])
			fprintf(out, "<th>%s</th>", columns[i]);
	if (scales.known[P50])
		fputs("<th>p50 to p99, to max</th>", out);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < page->operations; i++)
		for (size_t run = 0; run < page->runs; run++)
			put_operation_row(page, i, run, &scales);
	fputs("</tbody></table>\n", out);
}

/* --- the operations one by one -------------------------------------------- */

static bool is_within(const struct page *page, const char *operation)
{
	const struct phase *phase = page_phase(&page->run[0], operation);

	return phase && phase_is_within(phase);
}

/* The operation in which the first run spent most of its time. */
static const char *longest(const struct page *page, double *percent)
{
	const struct operation_figures_list *list =
		&page->run[0].runs.run[0].figures;
	const struct operation_figures *most = NULL;
	uint64_t all_ms = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct operation_figures *f = &list->figures[i];

		if (f->host || is_within(page, f->operation))
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

/* Writes the shares of parts. They follow the operation that they are of. */
static void put_shares(const struct page *page)
{
	const struct result *result = &page->run[0].result;
	bool open = false;

	for (size_t i = 0; i <= result->phases; i++) {
		const struct phase *phase = &result->phase[i];
		bool part = i < result->phases && phase->is_part;

		if (part)
			fputs(open ? ", " : "<p>", page->out);
		else if (open)
			fputs(".</p>\n", page->out);
		open = part;
		if (!part)
			continue;
		markup_put(page->out, phase->job);
		if (!isnan(phase->share_percent))
			fprintf(page->out, " %.1Lf %%", phase->share_percent);
	}
}

static int put_main_chart(struct page *page)
{
	double percent;
	const char *operation = longest(page, &percent);
	int ret;

	/* Of one operation the section is open, and has this. */
	if (page->operations == 1)
		return 0;
	/* The operations of a soak may be at work at the same time. */
	if (!page->run[0].about) {
		fputs("<h2>Where the time went</h2>\n<p>", page->out);
		markup_put(page->out, operation);
		fprintf(page->out,
			" took %.0f %% of the time of all operations.</p>\n",
			percent);
		put_shares(page);
	}
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
		fprintf(page->out, " <small>%s", rate);
		if (value_of(f, "p99", p99) > 0)
			fprintf(page->out, ", p99 %s", p99);
		fputs("</small>", page->out);
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
	page_number(out, (double)scope_done_percent(&phase->cluster), 1, " %");
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
	page_notes(out, "", "Not known", &result->untold);
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

/* Of several runs the comparison comes before all else. */
static int put_all(struct page *page)
{
	bool several = page->runs > 1;
	int ret;

	put_head(page);
	if (several)
		page_runs_brief(page);
	ret = several ? page_comparison(page) : page_runs(page);
	if (!ret && several)
		ret = put_main_chart(page);
	put_operations(page);
	if (!ret)
		ret = several ? page_runs(page) : put_main_chart(page);
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
