/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds JSON objects among other text, because fio and its servers write
 * warnings into the same file.
 *
 * An object begins with a '{' at the beginning of a line. Only blanks, control
 * characters, escape sequences of a terminal, '[' and ',' may stand in front of
 * it. A '{' in the middle of a line begins an object, too, if fio's first
 * member follows. Objects may stand in an array: see in_list.
 */
#ifndef SMALLFIO_JSON_FIND_H
#define SMALLFIO_JSON_FIND_H

#include "fio/json_in.h"

#define JSON_FIND_LINE_MAX 2048

/* The owner sets `json` and `line`, and zeroes the rest. */
struct json_find {
	struct json_in *json;
	/*
	 * Called for each line of other text, without its end, that has at most
	 * JSON_FIND_LINE_MAX bytes. Returns 0 or -errno. NULL: nobody asks.
	 */
	int (*line)(void *context, const char *line, size_t length);
	void *context;
	uint64_t object_line; /* line in which the object begins, from 1 */
	bool in_list; /* the object is an element of an array of objects */
	/* The rest is of json_find.c. */
	bool list_begins; /* a '[' stands in front of the next object */
	bool in_words;    /* no object may begin here */
	bool in_line;     /* bytes of this line are gone */
};

/*
 * Moves json->p to the '{' of the next object. Returns 1, or 0 where there is
 * none, or -errno.
 */
int json_find_object(struct json_find *find);

#endif
