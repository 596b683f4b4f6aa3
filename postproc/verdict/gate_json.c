// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict as JSON (schema/gate-1.schema.json). Values are in the unit that
 * "unit" names.
 */
#include "util/json_out.h"
#include "verdict/gate_format.h"

static const char *const state_names[] = {
	[GATE_PASS] = "pass",
	[GATE_INCONCLUSIVE] = "inconclusive",
	[GATE_TOO_LITTLE] = "too_little_data",
	[GATE_RED] = "red",
	[GATE_ABSENT] = "absent",
};

/* Writes a number; null for an infinite bound, as JSON has no infinity. */
static void number(struct json_out *json, const char *key,
		   const struct gate_check *check, double value)
{
	json_out_number(json, key,
			metric_round(check->metric.row->unit, value));
}

static void write_comparison(struct json_out *json,
			     const struct gate_check *check)
{
	const struct comparison *c = &check->comparison;

	json_out_open(json, "comparison", '{');
	json_out_int(json, "baseline_runs", (int64_t)c->baselines);
	json_out_int(json, "current_runs", (int64_t)c->currents);
	number(json, "baseline_median", check, c->baseline_median);
	number(json, "current_median", check, c->current_median);
	json_out_real(json, "change", c->change);
	json_out_real(json, "change_low", c->change_low);
	json_out_real(json, "change_high", c->change_high);
	json_out_real(json, "threshold", c->threshold);
	json_out_real(json, "noise", c->noise);
	json_out_real(json, "p_slower", c->p_slower);
	json_out_real(json, "p_slower_corrected", check->p_corrected);
	json_out_real(json, "p_faster", c->p_faster);
	json_out_real(json, "p_faster_corrected", check->p_faster_corrected);
	json_out_real(json, "p_within", c->p_within);
	json_out_int(json, "runs_to_decide", (int64_t)c->runs_to_decide);
	json_out_close(json, '}');
}

static void write_check(struct json_out *json, const struct gate_check *c)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "kind", c->is_limit ? "limit" : "comparison");
	json_out_string(json, "state", state_names[c->state]);
	json_out_string(json, "verdict", gate_check_verdict(c));
	json_out_string(json, "operation", c->operation);
	json_out_string(json, "host", c->host);
	json_out_string(json, "against", c->against);
	json_out_string(json, "metric", c->metric.name);
	json_out_string(json, "unit", metric_unit_name(c->metric.row->unit));
	json_out_string(json, "reason", c->reason);
	if (c->is_limit) {
		json_out_string(json, "rule", c->rule);
		json_out_string(json, "run", c->run);
		number(json, "limit", c, c->limit);
		if (c->has_value)
			number(json, "value", c, c->value);
		else
			json_out_null(json, "value");
	} else if (c->has_comparison) {
		write_comparison(json, c);
	}
	json_out_close(json, '}');
}

int gate_format_json(FILE *out, const struct gate *gate)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", "smallfio-gate-1");
	json_out_string(&json, "state", state_names[gate_state(gate)]);
	json_out_int(&json, "exit_code", gate_exit_code(gate));
	json_out_string(&json, "title", gate->options->title);
	if (gate->options->seed)
		json_out_int(&json, "seed", (int64_t)gate->options->seed);
	else
		json_out_null(&json, "seed");
	json_out_real(&json, "alpha", gate->options->alpha);
	json_out_real(&json, "threshold", gate->options->threshold);
	json_out_open(&json, "checks", '[');
	for (size_t i = 0; i < gate->count; i++)
		write_check(&json, &gate->check[i]);
	json_out_close(&json, ']');
	json_out_notes(&json, "notes", &gate->notes);
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
