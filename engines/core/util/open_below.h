/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OPEN_BELOW_H
#define CORE_OPEN_BELOW_H

#include <sys/types.h>

/*
 * Opens what must lie below `dir_fd`, as open() does. Follows no symbolic link
 * on the way, so that a link planted in a test tree leads nowhere. Returns the
 * descriptor or -errno (-ELOOP for a link).
 */
int open_below(int dir_fd, const char *path, int flags, mode_t mode);

#endif
