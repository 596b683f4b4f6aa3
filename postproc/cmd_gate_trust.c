// SPDX-License-Identifier: GPL-2.0-only
/*
 * smallfio gate calibrate: how small a change this machine can see.
 * smallfio gate selftest: does the gate go red for a known slow-down?
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ab.h"
#include "cli.h"
#include "command.h"

/* Quantiles of the normal distribution: 99 % sure, seen in 95 % of cases. */
#define Z_SURE 2.3263
#define Z_SEEN 1.6449
/* Of the Mann-Whitney test beside one that knows the noise to be normal. */
#define EFFICIENCY 0.955
/*
 * So long a sleep is exact enough. Not spun away: fio 3.33 sleeps without end
 * where thinktime_spin takes longer than thinktime.
 */
#define PAUSE_US 2000
/* Of the self-test, to know what to slow down: one run may be an odd one. */
#define TIMING_ROUNDS 3

static const char calibrate_usage[] =
	"usage: smallfio gate calibrate [OPTION...] --a COMMAND\n"
	"\n"
	"Runs A against A: how much its runs differ, how small a change so many "
	"runs can\n"
	"see, and whether the gate stays green, as it must.\n"
	"\n";

static const char selftest_usage[] =
	"usage: smallfio gate selftest [OPTION...] --a COMMAND\n"
	"\n"
	"Runs A against an A that is slower by a known part: fio's thinktime, "
	"which the\n"
	"command is to pass on: fio $SLOWER ... Exit code 0 if the gate goes "
	"red, 1 if\n"
	"it does not.\n"
	"\n";

/*
 * What is left of the noise of a run where only ratios within rounds count:
 * the standard deviation of their logarithms over the root of 2.
 */
static double noise_of(const struct session *session, const char *operation,
		       const struct metric *metric)
{
	const struct trials *a = &session->side[0].trials;
	const struct trials *b = &session->side[1].trials;
	double sum = 0, squares = 0, n = (double)a->count;
	size_t i;

	for (i = 0; i < a->count; i++) {
		const struct figures *fa =
			figures_find(&a->trial[i].figures, operation, NULL);
		const struct figures *fb =
			figures_find(&b->trial[i].figures, operation, NULL);
		double va, vb, l;

		if (!fa || !fb || metric_value(metric, fa, &va) != METRIC_OK ||
		    metric_value(metric, fb, &vb) != METRIC_OK ||
		    !(va > 0 && vb > 0))
			return NAN;
		l = log(vb / va);
		sum += l;
		squares += l * l;
	}
	return sqrt(fmax(squares - sum * sum / n, 0) / (n - 1) / 2);
}

/* The change that n runs a side find in 95 of 100 cases. */
static double smallest_change(double noise, size_t n)
{
	double error = noise * sqrt(2.0 / (double)n / EFFICIENCY);

	return expm1((Z_SURE + Z_SEEN) * error);
}

static int print_calibration(const struct ab *ab, const struct session *session,
			     const struct gate *gate)
{
	static const size_t runs[] = { 5, 10, 20, 40 };
	size_t i, k;

	printf("%zu runs against %zu of the same: %s\n", gate->baselines,
	       gate->currents, gate_format_headline(gate));
	printf("\n%-20s %-10s %7s   smallest change seen, with runs a side\n",
	       "operation", "metric", "noise");
	printf("%-20s %-10s %7s", "", "", "");
	for (k = 0; k < sizeof(runs) / sizeof(*runs); k++)
		printf("  %7zu", runs[k]);
	for (i = 0; i < gate->count; i++) {
		const struct gate_check *c = &gate->check[i];
		double noise;

		if (!c->has_comparison)
			continue;
		noise = noise_of(session, c->operation, &c->metric);
		printf("\n%-20s %-10s %6.2f%%", c->operation, c->metric.name,
		       100 * noise);
		for (k = 0; k < sizeof(runs) / sizeof(*runs); k++)
			printf("  %6.1f%%",
			       100 * smallest_change(noise, runs[k]));
	}
	puts("\n\nNoise: standard deviation from run to run within a round. A change is seen "
	     "if it is found in\n95 of 100 sessions with at most 1 false alarm "
	     "in 100, and lies past --threshold.");
	if (fflush(stdout))
		return cli_output_failed(ab->name, NULL, -EIO);
	return gate_state(gate) == GATE_RED ? EXIT_GATE : EXIT_GOOD;
}

