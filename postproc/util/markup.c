// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/markup.h"
#include "util/shown.h"

/*
 * Returns the bytes of the character at p. 0: the character is not plain, or
 * not one that XML allows (https://www.w3.org/TR/xml/#charsets).
 */
static size_t character(const char *p)
{
	uint32_t c;
	size_t length = shown_character(p, &c);

	if (c == '\t')
		return length;
	return shown_is_plain(c) && (c & 0xfffe) != 0xfffe ? length : 0;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

void markup_put(FILE *out, const char *text)
{
	const char *p = text;
	size_t length;

	for (; *p; p += length ? length : 1) {
		length = character(p);
		if (!length)
			fputc('?', out);
		else if (entity(*p))
			fputs(entity(*p), out);
		else
			fwrite(p, 1, length, out);
	}
}

void markup_put_markdown(FILE *out, const char *text)
{
	for (text = shown(text); *text; text++) {
		if (strchr("|\\`*_<>[]", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}
