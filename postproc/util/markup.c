// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/markup.h"

/* How many bytes a character has by its first one; 0: none begins so. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* https://www.w3.org/TR/xml/#charsets, for three bytes or four. */
static bool is_character(uint32_t c, size_t length)
{
	if (length == 3)
		return c >= 0x800 && (c < 0xd800 || c > 0xdfff) && c < 0xfffe;
	return length != 4 || (c >= 0x10000 && c < 0x110000);
}

/* The bytes of the character that `p` begins with; 0: it is none. */
static size_t character(const unsigned char *p)
{
	size_t i, length = length_of(*p);
	uint32_t c = length > 1 ? *p & (0x7fu >> length) : 0;

	if (length == 1)
		return *p >= 0x20 || *p == '\t';
	for (i = 1; i < length; i++) {
		/* Ends at the end of the string, too. */
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return is_character(c, length) ? length : 0;
}

static const char *entity(unsigned char c)
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
	const unsigned char *p = (const unsigned char *)text;
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
