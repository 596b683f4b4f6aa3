/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON piece by piece, so that a table of a thousand hosts need not be
 * in memory as objects first. Write errors stay in the FILE.
 *
 * JSON must be UTF-8, but names of files need not be. In a text that is not,
 * each byte from 0x80 on becomes '?'. Characters that shown() would escape are
 * escaped.
 */
#ifndef SMALLFIO_JSON_OUT_H
#define SMALLFIO_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "util/notes.h"

/* The caller sets `out`; the rest begins as zero. */
struct json_out {
	FILE *out;
	unsigned int depth;
	bool filled; /* the innermost object or array has a value */
};

/* In all functions `key` is NULL in an array and for the outermost value. */

/* Begins and ends an object ('{', '}') or an array ('[', ']'). */
void json_out_open(struct json_out *json, const char *key, char bracket);
void json_out_close(struct json_out *json, char bracket);

/* Writes a text; null for NULL. */
void json_out_string(struct json_out *json, const char *key, const char *s);

/* Writes an array of texts. */
void json_out_notes(struct json_out *json, const char *key,
		    const struct notes *notes);

void json_out_int(struct json_out *json, const char *key, int64_t n);
void json_out_bool(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);

/* Writes a number; null if it is `unknown`. */
void json_out_known(struct json_out *json, const char *key, int64_t n,
		    int64_t unknown);

/* Writes a number rounded to a whole one; null for NAN and infinity. */
void json_out_whole(struct json_out *json, const char *key, long double value);

/* Writes a number of 15 digits; null for NAN and infinity. */
void json_out_number(struct json_out *json, const char *key, double value);

/* Writes a number rounded by field_round(); null for NAN and infinity. */
void json_out_real(struct json_out *json, const char *key, long double value);

#endif
