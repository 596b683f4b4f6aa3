/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job's message about how it goes, as fio-diskwrite.so prints it every
 * progress_interval= and fio's client hands it on:
 *
 *	<NAME> fio-diskwrite: host HOST, job JOB, thread 00: 1843.2 MiB/s, p99
 *	14.680 ms, max 21.003 ms, 11059 chunks in 60 s
 *
 * in one line. Written by engines/fio/diskwrite.c and core/chunkprogress.c.
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
	PROGRESS_STALLED, /* chunks in flight, none done */
	PROGRESS_IDLE,    /* none asked for */
};

struct progress_message {
	enum progress_kind kind;
	/* What fio calls the server; the engine's host= where there is none. */
	char host[PROGRESS_MESSAGE_NAME_MAX];
	char job[PROGRESS_MESSAGE_NAME_MAX];
	uint32_t thread;
	bool last;         /* the job has ended */
	double interval_s; /* that it speaks of */
	/* PROGRESS_RATE: */
	double mib_per_s;
	double p99_ms;
	double max_ms;
	/* PROGRESS_STALLED: how long the oldest chunk has been in flight. */
	double oldest_s;
};

/*
 * Reads a line, without its end. 0, or -ENOENT for one that is no such
 * message.
 */
int progress_message_parse(struct progress_message *message, const char *line,
			   size_t length);

#endif
