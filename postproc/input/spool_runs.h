/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses which run of a spool is read. In a spool each host has a directory
 * for each run, TIME-HOST-FIO (engines/core/util/result_spool.h). Directories
 * belong to one run if they have the same number, which the start barrier gave
 * to the run. Without a start barrier, directories that began within ten
 * minutes belong to one run.
 */
#ifndef SMALLFIO_SPOOL_RUNS_H
#define SMALLFIO_SPOOL_RUNS_H

#include "input/inputs.h"
#include "util/notes.h"

/*
 * Does the same as inputs_add(), which fills `ignored`, but adds of a spool
 * only the files of the latest run. Notes say where other runs are. Returns 0,
 * or -errno with *error filled in.
 */
int spool_runs_add(struct inputs *inputs, const char *path, struct notes *notes,
		   struct notes *ignored, struct input_error *error);

#endif
