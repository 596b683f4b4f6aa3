// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/note_field.h"

const char *note_field_find(const char *line, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = line; (p = strstr(p, name)); p++)
		if (p > line && p[-1] == ' ' && p[length] == '=')
			return p + length + 1;
	return NULL;
}

int note_field_text(const char *line, const char *name, const char *until,
		    char *out)
{
	const char *p = note_field_find(line, name), *end;
	size_t length;

	if (!p)
		return -EINVAL;
	end = until ? strstr(p, until) : NULL;
	length = end ? (size_t)(end - p) : strlen(p);
	if (length >= NOTE_FIELD_MAX)
		return -EINVAL;
	memcpy(out, p, length);
	out[length] = '\0';
	return 0;
}

int note_field_integer(const char *line, const char *name, int64_t *out)
{
	char value[NOTE_FIELD_MAX], *end;

	if (note_field_text(line, name, " ", value) ||
	    !(isdigit((unsigned char)*value) || *value == '-'))
		return -EINVAL;
	errno = 0;
	*out = strtoll(value, &end, 10);
	return errno || *end || end == value ? -EINVAL : 0;
}

int note_field_count(const char *line, const char *name, uint64_t *out)
{
	int64_t value;

	if (note_field_integer(line, name, &value) || value < -1)
		return -EINVAL;
	*out = value < 0 ? NOTE_FIELD_UNKNOWN : (uint64_t)value;
	return 0;
}

int note_field_real(const char *line, const char *name, double *out)
{
	char value[NOTE_FIELD_MAX], *end;

	if (note_field_text(line, name, " ", value) ||
	    !isdigit((unsigned char)*value))
		return -EINVAL;
	*out = strtod(value, &end);
	return *end || !isfinite(*out) ? -EINVAL : 0;
}

/* Skips "<NAME> " at the beginning of a line, if the line has one. */
static const char *skip_server(const char *line)
{
	const char *end;

	if (*line != '<')
		return line;
	end = strstr(line, "> ");
	return end ? end + 2 : line;
}

const char *note_field_said(char copy[NOTE_FIELD_LINE_MAX], const char *line,
			    size_t length)
{
	static const char *const speakers[] = { "fio-smallfile:",
						"fio-diskwrite:" };
	const char *p;

	if (length >= NOTE_FIELD_LINE_MAX || memchr(line, '\0', length))
		return NULL;
	memcpy(copy, line, length);
	copy[length] = '\0';
	if (length && copy[length - 1] == '\r')
		copy[length - 1] = '\0';
	p = skip_server(copy);
	for (size_t i = 0; i < sizeof(speakers) / sizeof(*speakers); i++)
		if (!strncmp(p, speakers[i], strlen(speakers[i])) &&
		    p[strlen(speakers[i])] == ' ')
			return p + strlen(speakers[i]);
	return NULL;
}
