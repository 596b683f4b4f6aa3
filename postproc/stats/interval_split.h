/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns samples with times into sample sets, one for each interval. */
#ifndef SMALLFIO_INTERVAL_SPLIT_H
#define SMALLFIO_INTERVAL_SPLIT_H

#include "util/input_error.h"
#include "stats/series.h"

#define INTERVAL_SPLIT_MAX 100000

/*
 * Instead of a length: each operation has its own, 1, 2 or 5 times a power of
 * ten, that cuts it into about INTERVALS_LEAST to 2.5 times as many parts. They
 * are fewer if there are not SAMPLES_LEAST samples for each.
 */
#define INTERVAL_SPLIT_FIT             (-1)
#define INTERVAL_SPLIT_INTERVALS_LEAST 100
#define INTERVAL_SPLIT_SAMPLES_LEAST   20

/*
 * Finds where interval 0 of each operation begins (series->base_ns), so that
 * the first interval is as long as the others (series->length_ns). That is the
 * start of the job, for times that count from there, or else the start of the
 * operation's first sample. The series of an operation stand side by side in
 * the list. Fails for a mixture of times since 1970 and others (INPUT_CLOCKS),
 * and for more than INTERVAL_SPLIT_MAX intervals (INPUT_TOO_MANY). `length_ns`
 * 0: does nothing.
 */
int interval_split_begin(const struct series_list *list, int64_t length_ns,
			 struct input_error *error);

/*
 * Moves the samples of series->timed[] and timed_bins[] into series->runs[]:
 * ascending by interval, none empty. Touches no other series, so each processor
 * may do a series of its own. Returns 0 or -errno.
 */
int interval_split_series(struct series *series);

#endif
