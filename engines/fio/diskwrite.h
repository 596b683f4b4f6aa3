/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DISKWRITE_H
#define DISKWRITE_H

#include "fio.h"

#include "chunk/chunkjob.h"
#include "glue.h"
#include "util/proc_usage.h"

/*
 * The glue between fio and chunk/chunkjob.h. One of fio's blocks is one chunk.
 * fio's pseudo file is never on disk. The core decides which file a chunk
 * belongs to, and where in that file.
 */

/* The engine's options as fio's parser fills them in. fio owns the strings. */
struct diskwrite_options {
	void *pad; /* fio takes an option at offset 0 for one without storage */
	unsigned int submit; /* SUBMIT_SYNC and so on */
	unsigned int content;
	unsigned int monitor;
	unsigned int chunk_log_sync;
	unsigned long long keep_files;
	unsigned long long progress_interval; /* seconds */
	char *chunk_log;
	char *host;
};

/* fio's table of these options. It ends with a row of zeroes. */
struct fio_option *diskwrite_option_table(void);

/* One job of fio. ->setup makes it in the parent, and the child uses it. */
struct diskwrite_job {
	struct chunkjob_options options;
	struct chunkjob chunks;
	struct chunklog log;
	enum chunklog_sync log_sync;
	bool log_open;
	bool sync;           /* submit=sync: a chunk is done when queued */
	bool began;          /* there is something to finish */
	uint64_t size_bytes; /* 0: the job runs as long as runtime= says */
	int64_t asked;       /* chunks in all passes; -1: limited otherwise */
	char host[256];
	char directory[PATH_MAX];
	char log_path[PATH_MAX];
	/* iodepth entries: queued since the last commit */
	struct io_u **queued;
	unsigned int queued_count;
	struct chunk **done;    /* iodepth entries: of the last ->getevents */
	bool all_done;          /* nothing else is in flight */
	struct timespec reaped; /* when the last ->getevents was over */
	struct failure prepare_failure;
	int prepare_error; /* of the io_u that ->queue gets next */
	uint64_t errors;
	struct proc_usage used; /* by this process up to the last message */
	uint64_t used_ns;       /* when; by chunkjob_now_ns() */
};

/*
 * Reads the job's options, fio's own and the engine's. `thread` is the thread's
 * number within its section. Returns 0, or -errno with a sentence.
 */
int diskwrite_read_options(struct thread_data *td, uint32_t thread,
			   struct diskwrite_job *job, struct failure *failure);

/* Sets fio's own options so that its blocks are chunks. */
void diskwrite_take_over(struct thread_data *td,
			 const struct diskwrite_job *job);

/* The size that fio counts for a job that only its time ends. */
uint64_t diskwrite_endless(uint64_t chunk_bytes);

#endif
