// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "util/field.h"
#include "util/json_out.h"
#include "util/shown.h"
#include "sweep/sweep.h"

#define SCHEMA   "smallfio-sweep-1"
#define NS_PER_S 1e9L
#define RATE     11
#define LATENCY  10

void sweep_text_head(FILE *out, const struct sweep *sweep)
{
	char rate[FIELD_MAX];

	fprintf(out,
		"%s: response times, from when an operation was due; %llu "
		"thread%s, %g s at each rate\n",
		shown(sweep->job), (unsigned long long)sweep->threads,
		sweep->threads == 1 ? "" : "s", sweep->seconds);
	snprintf(rate, sizeof(rate), "%s/s", sweep->unit);
	field_right(out, RATE, rate);
	field_right(out, RATE, "reached");
	field_right(out, LATENCY, "p50");
	field_right(out, LATENCY, "p99");
	field_right(out, LATENCY, "p99.9");
	fputc('\n', out);
}

/* Says whether a step is good enough, or why not. */
static void write_verdict(FILE *out, const struct sweep *sweep,
			  const struct sweep_step *step)
{
	if (step->invalid)
		fprintf(out, "NOT VALID: %s", shown(step->invalid));
	else if (!step->pace.kept && step->pace.behind)
		fprintf(out, "did not keep up: %llu were due and had not begun",
			(unsigned long long)step->pace.behind);
	else if (!step->pace.kept)
		fputs("did not keep up", out);
	else if (sweep_is_unknown(sweep, step))
		fprintf(out, "too few for %s", sweep->limit->metric.name);
	else if (!sweep->limit)
		fputs("kept up", out);
	else
		fputs(sweep_holds(sweep, step) ? "holds" : "does not hold",
		      out);
}

void sweep_text_step(FILE *out, const struct sweep *sweep,
		     const struct sweep_step *step)
{
	field_rate(out, RATE, step->pace.asked_per_s);
	field_rate(out, RATE, step->pace.reached_per_s);
	for (size_t i = 0; i < PHASE_PERCENTILES; i++)
		field_seconds(out, LATENCY,
			      step->response.value[i].value_ns / NS_PER_S);
	fputs("  ", out);
	write_verdict(out, sweep, step);
	fputc('\n', out);
}

/* Whether a rate above the highest is good enough all the same. */
static bool is_uneven(const struct sweep *sweep, const struct sweep_step *best)
{
	size_t i = best ? (size_t)(best - sweep->step) + 1 : 0;

	while (i < sweep->steps && !sweep_holds(sweep, &sweep->step[i]))
		i++;
	return i < sweep->steps;
}

void sweep_text_end(FILE *out, const struct sweep *sweep)
{
	const struct sweep_step *best = sweep_highest(sweep);
	const char *what =
		sweep->limit ? sweep->limit->text : "the system keeps up";

	if (sweep->interrupted)
		fputs("interrupted: not all rates were done\n", out);
	if (!sweep->steps)
		return;
	if (!best && sweep_is_unknown(sweep, &sweep->step[0])) {
		fprintf(out,
			"%s: too few operations to tell; longer --seconds do\n",
			what);
	} else if (!best) {
		fprintf(out, "%s: not even at %.6Lg %s/s\n", what,
			sweep->step[0].pace.asked_per_s, sweep->unit);
	} else {
		fprintf(out, "%s: up to %.6Lg %s/s", what,
			best->pace.asked_per_s, sweep->unit);
		if (sweep->threads > 1)
			fprintf(out, ", %llu of each thread",
				(unsigned long long)best->rate);
		if (best == &sweep->step[sweep->steps - 1])
			fputs(", the highest rate that was tried", out);
		fputc('\n', out);
	}
	if (is_uneven(sweep, best))
		fputs("a higher rate was good enough again: chance decides "
		      "here, and longer --seconds tell more\n",
		      out);
}

static void write_latency(struct json_out *json, const char *key,
			  const struct phase_latency *latency)
{
	json_out_open(json, key, '{');
	json_out_int(json, "samples", (int64_t)latency->samples);
	for (size_t i = 0; i < PHASE_PERCENTILES; i++) {
		char name[PERCENTILE_NAME_MAX + 8];

		snprintf(name, sizeof(name), "p%s_ns",
			 latency->percentiles.p[i].name);
		json_out_whole(json, name, latency->value[i].value_ns);
	}
	json_out_close(json, '}');
}

static void write_step(struct json_out *json, const struct sweep *sweep,
		       const struct sweep_step *step)
{
	json_out_open(json, NULL, '{');
	json_out_int(json, "rate_of_thread", (int64_t)step->rate);
	json_out_real(json, "asked_units_per_s", step->pace.asked_per_s);
	json_out_real(json, "reached_units_per_s", step->pace.reached_per_s);
	json_out_bool(json, "kept", step->pace.kept);
	json_out_int(json, "behind", (int64_t)step->pace.behind);
	json_out_int(json, "units", (int64_t)step->units);
	json_out_int(json, "errors", (int64_t)step->errors);
	json_out_string(json, "invalid", step->invalid);
	json_out_bool(json, "holds", sweep_holds(sweep, step));
	write_latency(json, "response", &step->response);
	write_latency(json, "service", &step->service);
	json_out_close(json, '}');
}

int sweep_json(FILE *out, const struct sweep *sweep)
{
	const struct sweep_step *best = sweep_highest(sweep);
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", SCHEMA);
	json_out_string(&json, "smallfio", SMALLFIO_VERSION);
	json_out_string(&json, "job", sweep->job);
	json_out_string(&json, "operation", sweep->operation);
	json_out_string(&json, "unit", sweep->unit);
	json_out_int(&json, "threads", (int64_t)sweep->threads);
	json_out_number(&json, "seconds", sweep->seconds);
	json_out_string(&json, "limit",
			sweep->limit ? sweep->limit->text : NULL);
	json_out_bool(&json, "interrupted", sweep->interrupted);
	json_out_real(&json, "highest_units_per_s",
		      best ? best->pace.asked_per_s : NAN);
	json_out_open(&json, "steps", '[');
	for (size_t i = 0; i < sweep->steps; i++)
		write_step(&json, sweep, &sweep->step[i]);
	json_out_close(&json, ']');
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
