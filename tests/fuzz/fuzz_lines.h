/* SPDX-License-Identifier: GPL-2.0-only */
/* An input of several texts, one a line. */
#ifndef SMALLFIO_FUZZ_LINES_H
#define SMALLFIO_FUZZ_LINES_H

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#define FUZZ_TEXT_MAX 1024

/* The input as a string; false: it is too long. */
static inline bool fuzz_text(char text[FUZZ_TEXT_MAX], const uint8_t *data,
			     size_t size)
{
	if (size >= FUZZ_TEXT_MAX)
		return false;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return true;
}

/* Cuts the first line off *rest; behind the last, all are empty. */
static inline const char *fuzz_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	*rest = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

#endif
