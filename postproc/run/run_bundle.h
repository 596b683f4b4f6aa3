/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything about one run, for a report: figures and fingerprint
 * (run_summary.h), rates and validity (result.h), and, with logs, operations
 * over time (time_series.h).
 */
#ifndef SMALLFIO_RUN_BUNDLE_H
#define SMALLFIO_RUN_BUNDLE_H

#include "run/result.h"
#include "run/run_files.h"
#include "run/run_summary.h"
#include "stats/time_series.h"

struct run_bundle {
	char *about; /* what a soak is, in a sentence or two; NULL: a run */
	/* If not NULL, called now and then while files are read: bytes. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
	struct run_summaries runs; /* has one run */
	/* All runs of the same thing, with this one; empty: only this one. */
	struct run_summaries samples;
	struct run_files files;
	struct host_list hosts; /* that fio was given, if the run says so */
	struct log_times_list times;
	struct result result;
	struct time_series_list time_series;
	struct notes notes;
	struct input_error error;
};

/*
 * Reads the run at `path`. `interval_ns` 0: chooses a length that fits. The
 * owner zeroes *bundle first, and frees it in any case. Returns 0, or -errno
 * with bundle->error filled in.
 */
int run_bundle_read(struct run_bundle *bundle, const char *path,
		    int64_t interval_ns);

/* The same, but fills in only the time series. `interval_ns` is not 0. */
int run_bundle_read_over_time(struct run_bundle *bundle, const char *path,
			      int64_t interval_ns);

/*
 * Reads the first of several runs of the same thing, and the figures of all,
 * from a directory of them (run_summaries_read_samples()). A path that is one
 * run is read as that. All else is as with run_bundle_read().
 */
int run_bundle_read_samples(struct run_bundle *bundle, const char *path);

/*
 * The time series of an operation: that of the logs with its name. Where the
 * run has only one operation and logs of only one name, these belong together,
 * too. NULL: there is none.
 */
const struct time_series *
run_bundle_time_series(const struct run_bundle *bundle, const char *operation);

/* Whether a time series belongs to no operation of the run. */
bool run_bundle_is_left_over(const struct run_bundle *bundle,
			     const struct time_series *over_time);

void run_bundle_free(struct run_bundle *bundle);

#endif
