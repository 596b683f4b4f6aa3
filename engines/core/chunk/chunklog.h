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
 * The chunk log: CSV, a header and one line a chunk, in the order in which
 * the chunks of a thread were done. Several threads, and runs one after the
 * other, may add to one file: a line is one write to its end.
 */
#define CHUNKLOG_HEADER                                                        \
	"unix_time_s,host,thread,file,chunk,bytes,latency_us,mib_per_s,"       \
	"cpu_user_pct,cpu_system_pct,rss_kib"

/* When lines are put on the disk, for the case that the power fails. */
enum chunklog_sync {
	CHUNKLOG_SYNC_CHUNK,  /* at once, by a thread that does nothing else */
	CHUNKLOG_SYNC_SECOND, /* the same, with a second between two times */
	CHUNKLOG_SYNC_NONE,   /* when the kernel does */
};

struct chunklog {
	const char *path; /* borrowed */
	int fd;
	uint64_t cut_bytes; /* of a torn line that was removed at the end */
	enum chunklog_sync sync;
	bool syncing; /* the thread runs */
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
 * Opens `path`, or makes it with the header. One that is there must be a chunk
 * log: then lines are added, and a last line that was cut off (by a power
 * failure) is removed, since a reader could not tell it from damage; not while
 * others have the log open. Anything else is refused with -EEXIST and not
 * touched. 0 or -errno with a sentence.
 */
int chunklog_open(struct chunklog *log, const char *path,
		  struct failure *failure);

/* In the process that is to write: a thread does not survive a fork. */
int chunklog_start(struct chunklog *log, enum chunklog_sync sync);

/* 0 or -errno: of this line, or of an earlier one that did not reach the disk.
 */
int chunklog_add(struct chunklog *log, const struct chunklog_line *line);

/* After a last sync, if one is wanted. 0 or -errno. */
int chunklog_close(struct chunklog *log);

#endif
