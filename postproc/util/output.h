/* SPDX-License-Identifier: GPL-2.0-only */
/* An output file that appears whole or not at all. */
#ifndef SMALLFIO_OUTPUT_H
#define SMALLFIO_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *file;      /* the caller writes here */
	char *path;      /* NULL: standard output */
	char *temporary; /* NULL: `file` is not to be renamed */
};

/*
 * Opens a temporary file beside `path`; output_close() will rename it to
 * `path`. A symbolic link is followed. A pipe or a device is opened itself.
 * `path` NULL is standard output. Returns 0 or -errno.
 */
int output_open(struct output *output, const char *path);

/*
 * Tries whether output_open() could make a file at `path`, so that a user hears
 * of an error before hours of work. Leaves nothing behind, and touches neither
 * pipe nor device. Returns 0 or -errno.
 */
int output_check(const char *path);

/*
 * Writes the file to disk and renames it to `path`. The file has the
 * permissions of the one it replaces, or those of a new file. Returns 0, or
 * -errno, and then the file that was at `path` is untouched.
 */
int output_close(struct output *output);

/* Closes and removes the temporary file: nothing appears at `path`. */
void output_abandon(struct output *output);

#endif
