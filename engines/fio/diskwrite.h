/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DISKWRITE_H
#define DISKWRITE_H

#include "fio.h"

#include "chunk/chunkjob.h"
#include "glue.h"

/*
 * The glue between fio and core/chunkjob.h: one of fio's blocks is one chunk.
 * fio's pseudo file is never on disk; which file a chunk belongs to, and
 * where in it, the core says.
 */

/* The engine's options as fio's parser fills them. fio owns the strings. */
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

/* fio's table of them, ending with a row of zeroes. */
struct fio_option *diskwrite_option_table(void);

/* One job of fio's. Made in the parent by ->setup, used in the child. */
struct diskwrite_job {
	struct chunkjob_options options;
	struct chunkjob chunks;
	struct chunklog log;
	enum chunklog_sync log_sync;
	bool log_open;
	bool sync;           /* submit=sync: done when queued */
	bool began;          /* there is something to finish */
	uint64_t size_bytes; /* 0: as long as runtime= says */
	char host[256];
	char directory[PATH_MAX];
	char log_path[PATH_MAX];
	struct io_u **queued; /* iodepth: since the last commit */
	unsigned int queued_count;
	struct chunk **done;    /* iodepth: of the last ->getevents */
	bool all_done;          /* nothing else is in flight */
	struct timespec reaped; /* when that was over */
	struct failure prepare_failure;
	int prepare_error; /* of the io_u that comes next to ->queue */
	uint64_t errors;
};

/*
 * Reads the job's options, fio's own and the engine's. The thread's number
 * within its section is given. Returns 0, or -errno with a sentence.
 */
int diskwrite_read_options(struct thread_data *td, uint32_t thread,
			   struct diskwrite_job *job, struct failure *failure);

/* Sets fio's own options so that its blocks are chunks. */
void diskwrite_take_over(struct thread_data *td,
			 const struct diskwrite_job *job);

/* What fio counts as the size of a job that only its time ends. */
uint64_t diskwrite_endless(uint64_t chunk_bytes);

#endif
