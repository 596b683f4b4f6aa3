/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKLOG_H
#define CORE_CHUNKLOG_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"
#include "chunk/monitor.h"

/*
 * The chunk log is a CSV file: a header, and one line for each chunk, in the
 * order in which the chunks of a thread were done. Several threads, and runs
 * one after the other, may add to one file, because each line is one write to
 * its end.
 */
#define CHUNKLOG_HEADER                                                        \
	"unix_time_s,host,thread,file,chunk,bytes,latency_us,mib_per_s,"       \
	"cpu_user_pct,cpu_system_pct,rss_kib"

/* When lines are synced to the disk, in case the power fails. */
enum chunklog_sync {
	CHUNKLOG_SYNC_CHUNK,  /* at once, by a thread of its own */
	CHUNKLOG_SYNC_SECOND, /* the same, with a second between two syncs */
	CHUNKLOG_SYNC_NONE,   /* when the kernel chooses to */
};

struct chunklog {
	const char *path; /* borrowed */
	int fd;
	uint64_t cut_bytes; /* length of a torn last line that was removed */
	enum chunklog_sync sync;
	bool syncing; /* the syncing thread runs */
	pthread_t syncer;
	sem_t lines;
	atomic_bool stop;
	atomic_int sync_error; /* -errno */
};

struct chunklog_line {
	uint64_t unix_time_ns; /* when the chunk was done */
	const char *host;
	uint32_t thread;
	uint64_t file;
	uint64_t chunk; /* in the file, from 0 */
	uint64_t bytes;
	uint64_t latency_ns;
	const struct monitor *monitor; /* NULL: leaves its columns empty */
};

/*
 * Opens `path`, or makes it with the header. An existing file must be a chunk
 * log, and lines are added to it. A last line that was cut off (by a power
 * failure) is removed, because a reader could not tell it from damage. The line
 * stays while others have the log open. Any other file is refused with -EEXIST
 * and not touched. Returns 0, or -errno with a sentence.
 */
int chunklog_open(struct chunklog *log, const char *path,
		  struct failure *failure);

/*
 * Starts the syncing thread. Call it in the process that writes, because a
 * thread does not survive a fork. Returns 0 or -errno.
 */
int chunklog_start(struct chunklog *log, enum chunklog_sync sync);

/*
 * Adds a line. Returns 0, or -errno of this line or of an earlier line that did
 * not reach the disk.
 */
int chunklog_add(struct chunklog *log, const struct chunklog_line *line);

/* Closes the log, after a last sync if one is wanted. Returns 0 or -errno. */
int chunklog_close(struct chunklog *log);

#endif
