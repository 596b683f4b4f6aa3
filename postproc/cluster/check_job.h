/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the job file that `smallfio check` sends to a host: the user's job file
 * with preflight=1 in each section of our engine. Sections of other engines are
 * left out, because they would really run.
 */
#ifndef SMALLFIO_CHECK_JOB_H
#define SMALLFIO_CHECK_JOB_H

#include <stdio.h>

#include "util/input_error.h"
#include "util/notes.h"

/*
 * Copies the job file at `path` to `out`, and adds a note for each section that
 * is left out. Returns 0, or -errno with *error filled in: the file cannot be
 * read, has an include, or has no section of fio-smallfile.so.
 */
int check_job_copy(const char *path, FILE *out, struct notes *notes,
		   struct input_error *error);

/* Does the same with a stream. error->path stays as it is. */
int check_job_copy_from(FILE *in, FILE *out, struct notes *notes,
			struct input_error *error);

#endif
