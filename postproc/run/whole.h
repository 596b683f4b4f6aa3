/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a run was done to its end: nobody ended it before its work was done,
 * no job was killed, no host was lost. From what fio says beside its JSON, what
 * our engine says, and what is impossible of a job that came to its end.
 */
#ifndef SMALLFIO_WHOLE_H
#define SMALLFIO_WHOLE_H

#include "fio/fio_json.h"
#include "util/notes.h"

/* Takes a reason why a run is not whole. `job` NULL: of all its jobs. */
typedef void whole_tell(void *context, const char *job, const char *reason);

/* Tells each reason, a sentence. */
void whole_check(const struct fio_result *run, whole_tell *tell, void *context);

/* The same into notes, each beginning with the name of its job. */
void whole_notes(const struct fio_result *run, struct notes *notes);

#endif
