/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TOPDIR_H
#define CORE_TOPDIR_H

#include "util/failure.h"

/*
 * A path of fewer bytes is most likely /home, /srv or a typing error. It is
 * accepted only if a file system is mounted there. smallfile has the same
 * limit.
 */
#define TOPDIR_PATH_MIN 6

/*
 * Checks whether a tree may be made in a directory and removed from it. `path`
 * is the directory's absolute path without links, `given` is what the user
 * wrote. Returns 0, or -errno with a sentence: -EINVAL for a directory of the
 * system's own, and for a short path that is no mount point.
 */
int topdir_check(const char *given, const char *path, struct failure *failure);

#endif
