// SPDX-License-Identifier: GPL-2.0-only
/* The result of a run as points, with the time at which the run ended. */
#include <errno.h>
#include <math.h>

#include "format/phase_latency.h"
#include "format/result_format.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  1e9L

static void add_scope(struct points *points, const struct result_page *page,
		      const struct phase *phase, const struct scope *scope)
{
	struct point *point = points_add(points, phase->job);

	point->host = scope->host ? scope->host : "all";
	point->thread = scope->thread;
	point->time_ns = page->run->timestamp_ms * NS_PER_MS;
	point->count = scope->units;
	point->whole = scope == &phase->cluster;
	points_put(points, FIGURE_FILES_PER_S,
		   (double)scope->whole.units_per_s);
	points_put(points, FIGURE_RECORDS_PER_S,
		   (double)scope->whole.records_per_s);
	points_put(points, FIGURE_MIB_PER_S, (double)scope->whole.mib_per_s);
	points_put(points, FIGURE_FILES, (double)scope->units);
	points_put(points, FIGURE_ERRORS, (double)scope->errors);
	points_put(points, FIGURE_DONE_PERCENT,
		   (double)scope_done_percent(scope));
	points_put(points, FIGURE_ELAPSED,
		   (double)(scope->elapsed_s * NS_PER_S));
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

	add_scope(points, page, phase, &phase->cluster);
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
			add_scope(points, page, phase, &phase->host[k]);
		/* A group of threads could not be told from its host. */
		for (size_t k = 0; k < phase->threads; k++)
			if (phase->thread[k].thread >= 0)
				add_scope(points, page, phase,
					  &phase->thread[k]);
	}
	return points->no_memory ? -ENOMEM : ret;
}
