/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include <sys/types.h>

#include "fs/fileset.h"

/* Asked now and then by what may take long; true ends it with -ECANCELED. */
struct stop {
	bool (*asked)(void *arg); /* NULL: never */
	void *arg;
};

static inline bool stop_asked(const struct stop *stop)
{
	return stop->asked && stop->asked(stop->arg);
}

/*
 * openat() of a directory that must lie below `dir_fd` without a symbolic
 * link on the way: a link planted in a test tree leads nowhere. Returns the
 * descriptor or -errno (-ELOOP for a link).
 */
int tree_open_dir(int dir_fd, const char *path, int flags);

/* The same of a file, whose name may be a link neither. */
int tree_open_file(int dir_fd, const char *path, int flags, mode_t mode);

/*
 * Makes the directories of a file set in one tree, in all top directories.
 * One that is there already is no error: many threads and hosts may make the
 * same ones at once. Returns 0 or -errno, with the path in `failure`.
 */
int tree_make(const struct fileset *fileset, enum tree tree,
	      const struct stop *stop, struct failure *failure);

/*
 * Removes those directories that are empty, deepest first, and the levels
 * above them up to file_srcdir or file_dstdir, but no top directory.
 * `left` is raised by the number of a thread's own directories that were not
 * empty. Missing ones are no error. Returns 0 or -errno, with `failure`.
 */
int tree_remove(const struct fileset *fileset, enum tree tree,
		const struct stop *stop, uint64_t *left,
		struct failure *failure);

#endif
