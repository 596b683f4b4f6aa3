/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FSKIND_H
#define CORE_FSKIND_H

/*
 * What is known of a file system, in the order of how long its calls may take.
 */
enum fskind {
	FSKIND_MEMORY, /* nothing ever waits */
	FSKIND_DISK,   /* calls wait for a local disk at most */
	/*
	 * Nothing is known of any other. On a network any call may wait. A file
	 * may be written back when it is closed, and errors then come from
	 * close().
	 */
	FSKIND_OTHER,
};

/*
 * The kind of the file system that `path` is on; FSKIND_OTHER if statfs()
 * fails.
 */
enum fskind fskind_of(const char *path);

#endif
