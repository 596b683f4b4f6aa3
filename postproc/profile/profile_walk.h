/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a tree of files and makes its profile. Memory does not grow with the
 * tree. No symbolic link is followed, and no other file system is entered.
 */
#ifndef SMALLFIO_PROFILE_WALK_H
#define SMALLFIO_PROFILE_WALK_H

#include "util/input_error.h"
#include "util/profile.h"

/*
 * `percent`, 1 to 100, says of how many files the inode is read: their sizes,
 * attributes, links and holes. Which ones follows from their names. All
 * directories and names are read. What cannot be read is counted. Directories
 * more than PROFILE_LEVELS_MAX - 1 levels down are refused. Returns 0, -EINTR
 * after SIGINT, or another -errno with *error. In all cases profile_free() has
 * to be called.
 */
int profile_walk(struct profile *profile, const char *path,
		 unsigned int percent, struct input_error *error);

#endif
