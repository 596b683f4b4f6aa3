/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes values: text, numbers and JSON, for several output formats. */
#ifndef SMALLFIO_FIELD_H
#define SMALLFIO_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FIELD_MAX 64

/* How many columns of a terminal a text takes when shown() has escaped it. */
int field_columns(const char *s);

/* Writes a text right-aligned in `width` columns. */
void field_right(FILE *out, int width, const char *s);

/*
 * Writes a name left-aligned in `width` columns. A longer name is shortened in
 * its middle, where the names of hosts say least.
 */
void field_name(FILE *out, int width, const char *s);

/*
 * Writes a sentence as an item of a list, "- ...", and ends its last line.
 * Lines are at most `width` columns long, unless a single word is longer.
 */
void field_item(FILE *out, int width, const char *s);

/* Writes a number, right-aligned, with so many decimals; "-" for NAN. */
void field_real(FILE *out, int width, int decimals, long double value);

/* Writes seconds with three digits and a unit, "12.3 s"; "-" for NAN. */
void field_seconds(FILE *out, int width, long double seconds);

/*
 * Rounds a rate, share or score to seven digits, for output that programs read.
 * fio's times are whole ms, so more digits would say nothing. NAN and infinity
 * stay.
 */
double field_round(long double value);

/*
 * Writes a text as a field of CSV, escaped by shown() and quoted where RFC 4180
 * asks for it. A text that a spreadsheet would take for a formula gets a single
 * quote in front.
 */
void field_csv(FILE *out, const char *s);

/*
 * Writes a number by field_round(), without zeros at the end. Writes nothing
 * for NAN and infinity.
 */
void field_csv_real(FILE *out, long double value);

/*
 * Values for jansson. All four return NULL if there is no memory.
 *
 * JSON must be UTF-8, but names of files need not be. In a text that is not,
 * each byte from 0x80 on becomes '?'. A text that is NULL becomes null.
 */
json_t *field_json_string(const char *s);
/* A number by field_round(); null for NAN and infinity. */
json_t *field_json_real(long double value);
/* A number rounded to a whole one; null for NAN and infinity. */
json_t *field_json_whole(long double value);
/* A count; null if it is `unknown`. */
json_t *field_json_count(uint64_t value, uint64_t unknown);

/*
 * Adds an element or a member, and takes it over. If that is NULL, or memory
 * runs out, all of it is freed and becomes NULL, and stays so: json_pack() and
 * field_json_write() then fail, too, and nobody has to look in between.
 */
void field_json_append(json_t **array, json_t *element);
void field_json_put(json_t **object, const char *name, json_t *value);

/*
 * Writes JSON, and escapes the characters that shown() would escape. Returns
 * the same as field_json_write().
 */
int field_json_dump(FILE *out, const json_t *value, size_t flags);

/*
 * Writes JSON and the end of the line, and releases `root`. Numbers are as
 * short as they can be: 0.01, not 0.010000000000000009. Returns 0, or -ENOMEM,
 * also for a `root` of NULL. An error of writing stays in ferror(out).
 */
int field_json_write(FILE *out, json_t *root, size_t flags);

#endif
