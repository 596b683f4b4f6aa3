// SPDX-License-Identifier: GPL-2.0-only
/* smallfio gate calibrate: how small a change this machine can see. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "turns/alpha_spending.h"
#include "util/shown.h"

static const char usage[] =
	"usage: smallfio gate calibrate [OPTION...] JOB.fio\n"
	"       smallfio gate calibrate [OPTION...] --a COMMAND\n"
	"\n"
	"Runs A against A: how much its runs differ, how small a change so many "
	"runs can\n"
	"see, and whether the gate stays green, as it must.\n"
	"\n";

/* Times whose worth is shown for turns. */
static const unsigned int times_s[] = { 15, 30, 60, 120, 300 };

#define TIMES (sizeof(times_s) / sizeof(*times_s))

/* The change of the logarithm that column k finds. */
static double found_in(const struct ab *ab, const struct comparison *c,
		       size_t k)
{
	if (!ab->turn_ns)
		return alpha_spending_found(&alpha_spending_reaches[k],
					    c->noise, c->baselines,
					    c->log_threshold,
					    AB_CONFIRM_ROUNDS);
	return turns_found(c, (size_t)(times_s[k] / ab->round_s),
			   ab->settings.options.alpha);
}

static size_t columns(const struct ab *ab)
{
	return ab->turn_ns ? TIMES : ALPHA_SPENDING_REACHES;
}

static void print_row(const struct ab *ab, const struct gate_check *c)
{
	const struct comparison *found = &c->comparison;
	double change;
	size_t k;

	if (!c->has_comparison) {
		printf("\n%s", shown(c->reason));
		return;
	}
	printf("\n%-20s %-10s %6.2f%%", shown(c->operation), c->metric.name,
	       100 * found->noise);
	for (k = 0; k < columns(ab); k++) {
		change = expm1(found_in(ab, found, k));
		/*
		 * A rate falls where a latency grows, and by less than 100 %.
		 */
		if (c->metric.row->more_is_better)
			change = change / (1 + change);
		if (isfinite(change))
			printf("  %6.1f%%", 100 * change);
		else
			printf("  %7s", "-");
	}
}

static void print_head(const struct ab *ab)
{
	size_t k;

	printf("\n%-20s %-10s %7s  smallest change that `ab` finds, with "
	       "%s\n",
	       "operation", "metric", "noise",
	       ab->turn_ns ? "--time" : "--runs");
	printf("%-20s %-10s %7s", "", "", "");
	for (k = 0; k < columns(ab); k++) {
		if (ab->turn_ns)
			printf("  %6us", times_s[k]);
		else
			printf("  %7zu", alpha_spending_reaches[k].rounds_max);
	}
}

static int print_calibration(const struct ab *ab, const struct gate *gate)
{
	size_t i;

	ab_end_progress();
	if (ab->turn_ns)
		printf("%zu rounds in turns, of %.1f s each, of the same: "
		       "%s\n",
		       gate->baselines, ab->round_s,
		       gate_format_headline(gate));
	else
		printf("%zu runs against %zu of the same: %s\n",
		       gate->baselines, gate->currents,
		       gate_format_headline(gate));
	print_head(ab);
	for (i = 0; i < gate->count; i++)
		print_row(ab, &gate->check[i]);
	printf("\n\nNoise: standard deviation from %s. A "
	       "change for the worse is\nfound in 95 of 100 sessions of one "
	       "metric with --threshold %.3g, with at most 1 false\nalarm in "
	       "100. That the noise itself is known from %zu rounds only is "
	       "allowed for.\n",
	       ab->turn_ns ? "round to round" : "run to run within a round",
	       100 * gate->options->threshold, gate->baselines);
	if (fflush(stdout))
		return cli_output_failed(ab->name, NULL, -EIO);
	cli_print_notes(ab->name, &gate->notes);
	/* A against A may be inconclusive, which is exit code 0 here. */
	return gate_exit_code(gate);
}

/* Fills *gate with a comparison of whole runs. */
static int compare_runs(struct ab *ab, struct ab_session *session,
			struct gate *gate)
{
	int code = ab_rounds(ab, session, (size_t)ab->warmup, false);

	if (!code)
		code = ab_rounds(ab, session, (size_t)ab->runs_max, true);
	return code ? code
		    : ab_compare(ab, session, gate, ab->settings.options.alpha);
}

static int calibrate(struct ab *ab, struct ab_session *session,
		     struct gate *gate)
{
	int code = ab_begin(ab, session);

	ab->to_the_end = true;
	if (!code)
		code = ab->turn_ns ? ab_judge(ab, session, gate)
				   : compare_runs(ab, session, gate);
	if (!code && ab->turn_ns && !ab->turns_fit)
		notes_add(&gate->notes,
			  "these turns do not fit, so smallfio ab would go on "
			  "with whole runs; --turns 1s or --sync may fit");
	return code ? code : print_calibration(ab, gate);
}

int cmd_gate_calibrate(int argc, char **argv)
{
	return ab_command("gate calibrate", calibrate_rows, usage, argc, argv,
			  calibrate);
}
