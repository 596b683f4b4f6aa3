/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Things the user should know although they stopped nothing: a file that was
 * left out, a path that was named twice. Library code collects them, the
 * command line prints them.
 */
#ifndef SMALLFIO_NOTES_H
#define SMALLFIO_NOTES_H

#include <stddef.h>

struct notes {
	char **text;
	size_t count;
};

/* Adds one line, without '\n'. A note is dropped if there is no memory. */
void notes_add(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void notes_free(struct notes *notes);

#endif
