/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKFILES_OWN_H
#define CORE_CHUNKFILES_OWN_H

#include "chunk/chunkfiles.h"

/*
 * Which files are ours, and the removal of these: for chunkfiles_walk.c alone.
 * The rules stand in chunkfiles.h.
 */

/* The name of a file; name: NAME_MAX + 1 bytes. */
void chunkfiles_name(const struct chunkfiles *files, uint64_t number,
		     char *name);

/*
 * For a writer or a reader; taken at once or not at all. 0, -EBUSY; 0 also
 * where the file system has no locks.
 */
int chunkfiles_lock(int fd, bool exclusive);

/*
 * As close(), and the lock goes with it: by itself it would only when the
 * kernel has let go of the file as well, and Linux AIO and io_uring do so a
 * moment after they have reported the last chunk in it.
 */
int chunkfiles_close(int fd);

/*
 * Opens file `number` for reading, if it is ours, and locks it. `place` gets
 * what its header says; all zeroes for an empty file. The descriptor, or
 * -errno with a sentence.
 */
int chunkfiles_open_own(struct chunkfiles *files, uint64_t number,
			bool exclusive, struct chunkdata_place *place,
			struct failure *failure);

/*
 * Removes file `number` of ours. That it is not there is an error: then
 * somebody else works in the directory. 0 or -errno with a sentence.
 */
int chunkfiles_remove(struct chunkfiles *files, uint64_t number,
		      struct failure *failure);

/* The same while chunks are measured: its space is freed by another thread. */
int chunkfiles_remove_behind(struct chunkfiles *files, uint64_t number,
			     struct failure *failure);

#endif
