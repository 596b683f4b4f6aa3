/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of a set of logs and results, ready for a format to print.
 * Latencies are in ns. A figure that cannot be told is NaN; see
 * latency_summary.h.
 */
#ifndef SMALLFIO_STATS_REPORT_H
#define SMALLFIO_STATS_REPORT_H

#include "stats/fairness.h"
#include "stats/series.h"
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
	/* Only for LEVEL_THREAD. Either may be unknown; see log_name.h. */
	long thread;
	long fio_job;
	struct latency_summary summary;
	/* Since the operation's start; not known of intervals. */
	struct pauses pauses;
	/* Jain's index of the row's threads. NaN for a thread, in intervals. */
	long double fairness;
	/* Rank among all threads, or hosts. 1 is the slowest; 0: unknown. */
	size_t slowness;
	/* Only for LEVEL_THREAD. NaN: unknown, also in intervals. */
	long double median_ns, score;
	bool outlier;
};

/* The rows of one operation in one stretch of time: cluster, hosts, threads. */
struct stats_table {
	int64_t start_ns; /* from the job's start, or since 1970 */
	struct stats_row *row;
	size_t rows;
	struct bounded *percentile; /* memory that row->summary points to */
};

/* Where the statistics of an operation come from. */
enum stats_origin {
	FROM_SAMPLES,    /* logs: exact */
	FROM_HISTOGRAMS, /* JSON+, histogram logs: with bounds */
	FROM_FIO,        /* JSON: each thread has the percentiles fio printed */
	FROM_FIGURES,    /* JSON: percentiles of some threads, or none */
};

/* The name of an origin: "samples", "histograms", "fio" or "figures". */
const char *stats_origin_name(enum stats_origin source);

struct operation_stats {
	const char *name;
	const char *latency; /* clat, lat, slat; response for smallfile's */
	enum stats_origin source;
	size_t hosts, threads;   /* rows of threads, which may be groups */
	uint64_t threads_in_all; /* threads, those in groups counted singly */
	bool grouped;            /* some rows of threads are groups */
	/* Jain's index; NaN for fewer than two, see fairness.h. */
	long double fairness_threads, fairness_hosts;
	long double median_ns; /* median of the threads' medians, or NaN */
	size_t outliers;
	/* Rows of `whole`, beginning with the slowest. */
	const struct stats_row *slowest_thread[SLOWEST_MAX];
	const struct stats_row *slowest_host[SLOWEST_MAX];
	size_t slowest_threads, slowest_hosts;
	struct stats_table whole;
	/* In order of time, with empty intervals. */
	struct stats_table *interval;
	size_t intervals;
};

struct stats_report {
	struct percentiles percentiles;
	bool verbose;        /* text has all hosts and threads */
	int64_t interval_ns; /* 0: no intervals */
	size_t logs;         /* number of logs and results */
	uint64_t samples;
	/* In the order of the series. */
	struct operation_stats *operation;
	size_t operations;
};

/*
 * Computes all statistics of the series, which are ordered as in the run. Every
 * level and interval is computed from its samples or histograms, never from
 * other statistics. The caller sets percentiles, interval_ns and logs before,
 * and keeps the series as long as the report. Returns 0 or -ENOMEM. The caller
 * calls stats_report_free() in either case.
 */
int stats_report_build(struct stats_report *report,
		       const struct series_list *list);

void stats_report_free(struct stats_report *report);

#endif
