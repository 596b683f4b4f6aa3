// SPDX-License-Identifier: GPL-2.0-only
/* What a comparison comes to, in words. */
#include <stdio.h>
#include <stdlib.h>

#include "verdict/gate_parts.h"

static int decide_red(struct gate_check *check, const char *change,
		      const char *threshold)
{
	const struct comparison *c = &check->comparison;

	return gate_conclude(
		check, GATE_RED,
		"%s of %s changed by %s for the worse, beyond %s; p of \"not "
		"worse at all\" is %.2g",
		check->metric.name, check->operation, change, threshold,
		check->p_corrected > c->p_slower ? check->p_corrected
						 : c->p_slower);
}

/*
 * Of runs that depend on their neighbours, a test cannot tell a change from
 * the machine's own ways.
 */
static int decide_dependent(struct gate_check *check, const char *change)
{
	return gate_conclude(
		check, GATE_INCONCLUSIVE,
		"%s of %s changed by %s for the worse, but %s: that cannot be "
		"told from a change of the machine; do the runs of both sides "
		"in turns, as smallfio ab does",
		check->metric.name, check->operation, change,
		check->dependence == DEPENDENCE_DRIFT
			? "a steady drift over all runs explains them as well"
			: "each run is like the run before it");
}

static int decide_open(const struct gate *gate, struct gate_check *check,
		       const char *change, const char *threshold)
{
	const struct comparison *c = &check->comparison;
	const char *unit = gate->options->turns ? "round" : "run";
	const char *whose = gate->options->turns ? "" : " a side";
	size_t runs = c->baselines < c->currents ? c->baselines : c->currents;
	char more[128];

	if (c->runs_to_decide)
		snprintf(more, sizeof(more),
			 "about %zu more %s%s%s would decide",
			 c->runs_to_decide - runs, unit,
			 c->runs_to_decide - runs == 1 ? "" : "s", whose);
	else
		snprintf(more, sizeof(more),
			 "more than %d %ss%s would be needed, because with "
			 "this noise the change is too near the threshold",
			 COMPARE_MORE_RUNS_MAX, unit, whose);
	if (c->past_threshold && c->p_slower <= gate->options->alpha)
		return gate_conclude(
			check, GATE_INCONCLUSIVE,
			"%s of %s changed by %s for the worse, beyond %s: "
			"alone a regression (p = %.2g), but among so many "
			"comparisons it may be chance (p = %.2g); %s",
			check->metric.name, check->operation, change, threshold,
			c->p_slower, check->p_corrected, more);
	return gate_conclude(
		check, GATE_INCONCLUSIVE,
		"%s of %s changed by %s, and the noise leaves open "
		"whether by more than %s; %s",
		check->metric.name, check->operation, change, threshold, more);
}

/*
 * An improvement is what would be a regression if the sides were swapped.
 * Nothing hangs on it, so it is said beside the other outcomes.
 */
static bool is_improved(const struct gate_check *check, double alpha)
{
	const struct comparison *c = &check->comparison;

	return check->p_faster_corrected <= alpha &&
	       -c->log_change > c->log_threshold &&
	       check->dependence == DEPENDENCE_NONE;
}

static int decide_improved(struct gate_check *check, const char *change,
			   const char *threshold)
{
	check->improved = true;
	return gate_conclude(
		check, GATE_PASS,
		"%s of %s changed by %s for the better, beyond %s; p of \"not "
		"better at all\" is %.2g",
		check->metric.name, check->operation, change, threshold,
		check->p_faster_corrected);
}

int gate_withdraw(struct gate_check *check, int runs)
{
	free(check->reason);
	return gate_conclude(
		check, GATE_INCONCLUSIVE,
		"%s of %s changed by %+.1f %% for the worse, but %d more runs "
		"of each did not confirm it",
		check->metric.name, check->operation,
		100 * check->comparison.change, runs);
}

/* The least number of runs a side at which something can be red. */
static size_t least_runs(const struct gate_options *options, size_t comparisons)
{
	double orders = 2, alpha = options->alpha;
	size_t n = 1;

	if (options->turns)
		return turns_least_rounds(alpha, comparisons);

	/*
	 * n pairs have 2^n orders, and n runs a side (2n)! / n! / n!. In one of
	 * these orders all runs of one side are slower.
	 */
	for (; orders * alpha < (double)comparisons; n++)
		orders *= options->paired
				  ? 2
				  : (double)((2 * n + 1) * (2 * n + 2)) /
					    (double)((n + 1) * (n + 1));
	return n;
}

static int decide_too_little(const struct gate *gate, struct gate_check *check,
			     size_t comparisons)
{
	const struct comparison *c = &check->comparison;
	size_t least = least_runs(gate->options, comparisons);
	const char *s = comparisons == 1 ? "" : "s";

	if (gate->options->turns)
		return gate_conclude(
			check, GATE_TOO_LITTLE,
			"%zu round%s, %zu comparison%s: so few rounds cannot "
			"tell even the largest change from chance; expected "
			"%zu rounds, or more: a longer --time",
			c->currents, c->currents == 1 ? "" : "s", comparisons,
			s, least);
	return gate_conclude(
		check, GATE_TOO_LITTLE,
		"%zu against %zu run%s, %zu comparison%s: so few runs cannot "
		"tell even the largest change from chance and from a drift of "
		"the machine; expected %zu runs a side, or more",
		c->baselines, c->currents, c->currents == 1 ? "" : "s",
		comparisons, s, least);
}

/*
 * Few runs against many may tell a change from chance, but nobody could say
 * whether they depend on their neighbours.
 */
static bool is_too_little(const struct gate_options *options,
			  const struct comparison *c, size_t comparisons)
{
	return c->p_least * (double)comparisons > options->alpha ||
	       (!options->paired && !options->turns &&
		(c->baselines < DEPENDENCE_RUNS_LEAST ||
		 c->currents < DEPENDENCE_RUNS_LEAST));
}

int gate_decide(const struct gate *gate, struct gate_check *check,
		size_t comparisons)
{
	struct comparison *c = &check->comparison;
	double alpha = gate->options->alpha;
	char change[32], threshold[32];

	if (is_too_little(gate->options, c, comparisons))
		return decide_too_little(gate, check, comparisons);
	compare_decide(c, check->p_corrected, alpha);
	if (gate->options->turns && c->verdict == VERDICT_INCONCLUSIVE)
		c->runs_to_decide =
			turns_to_decide(c, check->p_corrected, alpha);
	snprintf(change, sizeof(change), "%+.1f %%", 100 * c->change);
	snprintf(threshold, sizeof(threshold), "%.3g %%", 100 * c->threshold);
	if (is_improved(check, alpha))
		return decide_improved(check, change, threshold);
	switch (c->verdict) {
	case VERDICT_REGRESSION:
		if (check->dependence != DEPENDENCE_NONE)
			return decide_dependent(check, change);
		return decide_red(check, change, threshold);
	case VERDICT_INCONCLUSIVE:
		return decide_open(gate, check, change, threshold);
	default:
		return gate_conclude(
			check, GATE_PASS,
			"%s of %s changed by %s, surely less than %s "
			"for the worse",
			check->metric.name, check->operation, change,
			threshold);
	}
}
