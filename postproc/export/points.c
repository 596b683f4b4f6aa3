// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/points.h"
#include "util/array.h"

#define MIB 1048576.0
#define NS  1e-9

const struct figure_row figure_rows[FIGURES] = {
	[FIGURE_FILES_PER_S] = { "files/s", "files_per_s", "files_per_second",
				 "Files done per second.", 1, 1, false },
	[FIGURE_RECORDS_PER_S] = { "IOPS", "records_per_s",
				   "records_per_second",
				   "Records read or written per second.", 1, 1,
				   false },
	[FIGURE_MIB_PER_S] = { "MiB/s", "mib_per_s", "bytes_per_second",
			       "Bytes moved per second.", MIB, 1, false },
	[FIGURE_FILES] = { "files", "files", "files", "Files done.", 1, 0,
			   true },
	[FIGURE_ERRORS] = { "errors", "errors", "errors",
			    "Operations that failed.", 1, 0, true },
	[FIGURE_DONE_PERCENT] = { "done", "done_percent", "done_ratio",
				  "Share of the files asked for that was done.",
				  0.01, 0, false },
	[FIGURE_ELAPSED] = { "elapsed", "elapsed_ns", "elapsed_seconds",
			     "Time that the slowest thread took.", NS, 0,
			     true },
	[FIGURE_SAMPLES] = { "samples", "samples", "samples",
			     "Latencies that the statistics are of.", 1, 0,
			     true },
	[FIGURE_MIN] = { "min", "min_ns", "latency_min_seconds",
			 "Shortest latency.", NS, -1, true },
	[FIGURE_MEAN] = { "mean", "mean_ns", "latency_mean_seconds",
			  "Mean latency.", NS, -1, true },
	[FIGURE_STDDEV] = { "stddev", "stddev_ns", "latency_stddev_seconds",
			    "Sample standard deviation of latencies.", NS, -1,
			    true },
	[FIGURE_PERCENTILE] = { "p", "p", "latency_percentile_seconds",
				"Percentile of latencies.", NS, -1, true },
	[FIGURE_MAX] = { "max", "max_ns", "latency_max_seconds",
			 "Longest latency.", NS, -1, true },
	[FIGURE_FAIRNESS] = { "fairness", "fairness", "fairness_ratio",
			      "Jain's index of the threads' rates.", 1, 1,
			      false },
	[FIGURE_VALID] = { "valid", "valid", "valid",
			   "1 if the figures can be trusted, else 0.", 1, 0,
			   true },
	[FIGURE_CHANGE] = { "change", "change", "change_ratio",
			    "Value over that of the first side, less 1.", 1, 0,
			    false },
	[FIGURE_CHANGE_LOW] = { "change_low", "change_low", "change_low_ratio",
				"Lower bound of the change.", 1, 0, false },
	[FIGURE_CHANGE_HIGH] = { "change_high", "change_high",
				 "change_high_ratio",
				 "Upper bound of the change.", 1, 0, false },
};

struct point *points_add(struct points *points, const char *operation)
{
	static _Thread_local struct point nothing;
	struct point *point = array_add(&points->point, &points->count);

	if (!point) {
		points->no_memory = true;
		return &nothing;
	}
	point->operation = operation;
	point->thread = POINT_ALL;
	return point;
}

void points_put_spread(struct points *points, enum figure figure,
		       const char *percentile, double value, double spread)
{
	struct point *last =
		points->count ? &points->point[points->count - 1] : NULL;
	struct point_value *added;

	if (!isfinite(value) || !last)
		return;
	added = array_add(&last->value, &last->values);
	if (added)
		*added = (struct point_value){ figure, percentile, value,
					       spread };
	else
		points->no_memory = true;
}

void points_put(struct points *points, enum figure figure, double value)
{
	points_put_spread(points, figure, NULL, value, NAN);
}

void points_put_percentile(struct points *points, const char *percentile,
			   double ns)
{
	points_put_spread(points, FIGURE_PERCENTILE, percentile, ns, NAN);
}

const char *point_label(const struct point *point, size_t i, const char **name,
			char *number)
{
	static const char *const names[POINT_LABELS] = {
		"operation", "host", "thread", "latency", "side", "metric",
	};
	const char *const values[POINT_LABELS] = {
		point->operation, point->host, NULL,
		point->latency,   point->side, point->metric,
	};

	*name = names[i];
	if (i != 2 || !point->host)
		return values[i];
	if (point->thread == POINT_ALL)
		return "all";
	snprintf(number, POINT_NUMBER_MAX, "%ld", point->thread);
	return number;
}

const char *point_value_name(char *out, const struct point_value *value,
			     const char *name, const char *ending)
{
	if (value->figure == FIGURE_PERCENTILE)
		snprintf(out, POINT_NAME_MAX, "p%s%s", value->percentile,
			 ending);
	else
		snprintf(out, POINT_NAME_MAX, "%s", name);
	return out;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->count; i++)
		free(points->point[i].value);
	free(points->point);
	points->point = NULL;
	points->count = 0;
}
