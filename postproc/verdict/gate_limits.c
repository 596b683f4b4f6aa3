// SPDX-License-Identifier: GPL-2.0-only
/* Runs against rules. */
#include <errno.h>
#include <string.h>

#include "verdict/gate_parts.h"

static int judge_limit(struct gate_check *check, const struct limit *limit,
		       const struct operation_figures *figures)
{
	char value[METRIC_VALUE_MAX], bound[METRIC_VALUE_MAX];
	enum metric_unit unit = limit->metric.row->unit;
	enum metric_state state =
		metric_value(&limit->metric, figures, &check->value);
	bool holds;

	if (state != METRIC_OK)
		return gate_conclude(check, gate_state_of(state),
				     "%s of %s %s (%llu samples)",
				     limit->metric.name, check->operation,
				     metric_state_text(state),
				     (unsigned long long)figures->samples);
	check->has_value = true;
	holds = limit_holds(limit, check->value);
	metric_format_value(value, unit, check->value);
	metric_format_value(bound, unit, limit->value);
	return gate_conclude(check, holds ? GATE_PASS : GATE_RED,
			     "%s of %s is %s, %s the limit of %s",
			     limit->metric.name, check->operation, value,
			     holds ? "within" : "beyond", bound);
}

static struct gate_check *limit_check(struct gate *gate,
				      const struct limit *limit,
				      const struct run_summary *run,
				      const char *operation)
{
	struct gate_check *check =
		gate_add_check(gate, operation, limit->host, &limit->metric);

	if (!check)
		return NULL;
	check->is_limit = true;
	check->limit = limit->value;
	check->rule = strdup(limit->text);
	check->run = strdup(run->path);
	return check->rule && check->run ? check : NULL;
}

static int fail_absent(struct gate_check *check, const struct limit *limit,
		       const struct run_summary *run)
{
	char names[256] = "";
	const char *last = "";
	size_t i, used = 0;

	for (i = 0; i < run->figures.count; i++) {
		const struct operation_figures *f = &run->figures.figures[i];
		const char *name = f->operation;

		if (!strcmp(name, last) || used >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used,
					 "%s%s", used ? ", " : "", name);
		last = name;
	}
	if (*limit->host)
		return gate_conclude(
			check, GATE_ABSENT,
			"expected operation %s on host %s, the run "
			"has none; its operations: %s",
			limit->operation, limit->host, names);
	return gate_conclude(
		check, GATE_ABSENT,
		"expected operation %s, the run has none; it has %s",
		limit->operation, names);
}

static int limit_on_one(struct gate *gate, const struct limit *limit,
			const struct run_summary *run)
{
	const struct operation_figures *f =
		operation_figures_find(&run->figures, limit->operation,
				       *limit->host ? limit->host : NULL);
	struct gate_check *check =
		limit_check(gate, limit, run, limit->operation);

	if (!check)
		return -ENOMEM;
	return f ? judge_limit(check, limit, f)
		 : fail_absent(check, limit, run);
}

static int limit_on_each(struct gate *gate, const struct limit *limit,
			 const struct run_summary *run)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < run->figures.count && !ret; i++) {
		const struct operation_figures *f = &run->figures.figures[i];
		struct gate_check *check;

		if (f->host)
			continue;
		check = limit_check(gate, limit, run, f->operation);
		ret = check ? judge_limit(check, limit, f) : -ENOMEM;
	}
	return ret;
}

int gate_limits(struct gate *gate, const struct limits *limits,
		const struct run_summaries *runs)
{
	size_t i, k;
	int ret = 0;

	gate->runs = runs->count;
	for (i = 0; i < runs->count; i++) {
		for (k = 0; k < limits->count && !ret; k++) {
			const struct limit *limit = &limits->limit[k];

			ret = *limit->operation
				      ? limit_on_one(gate, limit, &runs->run[i])
				      : limit_on_each(gate, limit,
						      &runs->run[i]);
		}
	}
	return ret;
}
