/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heartbeat is what the threads of one host and operation have said in one
 * round of messages (progress_message.h), added up.
 */
#ifndef SMALLFIO_HEARTBEAT_H
#define SMALLFIO_HEARTBEAT_H

#include "fio/progress_message.h"

enum heartbeat_state {
	HEARTBEAT_RUNS,
	HEARTBEAT_STALLED, /* a thread has chunks in flight, and none is done */
	HEARTBEAT_IDLE,    /* no thread was asked for a chunk */
	HEARTBEAT_ENDED,   /* all threads have ended */
	HEARTBEAT_SILENT,  /* no message came; there are no figures */
};

/* What a message without an operation is about: chunks of fio-diskwrite.so. */
#define HEARTBEAT_CHUNKS "chunk"

struct heartbeat {
	char host[PROGRESS_MESSAGE_NAME_MAX];
	char operation[PROGRESS_OPERATION_MAX]; /* "": silent */
	enum heartbeat_state state;
	int64_t time_ms;   /* since 1970, when the first message came */
	double interval_s; /* the longest time that a message is about */
	uint32_t threads;
	uint32_t rates; /* messages with a rate */
	double units_per_s, mib_per_s;
	/* The highest of the messages. That of all threads is not above it. */
	double p99_ms, max_ms;
	uint64_t units, bytes;
	uint64_t errors; /* since the heartbeat before */
	uint64_t files_done;
	int64_t files_asked; /* -1: something else ends the jobs */
	bool has_usage;      /* if so, of all processes together */
	double cpu_user_pct, cpu_system_pct, memory_mib;
};

/*
 * Adds a message. The first one gives an all-zero heartbeat its operation. The
 * caller sets `host` and `time_ms`. errors_before is what the message before of
 * the same job said.
 */
void heartbeat_add(struct heartbeat *beat,
		   const struct progress_message *message,
		   uint64_t errors_before);

/* The operation that a heartbeat of this message has. */
const char *heartbeat_operation(const struct progress_message *message);

#endif
