/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_MOUNT_STATS_H
#define CORE_MOUNT_STATS_H

#include <stdbool.h>
#include <stdint.h>

enum mount_counter {
	MOUNT_TRIPS,   /* calls that the server has answered */
	MOUNT_READ,    /* bytes that programs read, O_DIRECT or not ... */
	MOUNT_WRITTEN, /* ... and wrote */
	MOUNT_FETCHED, /* bytes of files that came from the server ... */
	MOUNT_SENT,    /* ... and went there */
	MOUNT_COUNTERS,
};

/*
 * What went to the servers of mounts since they were mounted, whoever used
 * them. Only NFS has such counters. The kernel's include/linux/nfs_iostat.h
 * says what the bytes are, and net/sunrpc/stats.c writes the calls.
 */
struct mount_stats {
	uint64_t n[MOUNT_COUNTERS];
};

/*
 * Sets *stats to the sum of all mounts that absolute paths are on, by the text
 * of /proc/self/mountstats or by that file itself. False: one of these mounts
 * has no counters, or not of version 1.
 */
bool mount_stats_sum(struct mount_stats *stats, const char *text,
		     char *const *path, unsigned int paths);
bool mount_stats_read(struct mount_stats *stats, char *const *path,
		      unsigned int paths);

#endif
