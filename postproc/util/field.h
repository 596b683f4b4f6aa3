/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes values: text and numbers, for several output formats. */
#ifndef SMALLFIO_FIELD_H
#define SMALLFIO_FIELD_H

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
 * Writes a sentence behind a mark, as "-" of a list or "note:", and ends its
 * last line. Further lines are indented by two. Lines are at most `width`
 * columns long, unless a single word is longer.
 */
void field_item(FILE *out, int width, const char *mark, const char *s);

/* Writes a number, right-aligned, with so many decimals; "-" for NAN. */
void field_real(FILE *out, int width, int decimals, long double value);

/*
 * Writes a rate with four digits that count, right-aligned: 186915.9 as 186900,
 * 9.7752 as 9.775. fio's times are whole ms, so more digits of most rates are
 * chance. "-" for NAN.
 */
void field_rate(FILE *out, int width, long double value);

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

#endif
