/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats of `smallfio result`: a row here and a function in result_NAME.c. */
#ifndef SMALLFIO_RESULT_FORMAT_H
#define SMALLFIO_RESULT_FORMAT_H

#include <stdio.h>

#include "run/result.h"

struct result_page {
	const struct result *result;
	const struct fio_result *run;
	const struct result_options *options;
};

struct result_format {
	const char *name;
	const char *help;
	/* 0 or -ENOMEM; what goes wrong with `out` stays in ferror(out). */
	int (*write)(FILE *out, const struct result_page *page);
};

extern const struct result_format result_formats[];

int result_text(FILE *out, const struct result_page *page);
int result_csv(FILE *out, const struct result_page *page);
int result_json(FILE *out, const struct result_page *page);
int result_smallfile(FILE *out, const struct result_page *page);
int result_smallfile_json(FILE *out, const struct result_page *page);

/* "files", "dirs" or "ios". */
const char *result_unit_heading(const struct phase *phase);

/* A line an operation, and an empty one. 0 or -ENOMEM. */
int result_summary(FILE *out, const struct result_page *page);

#endif
