/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes fio's JSON apart while it streams by, so that no more of it is in
 * memory than is being parsed: the result of a thousand hosts has hundreds of
 * megabytes. No JSON is parsed here, only strings, brackets and line ends are
 * told apart: each element of the arrays "jobs" and "client_stats" is cut out,
 * and the rest, the skeleton, has "0" in its place. The skeleton is JSON if and
 * only if the whole was, but for what is wrong within the elements.
 *
 * In front of an object, and between two of them, may be other text: fio and
 * its servers write warnings into the same file. An object begins with a '{'
 * that is the first of its line but for blanks, control characters, what a
 * terminal obeys, '[' and ','; or with one in mid-line that fio's first member
 * follows. Objects may stand in an array: see in_list.
 */
#ifndef SMALLFIO_JSON_SPLIT_H
#define SMALLFIO_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_KEY_MAX   16
#define JSON_DEPTH_MAX 64
#define JSON_NOTE_MAX  2048
/* Our engines' lines, see engine_note.h. */
#define JSON_NOTE_SPEAKER "fio-smallfile: "

struct json_text {
	char *data;
	size_t size, capacity;
};

struct json_element {
	size_t offset, size; /* in the text of the elements */
	uint64_t line;       /* where it begins, from 1 */
};

/* All zeros to begin with; free with json_elements_free(). */
struct json_elements {
	struct json_text text;
	struct json_element *element;
	size_t count, capacity;
};

/* An element with line ends in it, which the skeleton does not have. */
struct json_gap {
	size_t offset; /* behind it in the skeleton */
	uint64_t lines;
};

/* Where in a line outside of objects the scanner is. */
enum json_text_state {
	JSON_LEAD,    /* an object may begin */
	JSON_ESCAPE,  /* behind ESC */
	JSON_CONTROL, /* behind ESC [, to a letter */
	JSON_TITLE,   /* behind ESC ], to BEL or ESC */
	JSON_TEXT,    /* words */
	JSON_OPENING, /* a '{' among words: an object, if it goes on as one */
};

/* All zeros to begin with; free with json_split_free(). */
struct json_split {
	struct json_text skeleton;
	struct json_gap *gap;
	size_t gaps, gaps_capacity;
	struct json_elements elements;
	uint64_t line;        /* lines ended so far */
	uint64_t object_line; /* where the object begins, from 1 */
	/*
	 * Lines outside of objects, each with its '\n', that hold
	 * JSON_NOTE_SPEAKER or JSON_NOTE_LOST_LOG and are not too long: they
	 * are kept throughout.
	 */
	struct json_text notes;
	bool in_object;
	bool in_list; /* the object is an element of an array of objects */
	/* The rest is the scanner's own. */
	enum json_text_state text_state;
	size_t opening;         /* bytes of the first member that were seen */
	uint64_t opening_lines; /* line ends among them */
	bool list_begins;       /* '[' was the last that is no blank */
	bool in_string, escaped, in_element, in_array;
	unsigned int depth;
	char key[JSON_KEY_MAX];
	size_t key_length;
	struct json_text text_line;
};

/*
 * Reads on in data[0 .. size). Stops behind the end of an object (*object_ends
 * is set then; the next call begins with what follows) or at the end of the
 * data. Returns the bytes consumed, or -ENOMEM, or -E2BIG for a nesting deeper
 * than JSON_DEPTH_MAX in the line split->line + 1.
 *
 * The caller takes the elements whenever it likes; the skeleton grows until
 * json_split_next().
 */
long json_split_feed(struct json_split *split, const char *data, size_t size,
		     bool *object_ends);

/*
 * Moves the elements that are complete to *taken, whose own are forgotten.
 * 0 or -ENOMEM.
 */
int json_split_take(struct json_split *split, struct json_elements *taken);

/*
 * The line of the whole text, from 1, that is the line `line` of the skeleton,
 * from 1, at its byte `offset`.
 */
uint64_t json_split_line(const struct json_split *split, int line, int offset);

/* Forgets the object that has ended. */
void json_split_next(struct json_split *split);

void json_elements_free(struct json_elements *elements);

void json_split_free(struct json_split *split);

#endif
