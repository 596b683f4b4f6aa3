/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether a run is whole: nobody ended it before its work was done, no
 * job was killed, and no host was lost. Three things tell: fio's messages
 * beside its JSON, our engine's notes, and figures that are impossible for a
 * job that came to its end.
 */
#ifndef SMALLFIO_WHOLE_H
#define SMALLFIO_WHOLE_H

#include "fio/fio_json.h"
#include "util/notes.h"

/* Takes a reason why a run is not whole. `job` NULL: it is about all jobs. */
typedef void whole_tell(void *context, const char *job, const char *reason);

/* Calls tell() for each reason, which is a sentence. */
void whole_check(const struct fio_result *run, whole_tell *tell, void *context);

/* Adds each reason to `notes`, with the name of its job in front. */
void whole_notes(const struct fio_result *run, struct notes *notes);

#endif
