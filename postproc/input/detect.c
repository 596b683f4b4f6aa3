// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "input/detect.h"

/* A line "{", as fio's JSON begins. */
static bool opens_object(const char *p, const char *end)
{
	if (p == end || *p++ != '{')
		return false;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == end || *p == '\n';
}

static bool has_json(const char *p, const char *end)
{
	if (memchr(p, '\0', (size_t)(end - p)))
		return false;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (opens_object(p, end))
			return true;
		p = newline ? newline + 1 : end;
	}
	return false;
}

enum content detect_content(const char *head, size_t size,
			    const struct reader **reader)
{
	size_t mark = reader_mark(head, size);
	const char *end = head + size, *newline;

	*reader = NULL;
	head += mark;
	if (head == end)
		return CONTENT_EMPTY;
	newline = memchr(head, '\n', (size_t)(end - head));
	if (newline)
		*reader = reader_of_line(head, (size_t)(newline - head) + 1);
	if (*reader)
		return CONTENT_LOG;
	return has_json(head, end) ? CONTENT_JSON : CONTENT_UNKNOWN;
}
