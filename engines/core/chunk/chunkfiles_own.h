/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKFILES_OWN_H
#define CORE_CHUNKFILES_OWN_H

#include "chunk/chunkfiles.h"

/*
 * Tells which files are ours, and removes them. For chunkfiles_walk.c only.
 * The rules are in chunkfiles.h.
 */

/* Writes the name of a file. `name` has room for NAME_MAX + 1 bytes. */
void chunkfiles_name(const struct chunkfiles *files, uint64_t number,
		     char *name);

/*
 * Sets a sentence: the path of a file, `what` failed, and why. Returns `ret`,
 * which is -errno.
 */
int chunkfiles_fail(struct chunkfiles *files, uint64_t number, int ret,
		    const char *what, struct failure *failure);

/*
 * Locks a file for a writer (`exclusive`) or a reader, without waiting. Returns
 * 0, or -EBUSY if another process holds the lock. Returns 0, too, if the file
 * system has no locks.
 */
int chunkfiles_lock(int fd, bool exclusive);

/*
 * Unlocks and closes a file. close() alone would end the lock only when the
 * kernel has let go of the file as well. Linux AIO and io_uring do so a moment
 * after they have reported the last chunk in the file.
 */
int chunkfiles_close(int fd);

/*
 * Opens file `number` for reading if it is ours, and locks it. Fills `place`
 * from the file's header, or with zeroes if the file is empty. Returns the
 * descriptor, or -errno with a sentence.
 */
int chunkfiles_open_own(struct chunkfiles *files, uint64_t number,
			bool exclusive, struct chunkdata_place *place,
			struct failure *failure);

/*
 * Removes file `number` of ours. If the file is missing, this is an error:
 * somebody else works in the directory. Returns 0, or -errno with a sentence.
 */
int chunkfiles_remove(struct chunkfiles *files, uint64_t number,
		      struct failure *failure);

/* Does the same while chunks are measured: another thread frees the space. */
int chunkfiles_remove_behind(struct chunkfiles *files, uint64_t number,
			     struct failure *failure);

#endif
