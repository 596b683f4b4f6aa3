/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output formats of `smallfio stats`. Each is a row in format.c and a function
 * in format_NAME.c.
 */
#ifndef SMALLFIO_FORMAT_H
#define SMALLFIO_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include "export/export.h"
#include "run/stats_report.h"

struct format {
	const char *name;
	const char *help;
	/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
	int (*write)(FILE *out, const struct stats_report *report);
	export_write *export; /* NULL: `write` is set */
};

/* Ends with a row of zeros. */
extern const struct format formats[];

/* Writes the report in a format. Returns 0 or -ENOMEM. */
int format_report(FILE *out, const struct format *format,
		  const struct stats_report *report);

/* Makes points of the report, which they borrow from. Returns 0 or -ENOMEM. */
int stats_points(struct points *points, const struct stats_report *report);

/* What `stats` and `result` write: percentiles of `samples` samples, pauses. */
struct json_out;
void format_json_percentiles(struct json_out *json,
			     const struct percentiles *list,
			     const struct bounded *value, uint64_t samples);
void format_json_pauses(struct json_out *json, const struct pauses *pauses);

int format_text(FILE *out, const struct stats_report *report);
int format_csv(FILE *out, const struct stats_report *report);
int format_json(FILE *out, const struct stats_report *report);
int format_smallfile(FILE *out, const struct stats_report *report);

#endif
