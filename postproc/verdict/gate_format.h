/* SPDX-License-Identifier: GPL-2.0-only */
/* How the gate says its verdict: a row in gate_format.c and a function each. */
#ifndef SMALLFIO_GATE_FORMAT_H
#define SMALLFIO_GATE_FORMAT_H

#include <stdio.h>

#include "verdict/gate.h"

struct gate_format {
	const char *name;
	const char *help;
	/* 0 or -ENOMEM; errors of `out` stay in ferror(out). */
	int (*write)(FILE *out, const struct gate *gate);
};

extern const struct gate_format gate_formats[];

/* NULL if there is none of that name. */
const struct gate_format *gate_format_find(const char *name);

/* "green", "red", "inconclusive", ...: all checks in a word or two. */
const char *gate_format_headline(const struct gate *gate);

/*
 * A check's values as short texts: what was before, what is now, and by how
 * much it changed with its bounds. "" where there is none.
 */
#define GATE_CELL_MAX 96
struct gate_cells {
	char before[GATE_CELL_MAX], now[GATE_CELL_MAX], change[GATE_CELL_MAX];
};
void gate_format_cells(const struct gate_check *check,
		       struct gate_cells *cells);

int gate_format_text(FILE *out, const struct gate *gate);
int gate_format_markdown(FILE *out, const struct gate *gate);
int gate_format_junit(FILE *out, const struct gate *gate);
int gate_format_json(FILE *out, const struct gate *gate);
int gate_format_github(FILE *out, const struct gate *gate);

#endif
