/* SPDX-License-Identifier: GPL-2.0-only */
/* Splits an input into several texts, one a line. */
#ifndef SMALLFIO_FUZZ_LINES_H
#define SMALLFIO_FUZZ_LINES_H

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#define FUZZ_TEXT_MAX 1024

/* Copies the input as a string. Returns false if it is too long. */
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

/* Cuts the first line off *rest. After the last line all are empty. */
static inline const char *fuzz_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	*rest = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

#endif
