/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a progress message of a job. The engines print one every
 * progress_interval=, and fio's client passes it on. A message is one line. The
 * first is of one thread, and the second of all threads of a host:
 *
 *	<NAME> fio-diskwrite: host HOST, job JOB, thread 00: 1843.2 MiB/s, p99
 *	14.680 ms, max 21.003 ms, 11059 chunks, 115961430016 bytes in 60.0 s,
 *	CPU 3.1 % user 8.2 % system, memory 41.2 MiB
 *	<NAME> fio-smallfile: host HOST, job JOB, operation create, 4 threads:
 *	1543.2 files/s, 96.5 MiB/s, p99 14.680 ms, 92592 files, 6068109312 bytes
 *	in 60.0 s, 123450 of 400000 files done, 3 errors, CPU 12.1 % user 88.2 %
 *	system, memory 41.2 MiB
 *
 * engines/fio/diskwrite.c, engines/core/chunk/chunkprogress.c and
 * engines/fio/smallfile_progress.c write them.
 */
#ifndef SMALLFIO_PROGRESS_MESSAGE_H
#define SMALLFIO_PROGRESS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_MESSAGE_NAME_MAX 256
#define PROGRESS_MESSAGE_LINE_MAX 1024
#define PROGRESS_OPERATION_MAX    32
#define PROGRESS_INTERVAL_MAX_S   1e9 /* of longer times a message lies */

enum progress_kind {
	PROGRESS_RATE,
	PROGRESS_STALLED, /* chunks are in flight, but none was done */
	PROGRESS_IDLE,    /* fio asked for no chunk */
};

enum progress_end {
	PROGRESS_GOES_ON,
	PROGRESS_ENDED, /* these threads have ended, others are to come */
	PROGRESS_LAST,  /* nothing of what the message is about goes on */
};

struct progress_message {
	enum progress_kind kind;
	/* fio's name of the server, or else the engine's host=. */
	char host[PROGRESS_MESSAGE_NAME_MAX];
	char job[PROGRESS_MESSAGE_NAME_MAX];
	/* "": chunks are written or read */
	char operation[PROGRESS_OPERATION_MAX];
	uint32_t thread;  /* its number; 0 where there is an operation */
	uint32_t threads; /* how many the message is about */
	enum progress_end end;
	double interval_s; /* that the message is about, at most the maximum */
	/* PROGRESS_RATE: in that time. Where nothing was done, p99 is 0. */
	double mib_per_s;
	double files_per_s; /* with an operation; otherwise 0 */
	double p99_ms;
	double max_ms;  /* of chunks; otherwise 0 */
	uint64_t units; /* files or chunks */
	uint64_t bytes; /* 0 from engines of 0.1.0, which do not say */
	/* With an operation: since the job began. */
	uint64_t files_done;
	int64_t files_asked; /* -1: the job ends by something else */
	uint64_t errors;
	/* PROGRESS_STALLED: how long the oldest chunk has been in flight. */
	double oldest_s;
	/* Of the processes that run the threads; 100 % are one processor. */
	bool has_usage;
	double cpu_user_pct;
	double cpu_system_pct;
	double memory_mib; /* resident; shared pages count in each process */
};

/*
 * Reads a line, without its end. Returns 0, or -ENOENT for a line that is no
 * progress message.
 */
int progress_message_parse(struct progress_message *message, const char *line,
			   size_t length);

#endif
