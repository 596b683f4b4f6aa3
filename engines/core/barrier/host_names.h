/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_HOST_NAMES_H
#define CORE_HOST_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAMES_RANGE_MAX 65536 /* numbers of a range */

/*
 * Goes through the names of hosts in a text. h[1-3,20]x stands for h1x, h2x,
 * h3x and h20x. Numbers have as many digits as the first one of their range, so
 * h[01-16] begins with h01.
 */
struct host_names {
	const char *at;         /* the text, and later what is left of it */
	const char *separators; /* characters between two words */
	/* Only host_names_next() uses the rest: the word with a range. */
	const char *head, *range, *tail;
	int head_length, tail_length, digits;
	unsigned long number, last;
};

/*
 * Copies the next name to `name`, which has `size` bytes. The name is empty
 * where two separators follow each other. Returns 1; 0 after the last name; or
 * -EINVAL for bad numbers, and for a name of `size` bytes or more.
 */
int host_names_next(struct host_names *names, char *name, size_t size);

#endif
