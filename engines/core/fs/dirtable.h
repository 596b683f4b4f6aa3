/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DIRTABLE_H
#define CORE_DIRTABLE_H

#include "fs/fileset.h"
#include "fs/tree.h"

/*
 * Directories opened before the measured part, so that an operation resolves
 * one name instead of a path of many.
 *
 * Their number is bounded. Where a tree has more directories than that, those
 * `level` levels above the files' own are opened instead, with the least
 * `level` that fits, and a file's own is opened from there when its turn
 * comes, outside of the measured part: which descriptor that needs follows from
 * arithmetic, and nothing is evicted or searched.
 */
struct dirtable {
	unsigned int level;
	uint64_t divisor;    /* dirs_per_dir to the power of level */
	uint64_t slots;      /* in one tree of one top directory */
	int *fd[TREE_COUNT]; /* tops x slots; -1: not there when opened */
	int *top_fd;         /* tops */
	unsigned int tops;
	int flags; /* with which directories are opened */
};

/* How many directories a job keeps open in each tree; see dirtable_budget(). */
#define DIRTABLE_FDS_MIN 1024u
#define DIRTABLE_FDS_MAX 16384u
#define DIRTABLE_FDS_ALL 65536u

/*
 * How many directories each of `jobs` jobs should open in each of the trees in
 * the mask `trees`. Each keeps some 2 KiB of kernel memory, and far away takes
 * a request to open: so DIRTABLE_FDS_ALL divided among the jobs, within
 * DIRTABLE_FDS_MIN and DIRTABLE_FDS_MAX. Fewer where `limit`, the descriptors
 * that a process may have, less `reserved` for other use, shared by `sharing`
 * jobs of that process, allows no more; at least 1.
 */
uint64_t dirtable_budget(uint64_t limit, uint64_t reserved,
			 unsigned int sharing, unsigned int jobs,
			 unsigned int trees);

/*
 * Opens at most max_fds descriptors a tree, or one for each top directory
 * where that is more, and one for each top directory itself.
 * `trees` is a mask of 1 << enum tree. A missing directory is no error here:
 * its slot is -1. `readable` opens for fsync, too.
 * Returns 0; -ECANCELED when `stop` is asked; or -errno, with a sentence in
 * `failure`.
 */
int dirtable_open(struct dirtable *table, const struct fileset *fileset,
		  unsigned int trees, uint64_t max_fds, bool readable,
		  const struct stop *stop, struct failure *failure);
void dirtable_close(struct dirtable *table);

/* The slot that holds directory `dir` or its ancestor `level` levels up. */
static inline uint64_t dirtable_slot(const struct dirtable *table,
				     unsigned int top, uint64_t dir)
{
	if (table->level)
		dir /= table->divisor;
	return top * table->slots + dir;
}

/* The descriptor of a directory; -1 where it has none. */
static inline int dirtable_fd(const struct dirtable *table, enum tree tree,
			      unsigned int top, uint64_t dir)
{
	return table->level ? -1
			    : table->fd[tree][dirtable_slot(table, top, dir)];
}

/*
 * Opens a directory that has none. Not for the measured part. Returns the
 * descriptor, for the caller to close, or -errno: -ELOOP where a symbolic link
 * is in the way.
 */
int dirtable_open_dir(const struct dirtable *table,
		      const struct fileset *fileset, enum tree tree,
		      unsigned int top, uint64_t dir);

#endif
