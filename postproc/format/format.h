/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output formats of `smallfio stats`. Each is a row in format.c and a function
 * in format_NAME.c.
 */
#ifndef SMALLFIO_FORMAT_H
#define SMALLFIO_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include "run/stats_report.h"

struct format {
	const char *name;
	const char *help;
	/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
	int (*write)(FILE *out, const struct stats_report *report);
};

/* Ends with a row of zeros. */
extern const struct format formats[];

int format_text(FILE *out, const struct stats_report *report);
int format_csv(FILE *out, const struct stats_report *report);
int format_json(FILE *out, const struct stats_report *report);
int format_smallfile(FILE *out, const struct stats_report *report);

#endif
