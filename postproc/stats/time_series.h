/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An operation over the time of a run, from its latency logs. Each interval has
 * the number of operations, percentiles of their latency, and the counts for a
 * heat map.
 */
#ifndef SMALLFIO_TIME_SERIES_H
#define SMALLFIO_TIME_SERIES_H

#include "stats/series.h"

/*
 * The heat map has 4 rows for each power of two of the latency, from
 * 2^TIME_SERIES_FIRST ns on.
 */
#define TIME_SERIES_FIRST   7 /* 128 ns */
#define TIME_SERIES_OCTAVES 28
#define TIME_SERIES_SUB     4
#define TIME_SERIES_ROWS    (TIME_SERIES_SUB * TIME_SERIES_OCTAVES)

/* percentile_ns[] is in the order of this list. */
#define TIME_SERIES_PERCENTILES      4
#define TIME_SERIES_PERCENTILES_LIST "50,95,99,100"

struct time_series_point {
	bool unknown; /* nobody looked: all else says nothing */
	uint64_t operations;
	double percentile_ns[TIME_SERIES_PERCENTILES]; /* NaN for no operation
							*/
	uint32_t row[TIME_SERIES_ROWS];
};

struct time_series_thread {
	char *host;
	long thread;          /* or LOG_THREAD_UNKNOWN */
	uint32_t *operations; /* of each interval */
};

struct time_series {
	char *operation;
	double interval_s;
	double last_s; /* length of the last interval, up to its last sample */
	struct time_series_point *point; /* the first begins at 0 s */
	size_t count;
	struct time_series_thread *thread; /* by host and number */
	size_t threads;
};

/* The owner zeroes it first. */
struct time_series_list {
	struct time_series *over_time;
	size_t count;
};

/*
 * Makes the time series of all operations, from samples that load() has read
 * in intervals. Returns 0 or -ENOMEM. The caller calls time_series_list_free()
 * in either case.
 */
int time_series_list_build(struct time_series_list *time_series,
			   const struct series_list *samples);

/* Finds the time series of an operation. NULL: the operation has no logs. */
const struct time_series *
time_series_list_find(const struct time_series_list *time_series,
		      const char *operation);

/* Operations a second in an interval. NaN where it is unknown, or too short. */
double time_series_rate(const struct time_series *over_time, size_t interval);

/* The lower bound of a row, in ns. */
double time_series_row_low_ns(size_t row);

void time_series_list_free(struct time_series_list *time_series);

#endif
