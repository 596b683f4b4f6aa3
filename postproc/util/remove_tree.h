/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_REMOVE_TREE_H
#define SMALLFIO_REMOVE_TREE_H

/*
 * Removes a directory that this process has made, with all in it. Follows no
 * link, and enters no other file system. Returns 0, or -1 with errno: EXDEV
 * where another file system is mounted in it.
 */
int remove_tree(const char *path);

#endif
