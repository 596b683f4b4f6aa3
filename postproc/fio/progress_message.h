/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a progress message of a job. fio-diskwrite.so prints one every
 * progress_interval=, and fio's client passes it on:
 *
 *	<NAME> fio-diskwrite: host HOST, job JOB, thread 00: 1843.2 MiB/s, p99
 *	14.680 ms, max 21.003 ms, 11059 chunks in 60 s
 *
 * The message is one line. engines/fio/diskwrite.c and
 * engines/core/chunk/chunkprogress.c write it.
 */
#ifndef SMALLFIO_PROGRESS_MESSAGE_H
#define SMALLFIO_PROGRESS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_MESSAGE_NAME_MAX 256
#define PROGRESS_MESSAGE_LINE_MAX 1024

enum progress_kind {
	PROGRESS_RATE,
	PROGRESS_STALLED, /* chunks are in flight, but none was done */
	PROGRESS_IDLE,    /* fio asked for no chunk */
};

struct progress_message {
	enum progress_kind kind;
	/* fio's name of the server, or else the engine's host=. */
	char host[PROGRESS_MESSAGE_NAME_MAX];
	char job[PROGRESS_MESSAGE_NAME_MAX];
	uint32_t thread;
	bool last;         /* the job has ended */
	double interval_s; /* the time that the message is about */
	/* PROGRESS_RATE: */
	double mib_per_s;
	double p99_ms;
	double max_ms;
	/* PROGRESS_STALLED: how long the oldest chunk has been in flight. */
	double oldest_s;
};

/*
 * Reads a line, without its end. Returns 0, or -ENOENT for a line that is no
 * progress message.
 */
int progress_message_parse(struct progress_message *message, const char *line,
			   size_t length);

#endif
