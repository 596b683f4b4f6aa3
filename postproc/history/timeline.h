/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A metric of an operation over the runs of a history, and where it changed.
 * Only runs that are alike make a line: those of another fingerprint are
 * another line.
 */
#ifndef SMALLFIO_TIMELINE_H
#define SMALLFIO_TIMELINE_H

#include "run/metrics.h"
#include "run/run_summary.h"

struct timeline_point {
	const struct run_summary *run; /* borrowed */
	/* Else the run cannot tell the metric, or did not come to its end. */
	bool known;
	double value;
	bool changed; /* another level begins here (changepoint.h) */
};

struct timeline {
	char *operation;
	struct metric metric;
	uint64_t fingerprint;
	struct timeline_point *point; /* the oldest first */
	size_t count;
};

struct timelines {
	struct timeline *line;
	size_t count;
};

/*
 * Builds the lines of all operations, or of one (NULL: all), in the order in
 * which they begin. Change points are looked for in the last
 * CHANGEPOINT_VALUES_MAX points of each. 0 or -ENOMEM; free in any case.
 */
int timelines_build(struct timelines *lines, const struct run_summaries *runs,
		    const struct metric *metrics, size_t count,
		    const char *operation);

void timelines_free(struct timelines *lines);

/* "2026-01-31 23:59:59" in UTC; `out` holds TIMELINE_TIME_MAX bytes. */
#define TIMELINE_TIME_MAX 32
const char *timeline_time(char *out, int64_t ms);

int timeline_text(FILE *out, const struct timelines *lines);
int timeline_csv(FILE *out, const struct timelines *lines);
int timeline_json(FILE *out, const struct timelines *lines);

#endif
