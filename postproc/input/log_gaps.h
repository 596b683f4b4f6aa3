/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times in which none of several logs has the end of an operation. An outage of
 * the storage is such a time, and no percentile shows it: each thread has but
 * one slow operation then.
 */
#ifndef SMALLFIO_LOG_GAPS_H
#define SMALLFIO_LOG_GAPS_H

#include "input/log_times.h"

struct log_gap {
	int64_t from_ns, to_ns; /* as in the logs, less ahead_ns */
};

/* Begun by its owner with one gap, all of the time; `gap` is freed by him. */
struct log_gaps {
	struct log_gap *gap;
	size_t count;
};

/*
 * Leaves of the gaps what is one of this log, too, and lasts min_ns or longer.
 * The times of the log are ahead of the gaps' by ahead_ns. 0 or -ENOMEM.
 */
int log_gaps_keep(struct log_gaps *gaps, const struct log_times *log,
		  int64_t ahead_ns, int64_t min_ns);

#endif
