/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TOPDIR_H
#define CORE_TOPDIR_H

#include "util/failure.h"

/*
 * A path of fewer bytes is most likely /home, /srv or a slip of the hand:
 * only taken where a file system is mounted. smallfile's own limit.
 */
#define TOPDIR_PATH_MIN 6

/*
 * Whether a tree may be made in (and removed from) a directory: `path` is its
 * absolute path, without links, `given` what the user wrote. Returns 0, or
 * -errno with a sentence: -EINVAL for a directory of the system's own, and
 * for a short path that is no mount point.
 */
int topdir_check(const char *given, const char *path, struct failure *failure);

#endif
