// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulates baselines of a history: how often the latest level is found, and
 * whether a slow decline is seen: the tables of docs/history.md.
 */
#include "history/baseline.h"
#include "history/timeline.h"
#include "random_values.h"
#include "test.h"
#include "verdict/gate.h"

#define OPERATION  "create"
#define RUNTIME_MS 100000
#define LAST       20

/* Makes runs of `n` logarithms of rates, numbered and timed from `first` on. */
static void make_runs(struct run_summaries *runs, const double *value, size_t n,
		      size_t first)
{
	size_t i;

	memset(runs, 0, sizeof(*runs));
	for (i = 0; i < n; i++) {
		struct run_summary *run = run_summaries_add(runs);
		struct operation_figures *f;

		assert_non_null(run);
		run->id = (int64_t)(first + i + 1);
		run->end_ms = 60000 * run->id;
		f = operation_figures_row(&run->figures, OPERATION, NULL);
		assert_non_null(f);
		f->threads = 1;
		f->runtime_ms = RUNTIME_MS;
		f->ios = f->samples = (uint64_t)(1e7 * exp(value[i]));
	}
}

static void parse(struct metric *metric)
{
	char error[METRIC_ERROR_MAX];

	assert_ok(metric_parse(metric, "files/s", error));
}

/* Leaves of n runs the baseline. */
static void keep(struct run_summaries *runs)
{
	struct notes notes = { 0 };
	struct input_error error = { 0 };
	struct metric metric;

	parse(&metric);
	assert_ok(baseline_keep_level(runs, LAST, &metric, 1, &notes, &error));
	notes_free(&notes);
}

/*
 * The machine came to another level 12 runs ago. In 200 histories of n runs
 * with noise of 2 %, the baseline begins so often at most 2 runs away from it.
 */
static size_t count_levels(size_t n, double step)
{
	double value[TIMELINE_RUNS];
	struct run_summaries runs;
	uint64_t seed = 9;
	size_t i, k, found = 0;

	for (k = 0; k < 200; k++) {
		for (i = 0; i < n; i++)
			value[i] = 0.02 * (random_normal(&seed) -
					   (i + 12 >= n) * step);
		make_runs(&runs, value, n, 0);
		keep(&runs);
		assert_true(runs.count <= LAST);
		found += runs.count >= 10 && runs.count <= 14;
		run_summaries_free(&runs);
	}
	print_message("# a step of %g sd, %zu runs: found in %zu of 200\n",
		      step, n, found);
	return found;
}

TEST(levels)
{
	static const struct {
		double step;
		size_t least;
	} rows[] = { { 1.5, 120 }, { 2, 165 }, { 3, 190 } };

	for_each_in (row, rows) {
		count_levels(LAST, row->step);
		assert_in_range(count_levels(TIMELINE_RUNS, row->step),
				row->least, 200);
	}
	assert_in_range(count_levels(TIMELINE_RUNS, 0), 0, 4);
}

#define HISTORIES 30
#define COMMITS   20
#define AT_ONCE   5 /* runs of a commit */

/* Whether runs from `from` to `to` are a baseline to which `n` more are red. */
static bool is_red(const double *value, size_t from, size_t to, size_t n)
{
	struct metric metric;
	struct gate_options options = { .alpha = 0.01,
					.threshold = 0.05,
					.metric = &metric,
					.metrics = 1 };
	struct gate gate = { .options = &options };
	struct run_summaries baseline, current;
	bool red;

	parse(&metric);
	make_runs(&baseline, value + from, to - from, from);
	make_runs(&current, value + n, AT_ONCE, n);
	keep(&baseline);
	assert_ok(gate_compare(&gate, &baseline, &current));
	red = gate_state(&gate) == GATE_RED;
	gate_free(&gate);
	run_summaries_free(&baseline);
	run_summaries_free(&current);
	return red;
}

/*
 * After 50 runs of a release come 20 commits, each 1 % slower, with 5 runs
 * each. The release does not move on, and the baseline does.
 */
TEST(decline)
{
	size_t history, commit, i, ever = 0, commits = 0, release = 0;
	uint64_t seed = 11;

	for (history = 0; history < HISTORIES; history++) {
		double value[TIMELINE_RUNS + COMMITS * AT_ONCE];
		size_t red = 0, n = TIMELINE_RUNS;

		for (i = 0; i < n; i++)
			value[i] = 0.02 * random_normal(&seed);
		for (commit = 1; commit <= COMMITS; commit++, n += AT_ONCE) {
			for (i = n; i < n + AT_ONCE; i++)
				value[i] = 0.02 * random_normal(&seed) -
					   0.01 * (double)commit;
			red += is_red(value, n - TIMELINE_RUNS, n, n);
		}
		ever += red > 0;
		commits += red;
		release += is_red(value, 0, TIMELINE_RUNS, n - AT_ONCE);
	}
	print_message("# 20 commits of -1 %%: %zu of %d histories red against "
		      "the release, %zu ever red against the baseline (%zu of "
		      "%d commits)\n",
		      release, HISTORIES, ever, commits, HISTORIES * COMMITS);
	assert_in_range(release, 28, HISTORIES);
}
