// SPDX-License-Identifier: GPL-2.0-only
/* The charts of the page: pictures, and the data for the page's script. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"
#include "report/svg.h"
#include "util/markup.h"

#define CELLS_DRAWN 1024

/* Latencies are whole ns. Of rates five digits are more than can be seen. */
static void put_value(FILE *out, enum chart_axis axis, double value)
{
	if (!isnan(value))
		fprintf(out, axis == CHART_LATENCY ? "%.0f" : "%.5g", value);
}

/* An entry of the legend has the values of its line. */
static void put_line(FILE *out, const struct chart *chart,
		     const struct chart_line *line)
{
	fprintf(out,
		"<li class=\"c%u%s\" data-x0=\"%.10g\" data-dx=\"%.10g\" "
		"data-y=\"",
		line->colour, line->dashed ? " d" : "", line->x0, line->dx);
	for (size_t i = 0; i < line->count; i++) {
		if (i)
			fputc(',', out);
		put_value(out, chart->y, line->y[i]);
	}
	fputs("\">", out);
	markup_put(out, line->name);
	fputs("</li>", out);
}

/* Empty cells are left empty, and rows are apart by a semicolon. */
static void put_map(FILE *out, const struct chart *chart)
{
	const struct chart_map *map = &chart->map;
	char most[CHART_VALUE_MAX], time[CHART_VALUE_MAX];

	fprintf(out,
		"<li class=\"scale\" data-unit=\"%s\" data-dx=\"%.10g\" "
		"data-low=\"%.10g\" data-step=\"%.10g\" data-cells=\"",
		chart->unit, map->dx, map->low_ns, map->step);
	for (size_t i = 0; i < map->rows * map->columns; i++) {
		if (i)
			fputc(i % map->columns ? ',' : ';', out);
		if (map->cell[i])
			fprintf(out, "%u", map->cell[i]);
	}
	fputs("\">1", out);
	for (unsigned int level = 1; level <= 8; level++)
		fprintf(out, "<i class=\"h%u\"></i>", level);
	fprintf(out, "%s %s in %s</li>",
		chart_value(most, CHART_RATE, map->most), chart->unit,
		chart_value(time, CHART_TIME, map->dx));
	if (map->row) {
		fputs("<li hidden><ol>", out);
		for (size_t i = 0; i < map->rows; i++) {
			fputs("<li>", out);
			markup_put(out, map->row[i]);
		}
		fputs("</ol></li>", out);
	}
}

/* Writes a text from a stream of memory as an attribute. */
static int put_description(FILE *out, const struct chart *chart)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return -ENOMEM;
	chart_describe(stream, chart);
	if (!fclose(stream))
		markup_put(out, text);
	free(text);
	return 0;
}

static int put_figure(FILE *out, const struct chart *chart, size_t run)
{
	const struct chart_map *map = &chart->map;
	bool drawn;
	int ret;

	fprintf(out,
		"<figure data-x=\"%s\" data-y=\"%s\" data-run=\"%zu\"%s>\n"
		"<figcaption>",
		chart_axis_names[chart->x], chart_axis_names[chart->y], run,
		chart->steps ? " data-steps=\"\"" : "");
	markup_put(out, chart->title);
	fputs("</figcaption>\n<ul class=\"legend\">", out);
	for (size_t i = 0; i < chart->lines; i++)
		put_line(out, chart, &chart->line[i]);
	if (map->rows)
		put_map(out, chart);
	/* Of many rows the table has the figures. */
	drawn = map->rows * map->columns <= CELLS_DRAWN || !map->row;
	fprintf(out,
		"</ul>\n<div class=\"picture%s\" role=\"img\" aria-label=\"",
		drawn ? "" : " none");
	ret = put_description(out, chart);
	fputs("\">", out);
	if (drawn)
		svg_in_page(out, chart);
	else
		fputs("The table below has a row for each.", out);
	fputs("</div>\n</figure>\n", out);
	return ret;
}

static void find_runs(struct page *page, const char *operation)
{
	for (size_t i = 0; i < page->runs; i++) {
		const struct run_bundle *run = &page->run[i];

		page->shown[i] = (struct chart_run){
			page_run_name(page, i),
			operation_figures_find(&run->runs.run[0].figures,
					       operation, NULL),
			run_bundle_time_series(run, operation),
		};
	}
}

int page_chart(struct page *page, const char *operation,
	       const struct chart_kind *kind)
{
	size_t charts = kind->single ? page->runs : 1;
	int ret = 0;

	find_runs(page, operation);
	for (size_t i = 0; i < charts && !ret; i++) {
		const struct chart_source source = {
			.operation = operation,
			.unit = page_unit(page->run, page->runs, operation),
			.run = &page->shown[i],
			.runs = kind->single ? 1 : page->runs,
		};
		struct chart chart = { 0 };

		ret = chart_build(&chart, kind, &source);
		if (!ret)
			ret = put_figure(page->out, &chart, i);
		else if (ret == -ENODATA)
			ret = 0;
		chart_free(&chart);
	}
	return ret;
}

/* Why a run has no charts over time. NULL: it has them. */
static const char *why_without(const struct run_bundle *run,
			       const struct time_series *over_time)
{
	if (over_time)
		return over_time->count > 1
			       ? NULL
			       : "all operations are in one interval, so the "
				 "run is too short";
	return run->time_series.count
		       ? "no latency log has the name of this operation (set "
			 "write_lat_log=NAME in its section)"
		       : "the run has no latency logs (set write_lat_log=NAME "
			 "in the job file)";
}

int page_charts(struct page *page, const char *operation)
{
	int ret = 0;

	for (size_t i = 0; chart_kinds[i].name && !ret; i++)
		ret = page_chart(page, operation, &chart_kinds[i]);
	for (size_t i = 0; i < page->runs; i++) {
		const char *why =
			why_without(&page->run[i], page->shown[i].over_time);

		if (!page->shown[i].figures && page->shown[i].over_time)
			fputs("<p>Latency logs have this name, but no "
			      "operation of the run has it.</p>\n",
			      page->out);
		if (!why)
			continue;
		fputs("<p>No charts over time", page->out);
		if (page->runs > 1) {
			fputs(" of ", page->out);
			markup_put(page->out, page_run_name(page, i));
		}
		fprintf(page->out, ": %s.</p>\n", why);
	}
	return ret;
}
