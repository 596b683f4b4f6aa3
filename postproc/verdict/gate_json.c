// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict as JSON (schema/gate-1.schema.json). Values are in the unit that
 * "unit" names.
 */
#include <jansson.h>
#include <math.h>

#include "util/field.h"
#include "verdict/gate_format.h"

static const char *const state_names[] = {
	[GATE_PASS] = "pass",
	[GATE_INCONCLUSIVE] = "inconclusive",
	[GATE_TOO_LITTLE] = "too_little_data",
	[GATE_RED] = "red",
	[GATE_ABSENT] = "absent",
};

/* A number; null for an infinite bound, because JSON has no infinity. */
static json_t *number(const struct gate_check *check, double value)
{
	if (!isfinite(value))
		return json_null();
	return json_real(metric_round(check->metric.row->unit, value));
}

static json_t *comparison_json(const struct gate_check *check)
{
	const struct comparison *c = &check->comparison;

	return json_pack("{sI sI so so so so so so so so so si}",
			 "baseline_runs", (json_int_t)c->baselines,
			 "current_runs", (json_int_t)c->currents,
			 "baseline_median", number(check, c->baseline_median),
			 "current_median", number(check, c->current_median),
			 "change", field_json_real(c->change), "change_low",
			 field_json_real(c->change_low), "change_high",
			 field_json_real(c->change_high), "threshold",
			 field_json_real(c->threshold), "p_slower",
			 field_json_real(c->p_slower), "p_slower_corrected",
			 field_json_real(check->p_corrected), "p_within",
			 field_json_real(c->p_within), "runs_to_decide",
			 (int)c->runs_to_decide);
}

static json_t *check_json(const struct gate_check *c)
{
	json_t *o =
		json_pack("{ss ss so so ss ss so}", "kind",
			  c->is_limit ? "limit" : "comparison", "state",
			  state_names[c->state], "operation",
			  field_json_string(c->operation), "host",
			  field_json_string(c->host), "metric", c->metric.name,
			  "unit", metric_unit_name(c->metric.row->unit),
			  "reason", field_json_string(c->reason));

	if (c->is_limit) {
		field_json_put(&o, "rule", field_json_string(c->rule));
		field_json_put(&o, "run", field_json_string(c->run));
		field_json_put(&o, "limit", number(c, c->limit));
		field_json_put(&o, "value",
			       c->has_value ? number(c, c->value)
					    : json_null());
	} else if (c->has_comparison) {
		field_json_put(&o, "comparison", comparison_json(c));
	}
	return o;
}

int gate_format_json(FILE *out, const struct gate *gate)
{
	json_t *checks = json_array(), *notes = json_array(), *root;
	size_t i;

	for (i = 0; i < gate->count; i++)
		field_json_append(&checks, check_json(&gate->check[i]));
	for (i = 0; i < gate->notes.count; i++)
		field_json_append(&notes,
				  field_json_string(gate->notes.text[i]));
	root = json_pack("{ss ss si so so so so}", "schema", "smallfio-gate-1",
			 "state", state_names[gate_state(gate)], "exit_code",
			 gate_exit_code(gate), "alpha",
			 field_json_real(gate->options->alpha), "threshold",
			 field_json_real(gate->options->threshold), "checks",
			 checks, "notes", notes);
	return field_json_write(out, root, JSON_INDENT(2));
}
