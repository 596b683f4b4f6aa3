// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fio/json_in.h"
#include "util/number.h"

#define CHUNK_BYTES ((size_t)256 << 10)

static int keep(struct json_in *json, int ret)
{
	if (!json->ret)
		json->ret = ret;
	/* Nobody reads on. */
	json->ended = true;
	json->end = json->p;
	if (json->p)
		*json->p = '\0';
	return json->ret;
}

/* Moves what is left to the front, and makes room for another chunk. */
static int make_room(struct json_in *json)
{
	size_t left = (size_t)(json->end - json->p);

	if (json->p > json->buffer) {
		memmove(json->buffer, json->p, left);
		json->line_from -= json->p - json->buffer;
	}
	if (left + CHUNK_BYTES >= json->capacity) {
		size_t capacity = 2 * (left + CHUNK_BYTES);
		char *grown = realloc(json->buffer, capacity);

		if (!grown) {
			json->p = json->end = json->buffer;
			return keep(json, input_error_no_memory(json->error));
		}
		json->buffer = grown;
		json->capacity = capacity;
	}
	json->p = json->buffer;
	json->end = json->p + left;
	return 0;
}

static int read_more(struct json_in *json)
{
	long n;

	if (make_room(json))
		return json->ret;
	json->error->code = INPUT_OK;
	n = json->source.read(json->source.context, json->end, CHUNK_BYTES);
	if (n < 0 && json->error->code == INPUT_OK)
		return keep(json,
			    input_error_set(json->error, INPUT_UNREADABLE, 0, 0,
					    "%s", strerror((int)-n)));
	if (n < 0) /* the source has said what is wrong */
		return keep(json, (int)n);
	json->ended = !n;
	json->end += n;
	*json->end = '\0';
	return 0;
}

size_t json_in_ahead(struct json_in *json, size_t n)
{
	while ((size_t)(json->end - json->p) < n && !json->ended)
		if (read_more(json))
			return 0;
	return (size_t)(json->end - json->p);
}

int json_in_fail(struct json_in *json, const char *expected)
{
	char found[INPUT_FOUND_MAX] = "the end of the file";
	unsigned int column =
		(unsigned int)(json->p - json->buffer - json->line_from) + 1;
	bool cut_off = json->p == json->end;

	if (json->ret)
		return json->ret;
	if (!cut_off && !*json->p)
		return keep(json,
			    input_error_set(
				    json->error, INPUT_JSON, json->line + 1, 0,
				    "expected JSON, found a NUL byte: "
				    "the file is damaged (a machine that "
				    "stopped, a disk that was full); do "
				    "the run again"));
	if (!cut_off)
		input_error_found(found, json->p, json->end);
	return keep(json,
		    input_error_set(json->error,
				    cut_off ? INPUT_TRUNCATED : INPUT_JSON,
				    json->line + 1, cut_off ? 0 : column,
				    "expected JSON, with %s here, found %s",
				    expected, found));
}

void json_in_line_ends(struct json_in *json)
{
	json->line++;
	json->line_from = json->p - json->buffer;
}

/* Skips white space, and reads on where too little follows. */
static char skip_blanks(struct json_in *json)
{
	for (;;) {
		if (json->end - json->p < JSON_IN_AHEAD)
			json_in_ahead(json, JSON_IN_AHEAD);
		switch (*json->p) {
		case '\n':
			json->p++;
			json_in_line_ends(json);
			/* Half of fio's JSON is indentation. */
			json->p += json_in_skip_spaces(json->p, json->end) -
				   json->p;
			break;
		case ' ':
		case '\t':
		case '\r':
			json->p++;
			break;
		default:
			return *json->p;
		}
	}
}

char json_in_next(struct json_in *json)
{
	if (json->end - json->p > JSON_IN_AHEAD) {
		json->p += *json->p == ' ';
		if (*json->p > ' ')
			return *json->p;
	}
	return skip_blanks(json);
}

