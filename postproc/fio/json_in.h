/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON from a stream, value by value. The result of a thousand hosts has
 * hundreds of megabytes, and nothing of it stays in memory but what the caller
 * keeps.
 *
 * The caller asks for the values in the order of the text. A value that the
 * caller does not want is checked and skipped. After an error all functions
 * return this error again, so callers may check seldom.
 */
#ifndef SMALLFIO_JSON_IN_H
#define SMALLFIO_JSON_IN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/input_error.h"

#define JSON_IN_DEPTH_MAX 64
/* So many bytes follow the current one, if the text has them. */
#define JSON_IN_AHEAD 4096
#define JSON_IN_NAME  256 /* names of members are cut off to this size */

/* Where the bytes come from. */
struct json_source {
	/*
	 * Returns the number of bytes read, 0 at the end, or -errno. It may
	 * fill in *error of the reader.
	 */
	long (*read)(void *context, char *buffer, size_t size);
	void *context;
};

/* The owner sets `source` and `error`, zeroes the rest, and frees `buffer`. */
struct json_in {
	struct json_source source;
	struct input_error *error;
	int ret;       /* the first error, or 0 */
	uint64_t line; /* how many lines have ended so far */
	/* What of the text is read and not yet used. *end is '\0'. */
	char *p, *end;
	/* The rest is of json_in.c. */
	char *buffer;
	size_t capacity;
	int64_t line_from; /* where in the buffer the line begins */
	unsigned int depth;
	bool ended; /* the source has ended */
};

enum json_kind {
	JSON_IN_NOTHING,
	JSON_IN_OBJECT,
	JSON_IN_ARRAY,
	JSON_IN_STRING,
	JSON_IN_INTEGER, /* a whole number of at most 63 bits */
	JSON_IN_REAL,    /* any other number */
	JSON_IN_TRUTH,
	JSON_IN_NULL,
};

struct json_value {
	enum json_kind kind;
	int64_t integer;
	double real; /* of any number */
};

/*
 * Reads on until `n` bytes follow json->p, or all that the text has. Moves
 * them, and so json->p, within the memory. Returns how many there are.
 */
size_t json_in_ahead(struct json_in *json, size_t n);

/* Must be called when json->p has passed the end of a line. */
void json_in_line_ends(struct json_in *json);

/* Returns the first byte from `p` on that is not ' ', or `end`. */
static inline const char *json_in_skip_spaces(const char *p, const char *end)
{
	uint64_t w;

	while ((size_t)(end - p) >= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		w = le64toh(w) ^ UINT64_C(0x2020202020202020);
		if (w)
			return p + __builtin_ctzll(w) / 8;
		p += sizeof(w);
	}
	while (*p == ' ')
		p++;
	return p;
}

/* Moves to the next byte that is not white space. '\0' at the end. */
char json_in_next(struct json_in *json);

/*
 * Reads an object, and calls member() for each of its members. member() must
 * read the value, and returns 0 or -errno. NULL: skips all. Returns 0 or
 * -errno.
 */
int json_in_object(struct json_in *json,
		   int (*member)(void *context, const char *name),
		   void *context);

/* Does the same with the elements of an array. */
int json_in_array(struct json_in *json, int (*element)(void *context),
		  void *context);

/* Reads a string into *text, which the caller frees. Returns 0 or -errno. */
int json_in_string(struct json_in *json, char **text);

/* Reads any value, of which *value tells no more than kind and number. */
int json_in_value(struct json_in *json, struct json_value *value);

/* Fills in the error: `expected` at this place. Returns -errno. */
int json_in_fail(struct json_in *json, const char *expected);

#endif
