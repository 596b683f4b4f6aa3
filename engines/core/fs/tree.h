/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include <sys/types.h>

#include "fs/fileset.h"

/*
 * Functions that may take long ask this now and then. They end with -ECANCELED
 * if the answer is true.
 */
struct stop {
	bool (*asked)(void *arg); /* NULL: never */
	void *arg;
};

static inline bool stop_asked(const struct stop *stop)
{
	return stop->asked && stop->asked(stop->arg);
}

/*
 * Opens a directory that must lie below `dir_fd`. Follows no symbolic link on
 * the way, so that a link planted in a test tree leads nowhere. Returns the
 * descriptor or -errno (-ELOOP for a link).
 */
int tree_open_dir(int dir_fd, const char *path, int flags);

/*
 * Opens a file in the same way. Its own name may not be a symbolic link either.
 */
int tree_open_file(int dir_fd, const char *path, int flags, mode_t mode);

/*
 * Makes the directories of a file set in one tree, in all top directories. An
 * existing directory is no error, because many threads and hosts may make the
 * same directory at once. Returns 0 or -errno, with the path in `failure`.
 */
int tree_make(const struct fileset *fileset, enum tree tree,
	      const struct stop *stop, struct failure *failure);

/*
 * Removes those directories that are empty, deepest first. Then removes the
 * levels above them up to file_srcdir or file_dstdir, but no top directory.
 * Adds to `left` the number of the thread's own directories that were not
 * empty. Missing directories are no error. Returns 0 or -errno, with the path
 * in `failure`.
 */
int tree_remove(const struct fileset *fileset, enum tree tree,
		const struct stop *stop, uint64_t *left,
		struct failure *failure);

#endif
