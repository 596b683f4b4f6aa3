/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes: what a user should know although nothing was stopped by it, such as a
 * file that was left out. Library code collects notes, the command line prints
 * them.
 */
#ifndef SMALLFIO_NOTES_H
#define SMALLFIO_NOTES_H

#include <stddef.h>

struct notes {
	char **text;
	size_t count;
};

/*
 * Adds one line, without '\n'. A note is dropped if there is no memory, or if
 * `notes` is NULL.
 */
void notes_add(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a note unless there is one of this text. */
void notes_add_once(struct notes *notes, const char *text);

void notes_free(struct notes *notes);

#endif
