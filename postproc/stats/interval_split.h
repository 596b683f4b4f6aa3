/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns samples with times into sample sets, one for each interval. */
#ifndef SMALLFIO_INTERVAL_SPLIT_H
#define SMALLFIO_INTERVAL_SPLIT_H

#include "util/input_error.h"
#include "stats/series.h"

#define INTERVAL_SPLIT_MAX 100000

/*
 * Finds where interval 0 of each operation begins (series->base_ns), so that
 * the first interval is as long as the others. That is the start of the job,
 * for times that count from there, or else the start of the operation's first
 * sample. The series of an operation stand side by side in the list. Fails for
 * a mixture of times since 1970 and others (INPUT_CLOCKS), and for more than
 * INTERVAL_SPLIT_MAX intervals (INPUT_TOO_MANY). `length_ns` 0: does nothing.
 */
int interval_split_begin(const struct series_list *list, int64_t length_ns,
			 struct input_error *error);

/*
 * Moves the samples of series->timed[] and timed_bins[] into series->runs[]:
 * ascending by interval, none empty. Touches no other series, so each processor
 * may do a series of its own. Returns 0 or -errno.
 */
int interval_split_series(struct series *series, int64_t length_ns);

#endif
