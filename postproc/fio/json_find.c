// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fio/json_find.h"

/* So much white space may stand between a '{' and fio's first member. */
#define OPENING_BYTES 256

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Returns what follows an escape sequence of a terminal. */
static const char *skip_escape(const char *p, const char *end)
{
	char kind = *++p;

	if (kind == '[')
		for (p++; p < end && (*p < 0x40 || *p == 0x7f); p++)
			;
	else if (kind == ']')
		for (p++; p < end && *p != '\a' && *p != '\x1b'; p++)
			;
	return p < end && *p != '\x1b' ? p + 1 : p;
}

/* Returns what follows all that may stand in front of an object. */
static const char *skip_lead(struct json_find *f, const char *p,
			     const char *end)
{
	while (p < end) {
		/* A byte order mark is three bytes at the very beginning. */
		bool mark = !f->json->line && strchr("\xef\xbb\xbf", *p);

		if (*p == '\x1b') {
			p = skip_escape(p, end);
			continue;
		}
		if (*p == '[')
			f->list_begins = true;
		else if (*p == ']')
			f->in_list = f->list_begins = false;
		else if (!is_blank(*p) && *p != ',' && !mark)
			break;
		p++;
	}
	return p;
}

/* Whether fio's object begins at p, a '{' in the middle of a line. */
static bool is_opening(const char *p, const char *end)
{
	static const char member[] = "\"fio version\"";

	for (p++; p < end && is_blank(*p); p++)
		;
	return (size_t)(end - p) >= strlen(member) &&
	       !memcmp(p, member, strlen(member));
}

/* Returns where an object begins in the next `n` bytes, or n. */
static size_t find_in_line(struct json_find *f, size_t n)
{
	const char *p = f->json->p, *begin = p, *end = p + n;

	while (p < end) {
		if (!f->in_words) {
			p = skip_lead(f, p, end);
			if (p == end || *p == '{')
				break;
			f->list_begins = false;
			f->in_words = true;
		}
		if (*p == '{' && is_opening(p, f->json->end))
			break;
		/* '\r' goes back to the beginning of the line. */
		if (*p++ == '\r')
			f->in_words = false;
	}
	return (size_t)(p - begin);
}

/* Returns how many bytes the next line has, with its end. */
static size_t line_length(struct json_in *json)
{
	size_t n = json_in_ahead(json, JSON_FIND_LINE_MAX + OPENING_BYTES);
	const char *newline;

	if (n > JSON_FIND_LINE_MAX)
		n = JSON_FIND_LINE_MAX + 1;
	newline = n ? memchr(json->p, '\n', n) : NULL;
	return newline ? (size_t)(newline - json->p) + 1 : n;
}

int json_find_object(struct json_find *f)
{
	struct json_in *json = f->json;
	size_t n;
	int ret = 0;

	while (!ret && (n = line_length(json))) {
		size_t at = find_in_line(f, n);
		bool ends = at == n && json->p[n - 1] == '\n';

		if (ends && !f->in_line && f->line)
			ret = f->line(f->context, json->p, n - 1);
		json->p += at;
		if (ends)
			json_in_line_ends(json);
		f->in_line = !ends && at == n;
		f->in_words &= f->in_line;
		if (at == n)
			continue;
		f->in_list |= f->list_begins;
		f->list_begins = false;
		f->object_line = json->line + 1;
		return 1;
	}
	return ret ? ret : json->ret;
}
