/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON piece by piece, so that a table of a thousand hosts need not be
 * in memory as objects first. The layout is jansson's with JSON_INDENT(1).
 * Write errors stay in the FILE.
 */
#ifndef SMALLFIO_JSON_OUT_H
#define SMALLFIO_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The caller sets `out`; the rest begins as zero. */
struct json_out {
	FILE *out;
	unsigned int depth;
	bool filled; /* the innermost object or array has a value */
	bool no_memory;
};

/* In all functions `key` is NULL in an array and for the outermost value. */

/* Begins and ends an object ('{', '}') or an array ('[', ']'). */
void json_out_open(struct json_out *json, const char *key, char bracket);
void json_out_close(struct json_out *json, char bracket);

/* Writes a text as field_json_string() does. */
void json_out_string(struct json_out *json, const char *key, const char *s);

void json_out_int(struct json_out *json, const char *key, int64_t n);
void json_out_bool(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);

/* Writes a number; null if it is `unknown`. */
void json_out_known(struct json_out *json, const char *key, int64_t n,
		    int64_t unknown);

/* Writes a number rounded to a whole one; null for NAN and infinity. */
void json_out_whole(struct json_out *json, const char *key, long double value);

/* Writes a number of seven digits; null for NAN and infinity. */
void json_out_real(struct json_out *json, const char *key, long double value);

#endif
