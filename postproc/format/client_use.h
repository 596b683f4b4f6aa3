/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the threads of a phase took of their own machine while they were
 * measured, as fio's JSON has it. fio looks at each thread by getrusage(). What
 * kernel threads do for it, as those of io_uring, is not in these figures.
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
	bool bound;       /* by its processors */
};

struct client_use client_use_of(const struct phase *phase);

#endif
