/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a job file for fio that does what smallfile's options ask for. */
#ifndef SMALLFIO_JOB_FILE_H
#define SMALLFIO_JOB_FILE_H

#include <stdio.h>

#include "launch/launch.h"

/*
 * Writes the job file with comments. launch_plan() has been called. Errors of
 * writing stay in ferror(out).
 */
void job_file_write(const struct launch *launch, FILE *out);

/* Writes the job file of --job, to be done at the rate of now. */
void job_file_write_given(const struct launch *launch, FILE *out);

/*
 * Texts that a job file cannot hold stand in fio's environment. The name of the
 * variable is this and the option's.
 */
#define JOB_FILE_VARIABLE SERVERS_VARIABLE

/* Sets these variables here. Returns how many. */
int job_file_export(const struct launch *launch);

/* Writes a job file that removes what the other one makes. */
void job_file_write_cleanup(const struct launch *launch, FILE *out);

/*
 * Whether threads end when the first one of their phase is done, as smallfile's
 * do.
 */
bool job_file_ends_together(const struct launch *launch);

#endif
