// SPDX-License-Identifier: GPL-2.0-only
/* Statistics as points. Percentiles of too few samples are left out. */
#include <errno.h>

#include "format/format.h"

static void add_row(struct points *points, const struct stats_report *report,
		    const struct operation_stats *operation,
		    const struct stats_row *row)
{
	const struct latency_summary *s = &row->summary;
	struct point *point = points_add(points, operation->name);

	point->host = row->level == LEVEL_CLUSTER ? "all" : row->host;
	if (row->level == LEVEL_THREAD)
		point->thread = row->thread;
	point->latency = operation->latency;
	point->count = s->samples;
	point->whole = row == operation->whole.row;
	points_put(points, FIGURE_SAMPLES, (double)s->samples);
	points_put(points, FIGURE_MIN, (double)latency_summary_min_ns(s));
	points_put(points, FIGURE_MEAN, (double)s->mean_ns);
	points_put(points, FIGURE_STDDEV, (double)s->stddev_ns);
	for (size_t i = 0; i < report->percentiles.count; i++)
		if (percentile_has_enough(&report->percentiles.p[i],
					  s->samples))
			points_put_percentile(
				points, report->percentiles.p[i].name,
				(double)s->percentile[i].value_ns);
	points_put(points, FIGURE_MAX, (double)latency_summary_max_ns(s));
	points_put(points, FIGURE_FAIRNESS, (double)row->fairness);
}

int stats_points(struct points *points, const struct stats_report *report)
{
	for (size_t i = 0; i < report->operations; i++) {
		const struct operation_stats *o = &report->operation[i];

		for (size_t k = 0; k < o->whole.rows; k++) {
			const struct stats_row *row = &o->whole.row[k];

			/* Without a number it could not be told apart. */
			if (row->level != LEVEL_THREAD ||
			    row->thread != LOG_THREAD_UNKNOWN)
				add_row(points, report, o, row);
		}
	}
	return points->no_memory ? -ENOMEM : 0;
}
