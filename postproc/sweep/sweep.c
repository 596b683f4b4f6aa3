// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/shown.h"
#include "sweep/sweep.h"

/* The place of the limit's percentile among those of a step; or -1. */
static int place_of(const struct limit *limit, const struct percentiles *list)
{
	for (int i = 0; i < PHASE_PERCENTILES; i++)
		if (list->p[i].e9 == limit->metric.percentile.e9)
			return i;
	return -1;
}

int sweep_limit_parse(struct limit *limit, const char *text, char *error)
{
	struct percentiles list;
	char reason[PERCENTILES_ERROR_MAX];
	unsigned int column;

	if (limit_parse(limit, text, &column, error))
		return -EINVAL;
	percentiles_parse(&list, PHASE_PERCENTILES_LIST, reason);
	if (!*limit->operation && !*limit->host &&
	    limit->metric.row->percentile && place_of(limit, &list) >= 0 &&
	    (limit->comparison == LIMIT_LESS ||
	     limit->comparison == LIMIT_LESS_OR_EQUAL))
		return 0;
	snprintf(error, LIMIT_ERROR_MAX,
		 "expected p50, p99 or p99.9 below a time, as in \"p99 < "
		 "5ms\", found \"%.80s\"",
		 limit->text);
	return -EINVAL;
}

/* The only phase that was asked for a rate. NULL: see `error`. */
static const struct phase *find_phase(const struct result *result, char *error)
{
	const struct phase *found = NULL;

	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];

		if (!phase->asked.rate)
			continue;
		if (found) {
			snprintf(error, SWEEP_ERROR_MAX,
				 "expected one section to be measured, found "
				 "%.80s and %.80s: stats=0 and rate_iops=0 "
				 "take one out",
				 shown(found->job), shown(phase->job));
			return NULL;
		}
		found = phase;
	}
	if (!found)
		snprintf(error, SWEEP_ERROR_MAX,
			 "no section was done at a rate: rate_iops=0 in the "
			 "job file?");
	return found;
}

static int begin(struct sweep *sweep, const struct phase *phase)
{
	sweep->unit = job_unit_name(phase->asked.unit, true);
	sweep->threads = phase->cluster.threads;
	sweep->job = strdup(phase->job);
	sweep->operation = strdup(phase->operation);
	return sweep->job && sweep->operation ? 0 : -ENOMEM;
}

static int fill(struct sweep_step *step, const struct phase *phase,
		const struct result *result, const struct fio_result *run)
{
	int ret = phase_latency_build(&step->response, run, phase, FIO_LAT);

	if (!ret)
		ret = phase_latency_build(&step->service, run, phase, FIO_CLAT);
	step->pace = pace_of(phase);
	step->units = phase->cluster.units;
	step->errors = phase->cluster.errors;
	if (ret || !result->invalid.count)
		return ret;
	step->invalid = strdup(result->invalid.text[0]);
	return step->invalid ? 0 : -ENOMEM;
}

int sweep_add(struct sweep *sweep, uint64_t rate, const struct result *result,
	      const struct fio_result *run, char *error)
{
	const struct phase *phase = find_phase(result, error);
	struct sweep_step *step;

	if (!phase)
		return -EINVAL;
	if (phase->asked.rate != rate || !phase->asked.scheduled) {
		snprintf(error, SWEEP_ERROR_MAX,
			 "%.80s was done at %llu a second and thread, and not "
			 "at %llu: the job file sets rate_iops= or "
			 "latency_from= itself",
			 shown(phase->job),
			 (unsigned long long)phase->asked.rate,
			 (unsigned long long)rate);
		return -EINVAL;
	}
	if (!sweep->job && begin(sweep, phase))
		return -ENOMEM;
	step = array_add(&sweep->step, &sweep->steps);
	if (!step)
		return -ENOMEM;
	step->rate = rate;
	return fill(step, phase, result, run);
}

double sweep_judged_ns(const struct sweep *sweep, const struct sweep_step *step)
{
	int place = place_of(sweep->limit, &step->response.percentiles);

	return (double)step->response.value[place].value_ns;
}

bool sweep_holds(const struct sweep *sweep, const struct sweep_step *step)
{
	double ns;

	if (step->invalid || !step->pace.kept)
		return false;
	if (!sweep->limit)
		return true;
	ns = sweep_judged_ns(sweep, step);
	return !isnan(ns) && limit_holds(sweep->limit, ns);
}

const struct sweep_step *sweep_highest(const struct sweep *sweep)
{
	const struct sweep_step *best = NULL;

	for (size_t i = 0; i < sweep->steps; i++) {
		const struct sweep_step *step = &sweep->step[i];

		if (sweep_holds(sweep, step))
			best = step;
		else if (!sweep_is_unknown(sweep, step))
			break;
	}
	return best;
}

bool sweep_is_unknown(const struct sweep *sweep, const struct sweep_step *step)
{
	return !step->invalid && step->pace.kept && sweep->limit &&
	       isnan(sweep_judged_ns(sweep, step));
}

void sweep_free(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->steps; i++)
		free(sweep->step[i].invalid);
	free(sweep->step);
	free(sweep->job);
	free(sweep->operation);
	memset(sweep, 0, sizeof(*sweep));
}
