/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the page; for the files page*.c only. */
#ifndef SMALLFIO_PAGE_PARTS_H
#define SMALLFIO_PAGE_PARTS_H

#include "report/chart.h"
#include "report/page.h"

struct page {
	FILE *out;
	const struct run_bundle *run;
	size_t runs;
	/* In the order of the first run; those of other runs come behind. */
	const char **operation;
	size_t operations;
	struct chart_run *shown; /* scratch: one for each run */
};

/* The script and the style sheets, made by embed.py. */
extern const char page_style[], page_script[], plot_style[];
extern const size_t page_style_size, page_script_size, plot_style_size;
extern const char page_script_hash[]; /* "sha256-..."; "": no script */

const char *page_run_name(const struct page *page, size_t run);

/* Writes the name of a run in its colour, behind that of an operation. */
void page_run_mark(const struct page *page, size_t run);

/* The phase of an operation. NULL: the run does not have it. */
const struct phase *page_phase(const struct run_bundle *run,
			       const char *operation);

#define PAGE_DASH "\xe2\x80\x93"

/* Writes a cell; a dash for NAN. */
void page_cell(FILE *out, const char *text);
void page_number(FILE *out, double value, int decimals, const char *unit);

/* Writes a list of sentences, long ones folded. `title` NULL: without one. */
void page_notes(FILE *out, const char *class, const char *title,
		const struct notes *notes);

/* Writes the runs: a line for all, or a section for each. */
void page_runs_brief(const struct page *page);
int page_runs(const struct page *page);

/* Writes the table of `smallfio compare`: each run is a side of its own. */
int page_comparison(const struct page *page);

/* Writes the figure of a chart that the data allow. Returns 0 or -ENOMEM. */
int page_chart(struct page *page, const char *operation,
	       const struct chart_kind *kind);

/* Writes all charts of an operation, and why some are missing. */
int page_charts(struct page *page, const char *operation);

/* Writes the names of the stragglers of all operations, if there are any. */
int page_stragglers(const struct page *page, size_t run);

/* Writes the threads of an operation, folded. */
int page_threads(const struct page *page, const char *operation);

#endif
