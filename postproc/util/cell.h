/* SPDX-License-Identifier: GPL-2.0-only */
/* Values as the formats write them: what several of them need. */
#ifndef SMALLFIO_CELL_H
#define SMALLFIO_CELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CELL_MAX 64

/* Columns of a terminal that a UTF-8 string takes. */
int cell_columns(const char *s);

/* Right-aligned in `width` columns. */
void cell_right(FILE *out, int width, const char *s);

/*
 * Left-aligned in `width` columns; a name that is longer is shortened in its
 * middle, where the names of hosts say least.
 */
void cell_name(FILE *out, int width, const char *s);

/*
 * A sentence as an item of a list, "- ...", and the end of its last line. Lines
 * are at most `width` columns long, if its words are.
 */
void cell_item(FILE *out, int width, const char *s);

/* "-" for NAN, else with that many decimals. Right-aligned. */
void cell_real(FILE *out, int width, int decimals, long double value);

/* Seconds with three digits and a unit, "12.3 s"; "-" for NAN. */
void cell_seconds(FILE *out, int width, long double seconds);

/* A field of CSV, quoted where RFC 4180 asks for it. */
void cell_csv(FILE *out, const char *s);

/*
 * For jansson. File names need not be UTF-8, JSON must be: what is not, is
 * replaced by '?'. A NAN is null. NULL if there is no memory.
 */
json_t *cell_json_string(const char *s);
json_t *cell_json_real(long double value);
/* Rounded to a whole number; infinity is null, too. */
json_t *cell_json_whole(long double value);
/* null for `unknown`. */
json_t *cell_json_count(uint64_t value, uint64_t unknown);

#endif
