/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A timeline is a metric of an operation over the runs of a history, with the
 * runs at which the metric changed. Only runs that are alike are in one
 * timeline, as the gate compares them: what a run does not say of its
 * environment makes no difference.
 */
#ifndef SMALLFIO_TIMELINE_H
#define SMALLFIO_TIMELINE_H

#include "run/metrics.h"
#include "run/run_summary.h"

#define TIMELINE_NEAR 2
#define TIMELINE_RUNS 50 /* so many runs are looked at, if nobody says else */

struct timeline_point {
	const struct run_summary *run; /* borrowed */
	/*
	 * False: the run has no value of the metric, or did not come to its
	 * end.
	 */
	bool known;
	double value;
	bool changed; /* another level begins here (changepoint.h) */
	bool certain; /* that is no chance, also where runs are alike */
	/*
	 * Why this level is wanted, borrowed; NULL: nobody said so, or the time
	 * for which it was is over. Said of a run at most TIMELINE_NEAR points
	 * away, it counts for the change: with further runs a change may move
	 * by as much.
	 */
	const char *accepted;
};

struct timeline {
	char *operation;
	struct metric metric;
	uint64_t fingerprint;         /* of the first run */
	struct timeline_point *point; /* the oldest first; 1 or more */
	size_t count;
	bool alike; /* levels may be chance (changepoint.h) */
};

struct timelines {
	struct timeline *line;
	size_t count;
};

/*
 * Builds the timelines of an operation (NULL: of all), in the order in which
 * they begin. Looks for change points in the last CHANGEPOINT_VALUES_MAX known
 * points of each. A level counts if its median differs by `threshold`, as a
 * share, or more from that of the last level that counts, so that small steps
 * add up. Points borrow from `runs`. Returns 0 or -ENOMEM; the caller calls
 * timelines_free() in either case.
 */
int timelines_build(struct timelines *lines, const struct run_summaries *runs,
		    const struct metric *metrics, size_t count,
		    const char *operation, double threshold);

/* How many levels that are certain nobody has accepted. */
size_t timelines_unaccepted(const struct timelines *lines);

void timelines_free(struct timelines *lines);

/*
 * Writes a time in UTC, as in "2026-01-31 23:59:59", and returns `out`, which
 * must hold TIMELINE_TIME_MAX bytes.
 */
#define TIMELINE_TIME_MAX 32
const char *timeline_time(char *out, int64_t ms);

int timeline_text(FILE *out, const struct timelines *lines);
int timeline_csv(FILE *out, const struct timelines *lines);
int timeline_json(FILE *out, const struct timelines *lines);

#endif
