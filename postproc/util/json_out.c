// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "util/field.h"
#include "util/json_out.h"

static void new_line(struct json_out *json)
{
	fprintf(json->out, "\n%*s", (int)json->depth, "");
}

/*
 * Writes everything before a value. The keys are string constants of this
 * program, so nothing in them needs an escape.
 */
static void begin(struct json_out *json, const char *key)
{
	if (json->filled)
		fputc(',', json->out);
	if (json->depth)
		new_line(json);
	if (key)
		fprintf(json->out, "\"%s\": ", key);
	json->filled = true;
}

void json_out_open(struct json_out *json, const char *key, char bracket)
{
	begin(json, key);
	fputc(bracket, json->out);
	json->depth++;
	json->filled = false;
}

void json_out_close(struct json_out *json, char bracket)
{
	json->depth--;
	if (json->filled)
		new_line(json);
	fputc(bracket, json->out);
	json->filled = true;
}

/* Writes a value through jansson, which escapes texts and prints fractions. */
static void put(struct json_out *json, const char *key, json_t *value)
{
	begin(json, key);
	if (field_json_dump(json->out, value, JSON_ENCODE_ANY))
		json->no_memory = true;
	json_decref(value);
}

void json_out_string(struct json_out *json, const char *key, const char *s)
{
	put(json, key, field_json_string(s));
}

void json_out_int(struct json_out *json, const char *key, int64_t n)
{
	begin(json, key);
	fprintf(json->out, "%" PRId64, n);
}

void json_out_bool(struct json_out *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_out_null(struct json_out *json, const char *key)
{
	begin(json, key);
	fputs("null", json->out);
}

void json_out_known(struct json_out *json, const char *key, int64_t n,
		    int64_t unknown)
{
	if (n == unknown)
		json_out_null(json, key);
	else
		json_out_int(json, key, n);
}

void json_out_whole(struct json_out *json, const char *key, long double value)
{
	if (isfinite(value))
		json_out_int(json, key, llroundl(value));
	else
		json_out_null(json, key);
}

void json_out_real(struct json_out *json, const char *key, long double value)
{
	put(json, key, field_json_real(value));
}
