/* SPDX-License-Identifier: GPL-2.0-only */
/* From samples with times to runs, one an interval of time. */
#ifndef SMALLFIO_INTERVAL_SPLIT_H
#define SMALLFIO_INTERVAL_SPLIT_H

#include "util/input_error.h"
#include "stats/series.h"

#define INTERVAL_SPLIT_MAX 100000

/* How time is cut: interval i is [base + i * length, base + (i + 1) * length).
 */
struct interval_split {
	int64_t length_ns; /* 0: not cut */
	int64_t base_ns;
};

/*
 * Finds the base: 0 for times that count from the start of a job, the full
 * second before the first sample for times since 1970. Fails for a mixture of
 * the two (INPUT_CLOCKS), and for more than INTERVAL_SPLIT_MAX intervals.
 */
int interval_split_begin(struct interval_split *split,
			 const struct series_list *list, int64_t length_ns,
			 struct input_error *error);

/*
 * Makes series->runs of series->timed, ascending by interval, none empty. 0 or
 * -ENOMEM. A series is touched by one thread only.
 */
int interval_split_series(const struct interval_split *split,
			  struct series *series);

#endif
