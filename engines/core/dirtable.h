/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DIRTABLE_H
#define CORE_DIRTABLE_H

#include "fileset.h"

/*
 * Directories opened before the measured part, so that an operation resolves
 * one name instead of a path of many.
 *
 * Their number is bounded. Where a tree has more directories than that, those
 * `level` levels above the files' own are opened instead, with the least
 * `level` that fits, and the remaining components stay in the name: which
 * descriptor an operation uses follows from arithmetic, and the measured part
 * never opens, evicts or searches.
 */
struct dirtable {
	unsigned int level;
	uint64_t divisor;    /* dirs_per_dir to the power of level */
	uint64_t slots;      /* in one tree of one top directory */
	int *fd[TREE_COUNT]; /* tops x slots; -1: not there when opened */
	int *top_fd;         /* tops */
	unsigned int tops;
};

/*
 * Opens at most max_fds descriptors a tree, or one for each top directory
 * where that is more, and one for each top directory itself.
 * `trees` is a mask of 1 << enum tree. A missing directory is no error here:
 * its slot is -1, and an operation on it goes by the path from the top and
 * gets the errno that is due. `readable` opens for fsync, too.
 * Returns 0 or -errno, with a sentence in `failure`.
 */
int dirtable_open(struct dirtable *table, const struct fileset *fileset,
		  unsigned int trees, uint64_t max_fds, bool readable,
		  struct failure *failure);
void dirtable_close(struct dirtable *table);

/* The slot that holds directory `dir` or its ancestor `level` levels up. */
static inline uint64_t dirtable_slot(const struct dirtable *table,
				     unsigned int top, uint64_t dir)
{
	if (table->level)
		dir /= table->divisor;
	return top * table->slots + dir;
}

#endif
