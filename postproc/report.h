/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of a set of logs, ready for a format to print. Latencies in
 * ns; what cannot be told from the samples at hand is NaN (a percentile of no
 * samples, a deviation of one).
 */
#ifndef SMALLFIO_REPORT_H
#define SMALLFIO_REPORT_H

#include "input_error.h"
#include "percentiles.h"
#include "samples.h"

enum row_level {
	LEVEL_CLUSTER, /* all hosts; only where there is more than one */
	LEVEL_HOST,    /* all threads of a host */
	LEVEL_THREAD,
};

struct summary {
	uint64_t samples;
	uint64_t min_ns, max_ns; /* 0 for no samples */
	long double mean_ns;
	long double stddev_ns;      /* of the sample: n - 1 */
	long double dev_percent;    /* stddev over mean, in percent */
	long double *percentile_ns; /* in the order of report->percentiles */
};

struct row {
	enum row_level level;
	const char *host; /* "all" for LEVEL_CLUSTER */
	/* For LEVEL_THREAD; either may be unknown, see log_name.h. */
	long thread;
	long fio_job;
	struct summary summary;
};

/* The rows of one operation in one stretch of time: cluster, hosts, threads. */
struct table {
	int64_t start_ns; /* from report->base_ns on; 0 for the whole run */
	struct row *row;
	size_t rows;
	long double *percentiles_ns; /* memory behind the rows' percentiles */
};

struct operation {
	const char *name;
	const char *latency; /* clat, lat, slat; response (smallfile's) */
	size_t hosts, threads;
	struct table whole;
	struct table
		*interval; /* in order of time; empty ones are there, too */
	size_t intervals;
};

struct report {
	struct percentiles percentiles;
	int64_t interval_ns; /* 0: no intervals */
	int64_t base_ns;     /* start of interval 0: 0, or time since 1970 */
	size_t logs;
	uint64_t samples;
	struct operation *operation; /* by name */
	size_t operations;
};

/*
 * Computes all statistics of `list`, which load() has filled. Every level and
 * interval is computed from its samples, never from other statistics. The
 * caller sets percentiles, interval_ns, base_ns and logs before, and
 * keeps `list` as long as the report. 0 or -ENOMEM; freed in any case with
 * report_free().
 */
int report_build(struct report *report, const struct series_list *list);

void report_free(struct report *report);

#endif
