/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the runs in a spool are read. In a spool, hosts keep a directory of
 * each run, TIME-HOST-FIO (engines/core/util/result_spool.h). Directories are
 * of one run where the engine says so (a gate gave it a number). Where hosts
 * met at no gate, those are that began within ten minutes.
 */
#ifndef SMALLFIO_SPOOL_RUNS_H
#define SMALLFIO_SPOOL_RUNS_H

#include "input/inputs.h"
#include "util/notes.h"

/*
 * As inputs_add(), which fills `ignored`; but of a spool, the records of the
 * latest run. Of others that are there, notes say where.
 */
int spool_runs_add(struct inputs *inputs, const char *path, struct notes *notes,
		   struct notes *ignored, struct input_error *error);

#endif
