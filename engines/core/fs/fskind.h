/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FSKIND_H
#define CORE_FSKIND_H

/* What is known of a file system; in order of how long it may keep one. */
enum fskind {
	FSKIND_MEMORY, /* nothing ever waits */
	FSKIND_DISK,   /* calls wait for a local disk at most */
	/*
	 * Of all others nothing is known. On a network anything may wait, and
	 * a file may be written back when it is closed, with errors then.
	 */
	FSKIND_OTHER,
};

/* Of the file system that `path` is on; OTHER also where it cannot be seen. */
enum fskind fskind_of(const char *path);

#endif
