/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints sides of runs next to each other. Each format is a row in
 * compare_format.c and a function.
 */
#ifndef SMALLFIO_COMPARE_FORMAT_H
#define SMALLFIO_COMPARE_FORMAT_H

#include <stdio.h>

#include "export/export.h"
#include "verdict/compare_table.h"

struct compare_format {
	const char *name;
	const char *help;
	/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
	int (*write)(FILE *out, const struct compare_table *table);
	export_write *export; /* NULL: `write` is set */
};

/* Ends with a row without a name. */
extern const struct compare_format compare_formats[];

/*
 * The values of a row as short texts for one side against the first: "1.25 ms ±
 * 2 %", "1.31 ms ± 1 %", "+4.8 % (+3.1 % to +6.2 %)", "regression". A text is
 * "-" where there is no value, and "" where there is no change or verdict.
 */
#define COMPARE_CELL_MAX 96
struct compare_cells {
	char old[COMPARE_CELL_MAX], now[COMPARE_CELL_MAX];
	char change[COMPARE_CELL_MAX];
	const char *verdict;
};
void compare_format_cells(const struct compare_table *table,
			  const struct compare_row *row, size_t side,
			  struct compare_cells *cells);

/* The same of a geometric mean. */
void compare_format_mean(const struct compare_mean *mean, size_t side,
			 struct compare_cells *cells);

/* Writes the table in a format. Returns 0 or -ENOMEM. */
int compare_format_write(FILE *out, const struct compare_format *format,
			 const struct compare_table *table);

/*
 * Makes points of the table, which they borrow from: of each run, or else of
 * each side. Returns 0 or -ENOMEM.
 */
int compare_points(struct points *points, const struct compare_table *table,
		   bool runs);

int compare_format_text(FILE *out, const struct compare_table *table);
int compare_format_markdown(FILE *out, const struct compare_table *table);
int compare_format_csv(FILE *out, const struct compare_table *table);
int compare_format_json(FILE *out, const struct compare_table *table);

#endif
