/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the engine's notes: " NAME=VALUE" in a line. What follows the last
 * name, the section's, may have blanks in it.
 */
#ifndef SMALLFIO_NOTE_FIELD_H
#define SMALLFIO_NOTE_FIELD_H

#include <stddef.h>
#include <stdint.h>

#define NOTE_FIELD_MAX      256
#define NOTE_FIELD_LINE_MAX 2049 /* with the NUL at its end */
#define NOTE_FIELD_UNKNOWN  UINT64_MAX

/*
 * Returns where the value of " NAME=" begins in a line, or NULL. The line
 * begins with a blank.
 */
const char *note_field_find(const char *line, const char *name);

/*
 * Copies the value, up to `until`, or up to the end of the line for NULL, to
 * `out` with room for NOTE_FIELD_MAX bytes. All these return 0, or -EINVAL for
 * no such name or a bad value.
 */
int note_field_text(const char *line, const char *name, const char *until,
		    char *out);
int note_field_integer(const char *line, const char *name, int64_t *out);
/* A count. -1 stands for one that the engine does not know. */
int note_field_count(const char *line, const char *name, uint64_t *out);
int note_field_real(const char *line, const char *name, double *out);

/*
 * Copies a line of `length` bytes, without a CR at its end, and returns what
 * our engines say in it: after "<NAME> ENGINE:" and with the blank before the
 * first word. NULL: the line is from somebody else, has a NUL, or is too long.
 */
const char *note_field_said(char copy[NOTE_FIELD_LINE_MAX], const char *line,
			    size_t length);

#endif
