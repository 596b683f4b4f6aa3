// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulation with a fixed seed. It finds out how many inconclusive sessions
 * are decided by as many further runs as the verdict asks for.
 */
#include "test.h"
#include "verdict/compare.h"
#include "noise.h"

#define RUNS 10 /* a side, to begin with */
#define RUNS_MOST                                                              \
	150 /* sessions that need more are left out: they take long            \
	     */
#define SESSIONS 200

struct tally {
	int open, too_many, decided, wrong;
	double more;
};

static enum verdict judge(const double *a, const double *b, const size_t *order,
			  size_t runs, bool paired, size_t *enough)
{
	struct compare_options options = {
		.alpha = 0.01,
		.threshold = 0.05,
		.more_is_better = true,
		.paired = paired,
	};
	size_t first[2 * RUNS_MOST], i;
	struct comparison c;

	for (i = 0; i < runs; i++) {
		first[i] = order[i];
		first[runs + i] = order[RUNS_MOST + i];
	}
	if (!paired)
		options.order = first;
	assert_ok(compare(a, runs, b, runs, &options, &c));
	*enough = c.runs_to_decide;
	return c.verdict;
}

static void one_session(struct tally *t, double sigma, double change,
			bool paired, uint64_t *seed)
{
	double log_time[2 * RUNS_MOST], a[RUNS_MOST], b[RUNS_MOST];
	size_t order[2 * RUNS_MOST], enough, unused;
	enum verdict verdict;

	noise_session(log_time, 2 * RUNS_MOST, LOG_NORMAL, sigma, seed);
	noise_rates(a, b, order, log_time, RUNS_MOST, change, seed);
	if (judge(a, b, order, RUNS, paired, &enough) != VERDICT_INCONCLUSIVE)
		return;
	t->open++;
	if (!enough || enough > RUNS_MOST) {
		t->too_many++;
		return;
	}
	t->more += (double)(enough - RUNS);
	verdict = judge(a, b, order, enough, paired, &unused);
	t->decided += verdict != VERDICT_INCONCLUSIVE;
	t->wrong += verdict == (change < -0.05 ? VERDICT_NO_REGRESSION
					       : VERDICT_REGRESSION);
}

TEST(more_runs)
{
	static const double sigmas[] = { 0.02, 0.05, 0.1 };
	static const double changes[] = { 0, -0.02, -0.08, -0.1 };
	struct tally all = { 0 };
	size_t s, k;
	int paired, i;

	print_message("# %d runs a side, then as many more as were asked for; "
		      "files/s\n",
		      RUNS);
	print_message("# %-6s %4s %8s %12s %10s %10s\n", "", "sd", "files/s",
		      "open, of 100", "more runs", "% decided");
	for (paired = 0; paired < 2; paired++)
		for (s = 0; s < 3; s++)
			for (k = 0; k < 4; k++) {
				uint64_t seed = s * 10 + k;
				struct tally t = { 0 };
				int tried;

				for (i = 0; i < SESSIONS; i++)
					one_session(&t, sigmas[s], changes[k],
						    paired, &seed);
				tried = t.open - t.too_many;
				if (tried < 20)
					continue;
				print_message(
					"# %-6s %3.0f%% %7.1f%% %12.1f %10.0f "
					"%10.0f\n",
					paired ? "pairs" : "turns",
					100 * sigmas[s], 100 * changes[k],
					100.0 * t.open / SESSIONS,
					t.more / tried,
					100.0 * t.decided / tried);
				all.open += tried;
				all.decided += t.decided;
				all.wrong += t.wrong;
			}
	print_message("# of all %d: %.0f %% decided, %.2f %% wrong\n", all.open,
		      100.0 * all.decided / all.open,
		      100.0 * all.wrong / all.open);
	assert_true(all.decided >= 0.7 * all.open);
	assert_true(all.decided <= 0.95 * all.open);
	/*
	 * Two looks are two chances to be wrong, so twice the level is allowed.
	 */
	assert_true(all.wrong <= 0.02 * all.open);
}
