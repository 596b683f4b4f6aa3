/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_SERVE_H
#define TEST_SERVE_H

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdint.h>

/*
 * Mounts a file system and serves it, in one thread, until it is unmounted or
 * SIGTERM, SIGINT or SIGHUP comes. Such a signal may come at any moment.
 *
 * `due`, unless NULL, is called before each wait, to send answers that were
 * kept back. It returns in how many ns the next answer is to be sent, or -1 if
 * there is none.
 *
 * `asked`, unless NULL, is called with each request before it is handled. It
 * returns 0, or a positive errno, which is then the answer.
 *
 * At the end the number of requests goes to the file $SMALLFIO_REQUESTS, if
 * that is set. Requests whose answer nobody awaits do not count.
 *
 * Returns the exit code for main(): 0, or 1 if the mount or the wait fails.
 */
int serve(struct fuse_args *args, const struct fuse_lowlevel_ops *operations,
	  const char *mountpoint, int64_t (*due)(void),
	  int (*asked)(const struct fuse_in_header *request));

#endif
