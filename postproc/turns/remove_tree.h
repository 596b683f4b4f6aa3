/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_REMOVE_TREE_H
#define SMALLFIO_REMOVE_TREE_H

/*
 * Removes a directory that this process has made, with all in it. Follows no
 * link in it, and enters no other file system. Several directories are emptied
 * at once, because a file system on another machine lets each request wait.
 * Returns 0, or -1 with errno: EXDEV where another file system is mounted in
 * the directory.
 */
int remove_tree(const char *path);

#endif