int cmd_gate_calibrate(int argc, char **argv)
{
	struct session session = { 0 };
	struct gate gate = { 0 };
	struct ab ab;
	int code;

	ab_init(&ab, "gate calibrate");
	if (ab_parse(&ab, calibrate_rows, calibrate_usage, argc, argv, &code)) {
		code = ab_begin(&ab, &session);
		if (!code)
			code = ab_rounds(&ab, &session, (size_t)ab.warmup,
					 false);
		if (!code)
			code = ab_rounds(&ab, &session, (size_t)ab.runs_max,
					 true);
		gate.options = &ab.settings.options;
		if (!code && gate_compare(&gate, &session.side[0].trials,
					  &session.side[1].trials))
			code = EXIT_INPUT;
		if (!code)
			code = print_calibration(&ab, &session, &gate);
		session_end(&session);
	}
	gate_free(&gate);
	gate_settings_free(&ab.settings);
	return code;
}

/* How long an operation of a thread takes in this run; 0: none was done. */
static double operation_us(const struct trial *trial)
{
	const struct figures *f = &trial->figures.figures[0];

	/* Threads work side by side. */
	return f->ios ? (double)f->runtime_ms * 1000 * (double)f->threads /
				(double)f->ios
		      : 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double l = *(const double *)a, r = *(const double *)b;

	return (l > r) - (l < r);
}

/* Of all runs so far, at most 2 * TIMING_ROUNDS, the median. */
static double median_operation_us(const struct session *session)
{
	double us[2 * TIMING_ROUNDS];
	size_t i, n = 0, side;

	for (side = 0; side < 2; side++) {
		const struct trials *trials = &session->side[side].trials;

		for (i = 0; i < trials->count; i++)
			us[n++] = operation_us(&trials->trial[i]);
	}
	qsort(us, n, sizeof(*us), compare_doubles);
	return (us[(n - 1) / 2] + us[n / 2]) / 2;
}

/*
 * fio's options for a pause of `part` of each operation's time: a longer one
 * after every so many operations.
 */
static int make_slower(double each_us, double part, char *out, size_t size)
{
	long blocks;

	if (!(each_us > 0))
		return -1;
	blocks = lround(PAUSE_US / (each_us * part));
	if (blocks < 1)
		blocks = 1;
	snprintf(out, size, "--thinktime=%.0fus --thinktime_blocks=%ld",
		 each_us * part * (double)blocks, blocks);
	return 0;
}

static int selftest(struct ab *ab, struct session *session, struct gate *gate)
{
	char slower[160];
	int code = ab_begin(ab, session);

	/* How long does an operation take? */
	if (!code)
		code = ab_rounds(ab, session, TIMING_ROUNDS, true);
	if (code)
		return code;
	if (make_slower(median_operation_us(session), ab->slower_percent / 100,
			slower, sizeof(slower))) {
		fprintf(stderr,
			"smallfio %s: the command did no operation, or took "
			"less than 1 ms\n",
			ab->name);
		return EXIT_TOO_LITTLE;
	}
	fprintf(stderr, "smallfio %s: B runs with %s\n", ab->name, slower);
	trials_free(&session->side[0].trials);
	trials_free(&session->side[1].trials);
	session->side[1].slower = slower;
	code = ab_judge(ab, session, gate);
	session->side[1].slower = NULL;
	return code;
}

int cmd_gate_selftest(int argc, char **argv)
{
	struct session session = { 0 };
	struct gate gate = { 0 };
	struct ab ab;
	int code;

	ab_init(&ab, "gate selftest");
	if (ab_parse(&ab, selftest_rows, selftest_usage, argc, argv, &code)) {
		if (!strstr(ab.a, "$SLOWER")) {
			code = cli_usage_error(
				ab.name, "expected $SLOWER in the command, "
					 "among fio's options: fio $SLOWER "
					 "--output=$OUT ...");
		} else {
			code = selftest(&ab, &session, &gate);
			if (!code)
				code = gate_settings_write(&ab.settings,
							   ab.name, &gate);
			if (code == EXIT_GATE)
				code = EXIT_GOOD;
			else if (code == EXIT_GOOD)
				code = EXIT_GATE;
			session_end(&session);
		}
	}
	gate_free(&gate);
	gate_settings_free(&ab.settings);
	return code;
}