/* The bytes of a string that do not stand for themselves, or are not ASCII. */
static const bool special[256] = {
	[0 ... 31] = true,
	['"'] = true,
	['\\'] = true,
	[0x7f ... 0xff] = true,
};

/*
 * Finds the end of a string, the quote that ends the `*n` bytes from json->p
 * on. *plain: no other byte is special.
 */
static int find_quote(struct json_in *json, size_t *n, bool *plain)
{
	const char *p;

	if (json_in_next(json) != '"')
		return json_in_fail(json, "a string");
	p = json->p + 1;
	for (*plain = true;; *plain = false) {
		while (!special[(unsigned char)*p])
			p++;
		*n = (size_t)(p - json->p);
		if (*p == '"')
			return 0;
		/* An escaped byte must be there, too. */
		if (json_in_ahead(json, *n + 2) < *n + 2) {
			json->p = json->end;
			break;
		}
		p = json->p + *n;
		if ((unsigned char)*p < ' ') {
			json->p += *n;
			break;
		}
		p += *p == '\\' ? 2 : *p != '"';
	}
	return json_in_fail(json, "the end of a string");
}

/* Copies a string of `n` bytes that has escapes, or more than ASCII. */
static char *decode(struct json_in *json, size_t n)
{
	json_error_t at;
	json_t *value = json_loadb(json->p, n + 1, JSON_DECODE_ANY, &at);
	char *text = value ? strdup(json_string_value(value)) : NULL;

	if (!value && at.text[0])
		json_in_fail(json, "a string of UTF-8");
	json_decref(value);
	return text;
}

int json_in_string(struct json_in *json, char **text)
{
	bool plain;
	size_t n;

	if (find_quote(json, &n, &plain))
		return json->ret;
	*text = plain ? strndup(json->p + 1, n - 1) : decode(json, n);
	if (!*text)
		return json->ret
			       ? json->ret
			       : keep(json, input_error_no_memory(json->error));
	json->p += n + 1;
	return 0;
}

/* Skips a string. Its first bytes become the name, unless that is NULL. */
static int skip_string(struct json_in *json, char *name)
{
	bool plain;
	size_t n, length;

	if (find_quote(json, &n, &plain))
		return json->ret;
	length = n - 1 < JSON_IN_NAME ? n - 1 : JSON_IN_NAME - 1;
	if (name) {
		memcpy(name, json->p + 1, length);
		name[length] = '\0';
	}
	json->p += n + 1;
	return 0;
}

static int skip_char(struct json_in *json, char c, const char *expected)
{
	if (json_in_next(json) != c)
		return json_in_fail(json, expected);
	json->p++;
	return 0;
}

static int too_deep(struct json_in *json)
{
	return keep(json,
		    input_error_set(json->error, INPUT_JSON, json->line + 1, 0,
				    "expected fio's JSON, found brackets "
				    "nested more deeply than fio nests "
				    "them"));
}

/* Reads a member or an element. Without a function it is skipped. */
static int read_one(struct json_in *json,
		    int (*member)(void *context, const char *name),
		    int (*element)(void *context), void *context, bool named)
{
	struct json_value unused;
	char name[JSON_IN_NAME];
	int ret = 0;

	if (named)
		ret = skip_string(json, member ? name : NULL);
	if (!ret && named)
		ret = skip_char(json, ':', "':'");
	if (ret)
		return ret;
	return member    ? member(context, name)
	       : element ? element(context)
			 : json_in_value(json, &unused);
}

/* Reads what stands between two brackets, with a ',' between each two. */
static int read_all(struct json_in *json, char end,
		    int (*member)(void *context, const char *name),
		    int (*element)(void *context), void *context)
{
	bool object = end == '}';
	int ret = object ? skip_char(json, '{', "'{'")
			 : skip_char(json, '[', "'['");

	if (!ret && json->depth++ == JSON_IN_DEPTH_MAX)
		ret = too_deep(json);
	if (!ret && json_in_next(json) != end) {
		do
			ret = read_one(json, member, element, context, object);
		while (!ret && json_in_next(json) == ',' && json->p++);
	}
	if (!ret)
		ret = skip_char(json, end,
				object ? "',' or '}'" : "',' or ']'");
	json->depth--;
	return ret;
}

