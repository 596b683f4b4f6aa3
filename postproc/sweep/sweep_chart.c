// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report/svg.h"
#include "sweep/sweep_chart.h"

static int add_percentile(struct chart *chart, const struct sweep *sweep,
			  size_t place, bool service)
{
	const struct percentile *p =
		&sweep->step[0].response.percentiles.p[place];
	struct chart_line *line;
	char name[64];

	snprintf(name, sizeof(name), "%sp%s", service ? "service " : "",
		 p->name);
	line = chart_add_line(chart, name, (unsigned int)place, sweep->steps);
	if (!line)
		return -ENOMEM;
	line->dashed = service;
	line->x = calloc(sweep->steps, sizeof(*line->x));
	if (!line->x)
		return -ENOMEM;
	for (size_t i = 0; i < sweep->steps; i++) {
		const struct sweep_step *step = &sweep->step[i];
		const struct phase_latency *l =
			service ? &step->service : &step->response;

		line->x[i] = (double)step->pace.asked_per_s;
		/* A logarithmic scale has no 0. */
		line->y[i] =
			isnan(l->value[place].value_ns)
				? NAN
				: fmax((double)l->value[place].value_ns, 1);
	}
	return 0;
}

static int build(struct chart *chart, const struct sweep *sweep)
{
	int ret = 0;

	chart->x = CHART_RATE;
	chart->y = CHART_LATENCY;
	chart->unit = sweep->unit;
	if (sweep->steps < 2)
		return -ENODATA;
	if (asprintf(&chart->title,
		     "%s: response and service times by %s/s asked for",
		     sweep->job, sweep->unit) < 0) {
		chart->title = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < 2 * PHASE_PERCENTILES && !ret; i++)
		ret = add_percentile(chart, sweep, i / 2, i % 2);
	return ret ? ret : chart_finish(chart);
}

int sweep_draw(FILE *out, const struct sweep *sweep)
{
	struct chart chart = { 0 };
	int ret = build(&chart, sweep);

	if (!ret)
		svg_alone(out, &chart, NULL, SWEEP_WIDTH, SWEEP_HEIGHT);
	chart_free(&chart);
	return ret;
}
