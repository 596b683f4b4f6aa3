/* SPDX-License-Identifier: GPL-2.0-only */
/* An output file that appears whole or not at all. */
#ifndef SMALLFIO_OUTPUT_H
#define SMALLFIO_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *file;      /* write here */
	char *path;      /* NULL: standard output */
	char *temporary; /* NULL: `file` is not to be renamed */
};

/*
 * `path` NULL: standard output. Else a temporary file beside `path`, where
 * output_close() will put it; a symbolic link is followed, and a pipe or a
 * device is written to as it is. 0 or -errno.
 */
int output_open(struct output *output, const char *path);

/*
 * Whether output_open() would make a file there, to know before hours of work;
 * leaves nothing, and touches neither pipe nor device. 0 or -errno.
 */
int output_check(const char *path);

/*
 * Writes to disk and renames into place, with the permissions that the file at
 * `path` has or a new one would get. 0 or -errno, and then what was at `path`
 * is untouched.
 */
int output_close(struct output *output);

/* Gives up: nothing appears at `path`. */
void output_abandon(struct output *output);

#endif
