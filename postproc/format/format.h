/* SPDX-License-Identifier: GPL-2.0-only */
/* Output formats: a row here and a function in format_NAME.c. */
#ifndef SMALLFIO_FORMAT_H
#define SMALLFIO_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include "run/stats_report.h"

struct format {
	const char *name;
	const char *help;
	/*
	 * 0 or -ENOMEM. What goes wrong with `out` stays in ferror(out), for
	 * whoever opened it.
	 */
	int (*write)(FILE *out, const struct stats_report *report);
};

/* The last row is zero. */
extern const struct format formats[];

int format_text(FILE *out, const struct stats_report *report);
int format_csv(FILE *out, const struct stats_report *report);
int format_json(FILE *out, const struct stats_report *report);
int format_smallfile(FILE *out, const struct stats_report *report);

#endif
