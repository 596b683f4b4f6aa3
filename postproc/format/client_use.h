/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the threads of a phase took of their own machine while they were
 * measured: by fio's JSON, which has what getrusage() says, and by the notes of
 * the engine. What kernel threads do for a thread, as those of io_uring, is not
 * in these figures.
 */
#ifndef SMALLFIO_CLIENT_USE_H
#define SMALLFIO_CLIENT_USE_H

#include "run/result.h"

/* From here on the file system is not what the threads wait for. */
#define CLIENT_BOUND_PERCENT 90

struct client_use {
	/* Of one processor, on average of the threads; NAN: not known. */
	double user_percent, system_percent;
	int64_t switches; /* of context, of all threads; -1: not known */
	/* Of the time that threads took, waiting for a processor; or NAN. */
	double waited_percent;
	/* Sums of what the engine notes; each may be ENGINE_NOTE_UNKNOWN. */
	uint64_t counter[CLIENT_COUNTERS];
	uint64_t hits; /* operations without a trip to the server, at least */
	bool bound;    /* by its processors */
};

struct client_use client_use_of(const struct fio_result *run,
				const struct phase *phase);

#endif
