/* SPDX-License-Identifier: GPL-2.0-only */
/* Values as the formats write them: what several of them need. */
#ifndef SMALLFIO_FIELD_H
#define SMALLFIO_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FIELD_MAX 64

/* Columns of a terminal that a text takes, by shown(). */
int field_columns(const char *s);

/* Right-aligned in `width` columns. */
void field_right(FILE *out, int width, const char *s);

/*
 * Left-aligned in `width` columns; a name that is longer is shortened in its
 * middle, where the names of hosts say least.
 */
void field_name(FILE *out, int width, const char *s);

/*
 * A sentence as an item of a list, "- ...", and the end of its last line. Lines
 * are at most `width` columns long, if its words are.
 */
void field_item(FILE *out, int width, const char *s);

/* "-" for NAN, else with that many decimals. Right-aligned. */
void field_real(FILE *out, int width, int decimals, long double value);

/* Seconds with three digits and a unit, "12.3 s"; "-" for NAN. */
void field_seconds(FILE *out, int width, long double seconds);

/*
 * For programs, rates, shares and scores have seven digits: of times in whole
 * ms nothing more is known. NAN and infinity stay.
 */
double field_round(long double value);

/*
 * A field of CSV, quoted where RFC 4180 asks for it. By shown(), and behind a
 * single quote where a spreadsheet would take the text for a formula.
 */
void field_csv(FILE *out, const char *s);

/* By field_round(), without zeros at the end; nothing for NAN and infinity. */
void field_csv_real(FILE *out, long double value);

/*
 * For jansson. File names need not be UTF-8, JSON must be: what is not, is
 * replaced by '?'. A NAN is null. NULL if there is no memory.
 */
json_t *field_json_string(const char *s);
/* By field_round(). */
json_t *field_json_real(long double value);
/* Rounded to a whole number; infinity is null, too. */
json_t *field_json_whole(long double value);
/* null for `unknown`. */
json_t *field_json_count(uint64_t value, uint64_t unknown);

/*
 * Writes JSON; what shown() would not print as it is stands there escaped.
 * Returns as field_json_write().
 */
int field_json_dump(FILE *out, const json_t *value, size_t flags);

/*
 * Writes JSON and the end of the line, and frees it. Numbers are as short as
 * they can be: 0.01, not 0.010000000000000009. -ENOMEM, also for a `root` of
 * NULL; what goes wrong with `out` stays in ferror(out).
 */
int field_json_write(FILE *out, json_t *root, size_t flags);

#endif
