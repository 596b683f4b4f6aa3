/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gaps are times in which none of several logs has the end of an operation. An
 * outage of the storage is a gap. Percentiles do not show an outage, because
 * each thread has only one slow operation then.
 */
#ifndef SMALLFIO_LOG_GAPS_H
#define SMALLFIO_LOG_GAPS_H

#include "input/log_times.h"

struct log_gap {
	int64_t from_ns, to_ns; /* times in the logs, less ahead_ns */
};

/* The owner begins with one gap, which is all of the time, and frees `gap`. */
struct log_gaps {
	struct log_gap *gap;
	size_t count;
};

/*
 * Keeps of the gaps only the parts that are gaps of this log, too, and that
 * last min_ns or longer. The times of the log are ahead of those of the gaps by
 * ahead_ns. Returns 0 or -ENOMEM.
 */
int log_gaps_keep(struct log_gaps *gaps, const struct log_times *log,
		  int64_t ahead_ns, int64_t min_ns);

#endif
