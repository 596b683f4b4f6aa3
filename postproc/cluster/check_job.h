/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The job that `smallfio check` sends to a host: the user's job file with
 * preflight=1 in each section of the engine. Sections of other engines are left
 * out, for they would run.
 */
#ifndef SMALLFIO_CHECK_JOB_H
#define SMALLFIO_CHECK_JOB_H

#include <stdio.h>

#include "util/input_error.h"
#include "util/notes.h"

/*
 * Copies the job file at `path` to `out`; a note for each section left out. 0
 * or -errno with *error filled in: unreadable, or without a section of
 * fio-smallfile.so.
 */
int check_job_copy(const char *path, FILE *out, struct notes *notes,
		   struct input_error *error);

/* The same from a stream; error->path stays as it is. */
int check_job_copy_from(FILE *in, FILE *out, struct notes *notes,
			struct input_error *error);

#endif
