/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DIRTABLE_H
#define CORE_DIRTABLE_H

#include "fs/fileset.h"
#include "fs/tree.h"

/*
 * Directories that are opened before the measured part. An operation then
 * resolves one name instead of a path of many.
 *
 * Their number is bounded. If a tree has more directories, those of the lowest
 * numbers are open, and a parent always has a lower number than what is in it.
 * Another directory is opened from the nearest open one above it when its turn
 * comes, outside of the measured part. So nothing is evicted or searched.
 */
struct dirtable {
	uint64_t slots;      /* open directories 0..slots-1 of each top */
	int *fd[TREE_COUNT]; /* tops x slots; -1: the directory was missing */
	int *top_fd;         /* one for each top directory */
	unsigned int tops;
	int flags; /* for opening directories */
};

/* How many directories a job keeps open in each tree; see dirtable_budget(). */
#define DIRTABLE_FDS_MIN 1024u
#define DIRTABLE_FDS_MAX 16384u
#define DIRTABLE_FDS_ALL 65536u

/*
 * How many directories each of `jobs` jobs should open in each of the trees in
 * the mask `trees`. An open directory takes some 2 KiB of kernel memory, and
 * far away a request to open it. So DIRTABLE_FDS_ALL is divided among the jobs,
 * within DIRTABLE_FDS_MIN and DIRTABLE_FDS_MAX. The result is smaller if the
 * process may not have so many descriptors: `limit`, less `reserved` for other
 * use, is divided among `sharing` jobs of that process and the trees. It is at
 * least 1.
 */
uint64_t dirtable_budget(uint64_t limit, uint64_t reserved,
			 unsigned int sharing, unsigned int jobs,
			 unsigned int trees);

/*
 * Opens at most max_fds descriptors in each tree, but at least one for each top
 * directory. Opens one more for each top directory itself. `trees` is a mask of
 * 1 << enum tree. A missing directory is no error here, its slot is -1. With
 * `readable` the descriptors can be used for fsync(), too. Returns 0,
 * -ECANCELED if `stop` asked for it, or -errno with a sentence in `failure`.
 */
int dirtable_open(struct dirtable *table, const struct fileset *fileset,
		  unsigned int trees, uint64_t max_fds, bool readable,
		  const struct stop *stop, struct failure *failure);
void dirtable_close(struct dirtable *table);

/*
 * Checks that each top directory still is where it was when it was opened. Open
 * directories go on working when their file system is unmounted lazily, or when
 * something else is mounted over them. Returns 0, or -errno with a sentence.
 */
int dirtable_check(const struct dirtable *table, const struct fileset *fileset,
		   struct failure *failure);

/* The descriptor of a directory, or -1 if the table has none. */
static inline int dirtable_fd(const struct dirtable *table, enum tree tree,
			      unsigned int top, uint64_t dir)
{
	return dir < table->slots ? table->fd[tree][top * table->slots + dir]
				  : -1;
}

/*
 * Opens a directory that has no descriptor. Not for the measured part. Returns
 * the descriptor, which the caller closes, or -errno: -ELOOP if a symbolic link
 * is in the way.
 */
int dirtable_open_dir(const struct dirtable *table,
		      const struct fileset *fileset, enum tree tree,
		      unsigned int top, uint64_t dir);

#endif
