// SPDX-License-Identifier: GPL-2.0-only
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/field.h"
#include "util/json_out.h"
#include "util/shown.h"

static void new_line(struct json_out *json)
{
	fprintf(json->out, "\n%*s", (int)json->depth, "");
}

static bool is_utf8(const char *s)
{
	uint32_t c;
	size_t length;

	while (*s && (length = shown_character(s, &c)))
		s += length;
	return !*s;
}

static void put_character(FILE *out, const char *s, size_t length, uint32_t c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (int)c);
	else if (shown_is_plain(c))
		fwrite(s, 1, length, out);
	else if (c < 0x10000)
		fprintf(out, "\\u%04x", (unsigned int)c);
	else
		fprintf(out, "\\u%04x\\u%04x",
			(unsigned int)(0xd7c0 + (c >> 10)),
			(unsigned int)(0xdc00 + (c & 0x3ff)));
}

/* Whether each byte stands for itself, as in all names of members. */
static bool is_simple(const char *s)
{
	while (*s >= ' ' && *s <= '~' && *s != '"' && *s != '\\')
		s++;
	return !*s;
}

static void put_text(FILE *out, const char *s)
{
	bool simple = is_simple(s), utf8 = simple || is_utf8(s);
	size_t length;
	uint32_t c;

	fputc('"', out);
	if (simple)
		fputs(s, out);
	for (; *s && !simple; s += length) {
		length = utf8 ? shown_character(s, &c) : 1;
		if (!utf8)
			c = (unsigned char)*s;
		if (utf8 || c < 0x80)
			put_character(out, s, length, c);
		else
			fputc('?', out);
	}
	fputc('"', out);
}

/* Writes everything before a value. */
static void begin(struct json_out *json, const char *key)
{
	if (json->filled)
		fputc(',', json->out);
	if (json->depth)
		new_line(json);
	if (key) {
		put_text(json->out, key);
		fputs(": ", json->out);
	}
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

void json_out_string(struct json_out *json, const char *key, const char *s)
{
	if (!s) {
		json_out_null(json, key);
		return;
	}
	begin(json, key);
	put_text(json->out, s);
}

void json_out_notes(struct json_out *json, const char *key,
		    const struct notes *notes)
{
	json_out_open(json, key, '[');
	for (size_t i = 0; i < notes->count; i++)
		json_out_string(json, NULL, notes->text[i]);
	json_out_close(json, ']');
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

/*
 * A double keeps every decimal number of DBL_DIG digits, so a number is as
 * short as it can be: 0.01, not 0.010000000000000009.
 */
void json_out_number(struct json_out *json, const char *key, double value)
{
	char text[32], *exponent;

	if (!isfinite(value)) {
		json_out_null(json, key);
		return;
	}
	begin(json, key);
	snprintf(text, sizeof(text), "%.*g", DBL_DIG, value);
	exponent = strchr(text, 'e');
	if (exponent)
		fprintf(json->out, "%.*se%d", (int)(exponent - text), text,
			atoi(exponent + 1));
	else
		fprintf(json->out, "%s%s", text, strchr(text, '.') ? "" : ".0");
}

void json_out_real(struct json_out *json, const char *key, long double value)
{
	json_out_number(json, key, field_round(value));
}
