// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulates baselines of a history: how often the latest level is found, for
 * the table of docs/history.md.
 */
#include "history/baseline.h"
#include "history/timeline.h"
#include "random_values.h"
#include "test.h"

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
