/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON as it goes: a table of a thousand hosts need not be in memory as
 * objects first. Laid out as jansson does with JSON_INDENT(1). Write errors
 * stay in the FILE.
 */
#ifndef SMALLFIO_JSON_OUT_H
#define SMALLFIO_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* `out` set, the rest zero. */
struct json_out {
	FILE *out;
	unsigned int depth;
	bool filled; /* the innermost object or array has a value */
	bool no_memory;
};

/* Everywhere: `key` is NULL in an array and for the outermost value. */

/* An object ('{') or array ('['), and its end. */
void json_out_open(struct json_out *json, const char *key, char bracket);
void json_out_close(struct json_out *json, char bracket);

/* What is not UTF-8, as file names need not be, is replaced by '?'. */
void json_out_string(struct json_out *json, const char *key, const char *s);

void json_out_int(struct json_out *json, const char *key, int64_t n);
void json_out_bool(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);

/* null for `unknown` */
void json_out_known(struct json_out *json, const char *key, int64_t n,
		    int64_t unknown);

/* Rounded to a whole number; null for what is not finite. */
void json_out_whole(struct json_out *json, const char *key, long double value);

/* As field_json_real(): seven digits; null for what is not finite. */
void json_out_real(struct json_out *json, const char *key, long double value);

#endif
