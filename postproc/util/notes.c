// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/notes.h"

void notes_add(struct notes *notes, const char *format, ...)
{
	char **grown, *text;
	va_list args;
	int length;

	grown = reallocarray(notes->text, notes->count + 1, sizeof(*grown));
	if (!grown)
		return;
	notes->text = grown;
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length >= 0)
		notes->text[notes->count++] = text;
}

void notes_free(struct notes *notes)
{
	size_t i;

	for (i = 0; i < notes->count; i++)
		free(notes->text[i]);
	free(notes->text);
	notes->text = NULL;
	notes->count = 0;
}
