/* SPDX-License-Identifier: GPL-2.0-only */
/* From samples with times to runs, one an interval of time. */
#ifndef SMALLFIO_INTERVAL_SPLIT_H
#define SMALLFIO_INTERVAL_SPLIT_H

#include "util/input_error.h"
#include "stats/series.h"

#define INTERVAL_SPLIT_MAX 100000

/*
 * Finds where interval 0 of each operation begins (series->base_ns), so that
 * its first interval is as long as the others: with the first of its
 * operations, or, for times that count from the start of a job, there. The
 * series stand in order. Fails for a mixture of times since 1970 and others
 * (INPUT_CLOCKS), and for more than INTERVAL_SPLIT_MAX intervals. `length_ns`
 * 0: does nothing.
 */
int interval_split_begin(const struct series_list *list, int64_t length_ns,
			 struct input_error *error);

/*
 * Makes series->runs of series->timed, ascending by interval, none empty. 0 or
 * -ENOMEM. A series is touched by one thread only.
 */
int interval_split_series(struct series *series, int64_t length_ns);

#endif
