// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/notes.h"

void notes_add(struct notes *notes, const char *format, ...)
{
	char **text = notes ? array_add(&notes->text, &notes->count) : NULL;
	va_list args;

	if (!text)
		return;
	va_start(args, format);
	if (vasprintf(text, format, args) < 0)
		notes->count--;
	va_end(args);
}

void notes_add_once(struct notes *notes, const char *text)
{
	for (size_t i = 0; i < notes->count; i++)
		if (!strcmp(notes->text[i], text))
			return;
	notes_add(notes, "%s", text);
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
