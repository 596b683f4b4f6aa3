/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints the gate's verdict. Each format is a row in gate_format.c and a
 * function.
 */
#ifndef SMALLFIO_GATE_FORMAT_H
#define SMALLFIO_GATE_FORMAT_H

#include <stdio.h>

#include "verdict/gate.h"

struct gate_format {
	const char *name;
	const char *help;
	/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
	int (*write)(FILE *out, const struct gate *gate);
};

/* Ends with a row without a name. */
extern const struct gate_format gate_formats[];

/* Finds a format by its name. NULL: there is none of that name. */
const struct gate_format *gate_format_find(const char *name);

/* The verdict of all checks in a word or two: "green", "red", ... */
const char *gate_format_headline(const struct gate *gate);

/*
 * The values of a check as short texts: the value before (or the limit), the
 * value now, the change with its bounds, and the noise. "" where a check has no
 * such value.
 */
#define GATE_CELL_MAX 96
struct gate_cells {
	char before[GATE_CELL_MAX], now[GATE_CELL_MAX], change[GATE_CELL_MAX];
	char noise[GATE_CELL_MAX];
};
void gate_format_cells(const struct gate_check *check,
		       struct gate_cells *cells);

int gate_format_text(FILE *out, const struct gate *gate);
int gate_format_markdown(FILE *out, const struct gate *gate);
int gate_format_junit(FILE *out, const struct gate *gate);
int gate_format_json(FILE *out, const struct gate *gate);
int gate_format_github(FILE *out, const struct gate *gate);

#endif