int json_in_object(struct json_in *json,
		   int (*member)(void *context, const char *name),
		   void *context)
{
	return read_all(json, '}', member, NULL, context);
}

int json_in_array(struct json_in *json, int (*element)(void *context),
		  void *context)
{
	return read_all(json, ']', NULL, element, context);
}

/* Skips digits. Returns how many there are. */
static size_t skip_digits(struct json_in *json)
{
	const char *begin = json->p;

	while (*json->p >= '0' && *json->p <= '9')
		json->p++;
	return (size_t)(json->p - begin);
}

/* Reads fraction and exponent. Few digits need no strtod(). */
static int read_fraction(struct json_in *json, const char *begin,
			 struct json_value *value)
{
	static const double scale[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
	bool quick = json->p - begin <= 9;
	uint64_t fraction = 0;
	size_t places = 0;
	const char *p = json->p + 1;

	value->kind = JSON_IN_REAL;
	if (*json->p == '.') {
		quick &= !number_u63(&p, &fraction);
		json->p++;
		places = skip_digits(json);
		if (!places)
			return json_in_fail(json, "a digit");
	}
	quick &= places < sizeof(scale) / sizeof(*scale);
	if (*json->p == 'e' || *json->p == 'E') {
		quick = false;
		json->p += json->p[1] == '+' || json->p[1] == '-' ? 2 : 1;
		if (!skip_digits(json))
			return json_in_fail(json, "a digit");
	}
	/* Both numbers are exact, so the quotient is rounded right. */
	value->real = quick && value->integer >= 0 && *begin != '-'
			      ? ((double)value->integer * scale[places] +
				 (double)fraction) /
					scale[places]
			      : strtod(begin, NULL);
	return 0;
}

static int read_number(struct json_in *json, struct json_value *value)
{
	const char *begin = json->p, *p = begin + (*begin == '-');
	uint64_t n = 0;
	bool fits;

	json->p += *begin == '-';
	if (*p == '0' && p[1] >= '0' && p[1] <= '9')
		return json_in_fail(json, "a number without leading zeros");
	fits = !number_u63(&p, &n);
	if (!skip_digits(json))
		return json_in_fail(json, "a value");
	value->integer = *begin == '-' ? -(int64_t)n : (int64_t)n;
	if (!fits || *json->p == '.' || *json->p == 'e' || *json->p == 'E') {
		if (read_fraction(json, begin, value))
			return json->ret;
	} else {
		value->kind = JSON_IN_INTEGER;
		value->real = (double)value->integer;
	}
	/* Numbers end with the text only where the text is cut off. */
	return json->p == json->end ? json_in_fail(json, "the end of a number")
				    : 0;
}

static int skip_word(struct json_in *json, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(json->p, word, n) != 0)
		return json_in_fail(json, "a value");
	json->p += n;
	return 0;
}

int json_in_value(struct json_in *json, struct json_value *value)
{
	switch (json_in_next(json)) {
	case '{':
		value->kind = JSON_IN_OBJECT;
		return json_in_object(json, NULL, NULL);
	case '[':
		value->kind = JSON_IN_ARRAY;
		return json_in_array(json, NULL, NULL);
	case '"':
		value->kind = JSON_IN_STRING;
		return skip_string(json, NULL);
	case 't':
		value->kind = JSON_IN_TRUTH;
		return skip_word(json, "true");
	case 'f':
		value->kind = JSON_IN_TRUTH;
		return skip_word(json, "false");
	case 'n':
		value->kind = JSON_IN_NULL;
		return skip_word(json, "null");
	default:
		return read_number(json, value);
	}
}
