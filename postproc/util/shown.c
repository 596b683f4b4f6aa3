// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/shown.h"

/* Bytes that one byte of a text can become, as in \x1b, with room to spare. */
#define ESCAPE_MAX 10

struct code_points {
	uint32_t first, last;
};

/*
 * Control characters, and characters that are not seen but change how other
 * text looks. Sources: Unicode Standard Annex 9 for marks of direction, and
 * Technical Report 36 for the others.
 */
static const struct code_points unsafe[] = {
	{ 0, 0x1f },        { 0x7f, 0x9f },       { 0xad, 0xad },
	{ 0x61c, 0x61c },   { 0x180e, 0x180e },   { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

bool shown_is_plain(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(*unsafe); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return false;
	return true;
}

/*
 * How many bytes a character has, told by its first byte. 0: no character
 * begins with that byte.
 */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t shown_character(const char *p, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, length = length_of((unsigned char)*p);

	*c = (unsigned char)*p;
	if (length > 1)
		*c &= 0x7fu >> length;
	for (i = 1; i < length; i++) {
		/* The end of the string ends the loop here, too. */
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (*c < least[length] || *c > 0x10ffff ||
	    (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return length;
}

static bool is_shown(const char *text)
{
	uint32_t c;
	size_t length;

	for (; *text; text += length) {
		length = shown_character(text, &c);
		if (!length || !shown_is_plain(c))
			return false;
	}
	return true;
}

static int escape(char *out, uint32_t c, bool is_byte)
{
	static const char letters[] = "abtnvfr"; /* 7 to 13 */

	if (c >= 7 && c <= 13)
		return sprintf(out, "\\%c", letters[c - 7]);
	if (is_byte || c < 0x80)
		return sprintf(out, "\\x%02x", (unsigned int)c);
	return sprintf(out, "\\u%04x", (unsigned int)c);
}

static void copy(char *out, const char *text)
{
	while (*text) {
		uint32_t c;
		size_t length = shown_character(text, &c);

		if (length && shown_is_plain(c)) {
			memcpy(out, text, length);
			out += length;
		} else {
			out += escape(out, length ? c : (unsigned char)*text,
				      !length);
		}
		text += length ? length : 1;
	}
	*out = '\0';
}

const char *shown(const char *text)
{
	static _Thread_local char *copies[SHOWN_MAX];
	static _Thread_local size_t next;
	char **slot;

	if (is_shown(text))
		return text;
	slot = &copies[next++ % SHOWN_MAX];
	free(*slot);
	*slot = malloc(strlen(text) * ESCAPE_MAX + 1);
	if (!*slot)
		return "?";
	copy(*slot, text);
	return *slot;
}
