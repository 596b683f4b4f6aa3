// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/input_error.h"

#define FOUND_BYTES 24

/*
 * Keeps a message on one line and free of what a terminal obeys. Bytes of the
 * input may be in the message.
 */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

int input_error_set(struct input_error *error, enum input_code code,
		    uint64_t line, unsigned column, const char *format, ...)
{
	va_list args;

	error->code = code;
	error->line = line;
	error->column = column;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	make_printable(error->message);
	return code == INPUT_NO_MEMORY ? -ENOMEM : -EINVAL;
}

int input_error_no_memory(struct input_error *error)
{
	error->path = NULL;
	return input_error_set(error, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

static int ends_token(const char *p, const char *end)
{
	return p == end || *p == ',' || *p == '\n' ||
	       (*p == '\r' && p + 1 != end && p[1] == '\n');
}

const char *input_error_found(char *out, const char *p, const char *end)
{
	char *o = out;
	int bytes = 0;

	if (p == end || *p == '\n' || (ends_token(p, end) && *p == '\r'))
		return strcpy(out, "the end of the line");
	if (*p == ',')
		return strcpy(out, "\",\"");
	*o++ = '"';
	for (; !ends_token(p, end) && bytes < FOUND_BYTES; p++, bytes++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x20 && c < 0x7f)
			*o++ = (char)c;
		else
			o += sprintf(o, "\\x%02x", c);
	}
	strcpy(o, ends_token(p, end) ? "\"" : "...\"");
	return out;
}
