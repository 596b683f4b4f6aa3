/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of a set of logs and results, ready for a format to print.
 * Latencies in ns; what cannot be told is NaN, see
 * latency_summary.h.
 */
#ifndef SMALLFIO_STATS_REPORT_H
#define SMALLFIO_STATS_REPORT_H

#include "stats/fairness.h"
#include "run/stat_source.h"
#include "stats/percentiles.h"
#include "run/latency_summary.h"

enum row_level {
	LEVEL_CLUSTER, /* all hosts; only where there is more than one */
	LEVEL_HOST,    /* all threads of a host */
	LEVEL_THREAD,
};

struct stats_row {
	enum row_level level;
	const char *host; /* "all" for LEVEL_CLUSTER */
	/* For LEVEL_THREAD; either may be unknown, see log_name.h. */
	long thread;
	long fio_job;
	struct latency_summary summary;
	/* Of the threads in it; NaN for a thread and in intervals. */
	long double fairness;
	/* Among all threads, or hosts, from the slowest, 1; 0: unknown. */
	size_t slowness;
	/* For LEVEL_THREAD; NaN: unknown, and in intervals. */
	long double median_ns, score;
	bool outlier;
};

/* The rows of one operation in one stretch of time: cluster, hosts, threads. */
struct stats_table {
	int64_t start_ns; /* from the job's start, or since 1970 */
	struct stats_row *row;
	size_t rows;
	struct bounded *percentile; /* memory behind the rows' percentiles */
};

/* Where the statistics of an operation come from. */
enum stats_origin {
	FROM_SAMPLES,    /* logs: exact */
	FROM_HISTOGRAMS, /* JSON+, histogram logs: with bounds */
	FROM_FIO,        /* JSON: of single threads what fio itself printed */
	FROM_FIGURES,    /* JSON: no percentiles, but for some threads */
};

/* "samples", "histograms", "fio", "figures" */
const char *stats_origin_name(enum stats_origin source);

struct operation_stats {
	const char *name;
	const char *latency; /* clat, lat, slat; response (smallfile's) */
	enum stats_origin source;
	size_t hosts, threads; /* rows of threads, which may be groups */
	uint64_t threads_in_all;
	bool grouped; /* some of the threads are groups of them */
	/* Jain's index; NaN for fewer than two, see fairness.h. */
	long double fairness_threads, fairness_hosts;
	long double median_ns; /* of the threads' medians; NaN: unknown */
	size_t outliers;
	/* Rows of `whole`, from the slowest on. */
	const struct stats_row *slowest_thread[SLOWEST_MAX];
	const struct stats_row *slowest_host[SLOWEST_MAX];
	size_t slowest_threads, slowest_hosts;
	struct stats_table whole;
	struct stats_table
		*interval; /* in order of time; empty ones are there, too */
	size_t intervals;
};

struct stats_report {
	struct percentiles percentiles;
	int64_t interval_ns; /* 0: no intervals */
	size_t logs;         /* and results */
	uint64_t samples;
	struct operation_stats *operation; /* by name */
	size_t operations;
};

/*
 * Computes all statistics of the leaves, which stat_sources_order() has
 * ordered. Every level and interval is computed from its samples or histograms,
 * never from other statistics. The caller sets percentiles, interval_ns and
 * logs before, and keeps the leaves as long as the report. 0 or -ENOMEM; freed
 * in any case with stats_report_free().
 */
int stats_report_build(struct stats_report *report,
		       const struct stat_sources *leaves);

void stats_report_free(struct stats_report *report);

#endif
