/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes fio's JSON apart while it streams by. The result of a thousand hosts
 * has hundreds of megabytes, and only the part that is being parsed should be
 * in memory. No JSON is parsed here. The scanner only looks at strings,
 * brackets and line ends. It cuts out each element of the arrays "jobs" and
 * "client_stats". The rest is the skeleton, which has "0" in the place of each
 * element. Apart from errors within elements, the skeleton is JSON if and only
 * if the whole was.
 *
 * Other text may stand in front of an object and between two objects, because
 * fio and its servers write warnings into the same file. An object begins with
 * a '{' at the beginning of a line. Only blanks, control characters, escape
 * sequences of a terminal, '[' and ',' may stand in front of it. A '{' in the
 * middle of a line begins an object, too, if fio's first member follows.
 * Objects may stand in an array: see in_list.
 */
#ifndef SMALLFIO_JSON_SPLIT_H
#define SMALLFIO_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_KEY_MAX   16
#define JSON_DEPTH_MAX 64
#define JSON_NOTE_MAX  2048
/* In the lines of our engines; see engine_note.h. */
#define JSON_NOTE_SPEAKER   "fio-smallfile: "
#define JSON_NOTE_DISKWRITE "fio-diskwrite: "

struct json_text {
	char *data;
	size_t size, capacity;
};

struct json_element {
	size_t offset, size; /* in the text of the elements */
	uint64_t line;       /* line in which it begins, from 1 */
};

/* The owner zeroes it first, and frees it with json_elements_free(). */
struct json_elements {
	struct json_text text;
	struct json_element *element;
	size_t count, capacity;
};

/* An element with line ends in it, which the skeleton lacks. */
struct json_gap {
	size_t offset; /* end of the element's "0" in the skeleton */
	uint64_t lines;
};

/* Where in a line outside of objects the scanner is. */
enum json_text_state {
	JSON_LEAD,    /* at the beginning: an object may begin */
	JSON_ESCAPE,  /* behind ESC */
	JSON_CONTROL, /* behind ESC [, up to a letter */
	JSON_TITLE,   /* behind ESC ], up to BEL or ESC */
	JSON_TEXT,    /* among words */
	JSON_OPENING, /* behind a '{' among words, which may begin an object */
};

/* The owner zeroes it first, and frees it with json_split_free(). */
struct json_split {
	struct json_text skeleton;
	struct json_gap *gap;
	size_t gaps, gaps_capacity;
	struct json_elements elements;
	uint64_t line;        /* lines ended so far */
	uint64_t object_line; /* line in which the object begins, from 1 */
	/*
	 * Lines outside of objects that hold JSON_NOTE_SPEAKER or may be a
	 * message of fio (fio_message.h), and have at most JSON_NOTE_MAX bytes.
	 * Each has its '\n'. They are kept to the end.
	 */
	struct json_text notes;
	bool in_object;
	bool in_list; /* the object is an element of an array of objects */
	/* Only the scanner uses the rest. */
	enum json_text_state text_state;
	size_t opening;         /* bytes of `opening` in json_split.c so far */
	uint64_t opening_lines; /* line ends behind its '{' */
	bool list_begins;       /* a '[' stands in front of the next object */
	bool in_string, escaped, in_element, in_array;
	unsigned int depth;
	char key[JSON_KEY_MAX];
	size_t key_length;
	struct json_text text_line;
};

/*
 * Scans `size` bytes of data. Stops behind the end of an object, with
 * *object_ends set, or at the end of the data. After the end of an object the
 * next call must begin with the bytes that follow. Returns the bytes consumed,
 * or -ENOMEM, or -E2BIG for brackets nested deeper than JSON_DEPTH_MAX in the
 * line split->line + 1, or -EBADMSG for a NUL within an object, in that line.
 *
 * The caller may take the elements at any time. The skeleton grows until
 * json_split_next().
 */
long json_split_feed(struct json_split *split, const char *data, size_t size,
		     bool *object_ends);

/*
 * Moves the complete elements to *taken, and drops those that *taken had.
 * Returns 0 or -ENOMEM.
 */
int json_split_take(struct json_split *split, struct json_elements *taken);

/*
 * Translates a place in the skeleton to a line of the whole text, from 1. The
 * place is the skeleton's line `line`, from 1, at its byte `offset`.
 */
uint64_t json_split_line(const struct json_split *split, int line, int offset);

/* Drops the object that has ended. */
void json_split_next(struct json_split *split);

void json_elements_free(struct json_elements *elements);

void json_split_free(struct json_split *split);

#endif
