// SPDX-License-Identifier: GPL-2.0-only
/* Several runs next to each other, as smallfio compare has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"
#include "util/markup.h"
#include "verdict/compare_format.h"

/* The change of a metric, and below it from what to what. */
static void put_change(FILE *out, const struct metric *metric,
		       const struct compare_cells *cells)
{
	const char *class = !strcmp(cells->verdict, "regression") ? "bad"
			    : !strcmp(cells->verdict, "improved") ? "good"
								  : "";

	fprintf(out, "<td data-l=\"%s\"><span class=\"%s\">", metric->name,
		class);
	markup_put(out, *cells->change ? cells->change : PAGE_DASH);
	fprintf(out, " %s</span>", cells->verdict);
	/* Where neither is known, there is no more to say. */
	if (strcmp(cells->old, cells->now) != 0 || strcmp(cells->old, "-")) {
		fputs("<small>", out);
		markup_put(out, cells->old);
		fputs(" &#8594; ", out);
		markup_put(out, cells->now);
		fputs("</small>", out);
	}
	fputs("</td>", out);
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

/* Writes a row for each run but the first. `at` behind the last: the means. */
static void put_rows(const struct page *page, const struct compare_table *table,
		     size_t at)
{
	const char *operation =
		at < page->operations ? page->operation[at] : NULL;
	FILE *out = page->out;

	for (size_t run = 1; run < page->runs; run++) {
		fprintf(out, "<tr%s><th scope=\"row\">",
			run > 1 ? " class=\"again\"" : "");
		if (operation)
			fprintf(out, "<a href=\"#o%zu\">", at);
		markup_put(out, operation ? operation : "geometric mean");
		fputs(operation ? "</a>" : "", out);
		page_run_mark(page, run);
		fputs("</th>", out);
		for (size_t i = 0; i < table->options.metrics; i++)
			put_compared(page, table, operation, run,
				     &table->options.metric[i]);
		fputs("</tr>\n", out);
	}
}

/* The table of `smallfio compare`: each run is a side of its own. */
int page_comparison(const struct page *page)
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
	fputs("</h2>\n<table class=\"operations compared\"><thead><tr>"
	      "<th>operation</th>",
	      out);
	for (size_t i = 0; i < table.options.metrics; i++)
		fprintf(out, "<th>%s</th>", table.options.metric[i].name);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < page->operations && !ret; i++)
		put_rows(page, &table, i);
	if (!ret && table.means)
		put_rows(page, &table, page->operations);
	fputs("</tbody></table>\n", out);
	page_notes(out, "", NULL, &table.notes);
	compare_table_free(&table);
	free(side);
	return ret;
}
