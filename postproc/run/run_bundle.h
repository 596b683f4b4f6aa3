/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All there is of one run, for a report: figures and fingerprint (trial.h),
 * rates and validity (result.h), and, with logs, operations over time.
 */
#ifndef SMALLFIO_RUN_BUNDLE_H
#define SMALLFIO_RUN_BUNDLE_H

#include "run/result.h"
#include "run/run_files.h"
#include "run/run_summary.h"
#include "stats/time_series.h"

struct run_bundle {
	struct run_summaries runs; /* of one */
	struct run_files files;
	struct log_times_list times;
	struct result result;
	struct time_series_list time_series;
	struct notes notes;
	struct input_error error;
};

/*
 * Reads the run at `path`. `interval_ns` 0: one that fits. `dossier` is zeroed
 * by its owner, who frees it in any case. 0 or -errno with dossier->error
 * filled in.
 */
int run_bundle_read(struct run_bundle *bundle, const char *path,
		    int64_t interval_ns);

/*
 * The logs of an operation: those of its name; or, where the run has one
 * operation and logs of one name, these. NULL: none.
 */
const struct time_series *
run_bundle_time_series(const struct run_bundle *bundle, const char *operation);

/* Logs that are of no operation by run_bundle_time_series(). */
bool run_bundle_is_left_over(const struct run_bundle *bundle,
			     const struct time_series *over_time);

void run_bundle_free(struct run_bundle *bundle);

#endif
