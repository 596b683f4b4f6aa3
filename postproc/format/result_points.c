// SPDX-License-Identifier: GPL-2.0-only
/* The result of a run as points, with the time at which the run ended. */
#include <errno.h>
#include <math.h>

#include "format/phase_latency.h"
#include "format/result_format.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  1e9L

static void add_part(struct points *points, const struct result_page *page,
		     const struct phase *phase, const struct part *part)
{
	struct point *point = points_add(points, phase->job);

	point->host = part->host ? part->host : "all";
	point->thread = part->thread;
	point->time_ns = page->run->timestamp_ms * NS_PER_MS;
	point->count = part->units;
	point->whole = part == &phase->cluster;
	points_put(points, FIGURE_FILES_PER_S, (double)part->whole.units_per_s);
	points_put(points, FIGURE_RECORDS_PER_S,
		   (double)part->whole.records_per_s);
	points_put(points, FIGURE_MIB_PER_S, (double)part->whole.mib_per_s);
	points_put(points, FIGURE_FILES, (double)part->units);
	points_put(points, FIGURE_ERRORS, (double)part->errors);
	points_put(points, FIGURE_DONE_PERCENT,
		   (double)part_done_percent(part));
	points_put(points, FIGURE_ELAPSED,
		   (double)(part->elapsed_s * NS_PER_S));
}

/* Adds the percentiles and the verdict to the point of all threads. */
static int add_whole(struct points *points, const struct result_page *page,
		     const struct phase *phase)
{
	/* Names of percentiles must stay as long as the points. */
	static const char *const names[PHASE_PERCENTILES] = { "50", "99",
							      "99.9" };
	struct phase_latency latency;
	int ret = phase_latency_build(&latency, page->run, phase, FIO_CLAT);

	add_part(points, page, phase, &phase->cluster);
	for (size_t i = 0; i < PHASE_PERCENTILES && !ret; i++)
		points_put_percentile(points, names[i],
				      (double)latency.value[i].value_ns);
	points_put(points, FIGURE_VALID,
		   !phase->invalid && !phase->too_small && !phase->too_short);
	return ret;
}

int result_points(struct points *points, const struct result_page *page)
{
	int ret = 0;

	for (size_t i = 0; i < page->result->phases && !ret; i++) {
		const struct phase *phase = &page->result->phase[i];

		ret = add_whole(points, page, phase);
		for (size_t k = 0; k < phase->hosts; k++)
			add_part(points, page, phase, &phase->host[k]);
		/* A group of threads could not be told from its host. */
		for (size_t k = 0; k < phase->threads; k++)
			if (phase->thread[k].thread >= 0)
				add_part(points, page, phase,
					 &phase->thread[k]);
	}
	return points->no_memory ? -ENOMEM : ret;
}
