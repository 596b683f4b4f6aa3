// SPDX-License-Identifier: GPL-2.0-only
/* Checks runs against rules. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "verdict/gate_parts.h"

/*
 * Whether the limit lies between the bounds of the value. Then a verdict would
 * be a guess, because nobody knows where in fio's bin the value is.
 */
static bool is_undecided(const struct limit *limit, double low, double high)
{
	if (limit_holds(limit, low) != limit_holds(limit, high))
		return true;
	return low < high && limit->value >= low && limit->value <= high &&
	       !(limit_holds(limit, low) && limit_holds(limit, high));
}

static int leave_undecided(struct gate_check *check, const struct limit *limit,
			   double low, double high)
{
	char from[METRIC_VALUE_MAX], to[METRIC_VALUE_MAX] = "no end";
	char bound[METRIC_VALUE_MAX];
	enum metric_unit unit = limit->metric.row->unit;

	metric_format_value(from, unit, low);
	if (!isinf(high))
		metric_format_value(to, unit, high);
	metric_format_value(bound, unit, limit->value);
	return gate_conclude(check, GATE_TOO_LITTLE,
			     "%s of %s is somewhere from %s to %s, which is "
			     "one bin of fio's histogram, and the limit of %s "
			     "is in the same bin: nobody can tell whether it "
			     "holds",
			     limit->metric.name, check->operation, from, to,
			     bound);
}

static int judge_limit(struct gate_check *check, const struct limit *limit,
		       const struct operation_figures *figures)
{
	char value[METRIC_VALUE_MAX], bound[METRIC_VALUE_MAX];
	enum metric_unit unit = limit->metric.row->unit;
	enum metric_state state =
		metric_value(&limit->metric, figures, &check->value);
	double low, high;
	bool holds;

	if (state != METRIC_OK)
		return gate_conclude(check, gate_state_of(state),
				     "%s of %s %s (%llu samples)",
				     limit->metric.name, check->operation,
				     metric_state_text(state),
				     (unsigned long long)figures->samples);
	check->has_value = true;
	metric_bounds(&limit->metric, figures, &low, &high);
	if (is_undecided(limit, low, high))
		return leave_undecided(check, limit, low, high);
	holds = limit_holds(limit, check->value);
	metric_format_value(value, unit, check->value);
	metric_format_value(bound, unit, limit->value);
	return gate_conclude(check, holds ? GATE_PASS : GATE_RED,
			     "%s of %s is %s%s, %s the limit of %s",
			     limit->metric.name, check->operation, value,
			     metric_is_by_fio(&limit->metric, figures)
				     ? " (as fio printed it)"
				     : "",
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
	gate_note_pauses(gate, runs);
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
