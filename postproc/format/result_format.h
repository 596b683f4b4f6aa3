/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output formats of `smallfio result`. Each is a row in result_format.c and a
 * function in result_NAME.c.
 */
#ifndef SMALLFIO_RESULT_FORMAT_H
#define SMALLFIO_RESULT_FORMAT_H

#include <stdio.h>

#include "export/export.h"
#include "run/result.h"
#include "util/json_out.h"

struct result_page {
	const struct result *result;
	const struct fio_result *run;
	const struct result_options *options;
	bool verbose; /* text has hosts and threads, too */
};

struct result_format {
	const char *name;
	const char *help;
	/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
	int (*write)(FILE *out, const struct result_page *page);
	export_write *export; /* NULL: `write` is set */
};

/* Ends with a row of zeros. */
extern const struct result_format result_formats[];

/* Writes the result in a format. Returns 0 or -ENOMEM. */
int result_write(FILE *out, const struct result_format *format,
		 const struct result_page *page);

/* Makes points of the result, which they borrow from. Returns 0 or -ENOMEM. */
int result_points(struct points *points, const struct result_page *page);

int result_text(FILE *out, const struct result_page *page);
int result_csv(FILE *out, const struct result_page *page);
int result_json(FILE *out, const struct result_page *page);
int result_smallfile(FILE *out, const struct result_page *page);
int result_smallfile_json(FILE *out, const struct result_page *page);

/*
 * Writes the member "results" of what smallfile 3.2 writes with --output-json,
 * for one phase. Its names are smallfile's, "totalhreads" among them.
 */
void result_smallfile_results(struct json_out *json, const struct phase *phase,
			      const struct result_page *page);

/* What the units of a phase are called in a heading: "files", "dirs", "ios". */
const char *result_unit_heading(const struct phase *phase);

/* Writes a line for each phase, and notes about them. Returns 0 or -ENOMEM. */
int result_summary(FILE *out, const struct result_page *page);

/*
 * Writes a line for each operation whose parts were timed, with their shares.
 */
void result_breakdown(FILE *out, const struct result *result);

/*
 * Writes whether each phase kept the rate that it was asked for, and its
 * response times if it has some. Returns 0 or -ENOMEM.
 */
int result_pace(FILE *out, const struct result_page *page);

#endif
