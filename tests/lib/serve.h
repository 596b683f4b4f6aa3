/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_SERVE_H
#define TEST_SERVE_H

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <stdint.h>

/*
 * Mounts a file system and serves it, in one thread, until it is unmounted or
 * SIGTERM, SIGINT or SIGHUP says so, at whatever moment that comes.
 *
 * `due`, unless NULL, is called before each wait, to send answers that were
 * kept back; it returns when the next are to be sent, in ns from now, or -1.
 *
 * Returns what main() is to: 0, or 1 where the mount or the wait fails.
 */
int serve(struct fuse_args *args, const struct fuse_lowlevel_ops *operations,
	  const char *mountpoint, int64_t (*due)(void));

#endif
