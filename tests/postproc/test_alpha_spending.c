// SPDX-License-Identifier: GPL-2.0-only
/* The stopping rule of `ab`: how often it is wrong, and how long it takes. */
#include <math.h>

#include "test.h"
#include "verdict/compare.h"
#include "noise.h"
#include "turns/alpha_spending.h"

#define ROUNDS_MAX  20 /* of the table */
#define ROUNDS_MOST 80

TEST(shares)
{
	size_t rounds, max;

	for (max = ALPHA_SPENDING_LEAST; max <= 100; max++) {
		double sum = 0;

		for (rounds = 1; rounds <= max; rounds++) {
			if (alpha_spending_is_look(rounds, max))
				sum += alpha_spending_alpha(rounds, max, 0.01);
		}
		assert_true(fabs(sum - 0.01) < 1e-12);
	}
	assert_false(alpha_spending_is_look(0, 20));
	assert_false(alpha_spending_is_look(5, 20));
	assert_true(alpha_spending_is_look(10, 20));
	/*
	 * The first look can be red: with 10 pairs p can be as small as 1 /
	 * 1024.
	 */
	assert_true(alpha_spending_alpha(10, 20, 0.01) >= 1.0 / 1024);
}

struct outcome {
	double percent[3];
	double rounds; /* mean */
};

static void one_session(enum noise noise, double sigma, double change,
			size_t most, double threshold, uint64_t *seed,
			double weight, struct outcome *outcome)
{
	struct compare_options options = {
		.threshold = threshold,
		.more_is_better = true,
		.paired = true,
	};
	double log_time[2 * ROUNDS_MOST], a[ROUNDS_MOST], b[ROUNDS_MOST];
	size_t order[2 * ROUNDS_MOST], n = 0;
	struct comparison c = { 0 };

	noise_session(log_time, 2 * (int)most, noise, sigma, seed);
	noise_rates(a, b, order, log_time, (int)most, change, seed);
	while (n < most) {
		n++;
		if (!alpha_spending_is_look(n, most))
			continue;
		options.alpha = alpha_spending_alpha(n, most, 0.01);
		assert_ok(compare(a, n, b, n, &options, &c));
		if (c.verdict != VERDICT_INCONCLUSIVE)
			break;
	}
	outcome->percent[c.verdict] += 100 * weight;
	outcome->rounds += (double)n * weight;
}

static void print_row(enum noise noise, double sigma, double change,
		      const struct outcome *o)
{
	print_message("# %-15s %4.0f%% %7.1f%% %11.2f %13.2f %14.2f %7.1f\n",
		      noise_names[noise], 100 * sigma, 100 * change,
		      o->percent[VERDICT_REGRESSION],
		      o->percent[VERDICT_INCONCLUSIVE],
		      o->percent[VERDICT_NO_REGRESSION], o->rounds);
}

/*
 * At most 1 % of the verdicts are wrong. With noise of up to 5 % a change of 10
 * % is found in 95 % of the sessions, except with outliers beyond that noise.
 */
static void check_row(enum noise noise, double sigma, double change,
		      const struct outcome *o)
{
	if (change < 0)
		assert_true(o->percent[VERDICT_NO_REGRESSION] <= 1);
	else
		assert_true(o->percent[VERDICT_REGRESSION] <= 1);
	if (change < 0 && sigma < 0.1 &&
	    (noise != OUTLIERS_BEYOND || sigma < 0.03))
		assert_true(o->percent[VERDICT_REGRESSION] >= 95);
}

TEST(error_rates)
{
	static const double sigmas[] = { 0.02, 0.05, 0.15 };
	/*
	 * No change; a tenth fewer files/s; each operation takes a tenth
	 * longer.
	 */
	static const double changes[] = { 0, -0.1, 1 / 1.1 - 1 };
	size_t n, s, k;
	int i;

	print_message("# ab: at most %d rounds; files/s; percent of sessions\n",
		      ROUNDS_MAX);
	print_message("# %-15s %5s %8s %11s %13s %14s %7s\n", "noise", "sd",
		      "files/s", "regression", "inconclusive", "no regression",
		      "rounds");
	for (n = 0; n < NOISES; n++)
		for (s = 0; s < 3; s++)
			for (k = 0; k < 3; k++) {
				const int sessions = k ? 1000 : 10000;
				struct outcome o = { 0 };
				uint64_t seed = 100 * n + 10 * s + k;

				for (i = 0; i < sessions; i++)
					one_session(n, sigmas[s], changes[k],
						    ROUNDS_MAX, 0.05, &seed,
						    1.0 / sessions, &o);
				print_row(n, sigmas[s], changes[k], &o);
				check_row(n, sigmas[s], changes[k], &o);
			}
}

/*
 * What alpha_spending_reaches promises holds: so many rounds find a change of
 * that size in 95 % of the sessions.
 */
TEST(reaches)
{
	const double sigma = 0.05;
	const int sessions = 1000;
	size_t k;
	int i;

	for (k = 0; k < ALPHA_SPENDING_REACHES; k++) {
		const struct alpha_spending_reach *r =
			&alpha_spending_reaches[k];
		uint64_t seed = r->rounds_max;
		struct outcome o = { 0 };

		for (i = 0; i < sessions; i++)
			one_session(LOG_NORMAL, sigma,
				    expm1(-r->change * sigma), r->rounds_max, 0,
				    &seed, 1.0 / sessions, &o);
		print_message("# %zu rounds find %.2f sd in %.1f %%\n",
			      r->rounds_max, r->change,
			      o.percent[VERDICT_REGRESSION]);
		assert_true(o.percent[VERDICT_REGRESSION] > 93 &&
			    o.percent[VERDICT_REGRESSION] < 97);
	}
}

/* With outliers, 20 rounds do not find enough, and more rounds do. */
TEST(outliers)
{
	static const size_t rounds[] = { 40, 60 };
	const int sessions = 1000;
	size_t k;
	int i;

	for (k = 0; k < 2; k++) {
		struct outcome o = { 0 };
		uint64_t seed = 3;

		for (i = 0; i < sessions; i++)
			one_session(OUTLIERS_BEYOND, 0.05, -0.1, rounds[k],
				    0.05, &seed, 1.0 / sessions, &o);
		print_message("# outliers beyond 5 %%, -10 %%: %zu rounds find "
			      "%.1f %%, after %.0f\n",
			      rounds[k], o.percent[VERDICT_REGRESSION],
			      o.rounds);
		assert_true(o.percent[VERDICT_REGRESSION] > 95);
	}
}

#define CONFIRM 5

/* Whether further runs confirm a regression, as ab wants it. */
static bool is_confirmed(double *a, double *b, size_t n, double sigma,
			 double change, double threshold, uint64_t *seed)
{
	struct compare_options options = {
		.threshold = threshold,
		.more_is_better = true,
		.paired = true,
		.alpha = 0.01,
	};
	double log_time[2 * CONFIRM];
	size_t order[2 * CONFIRM];
	struct comparison all, fresh;

	noise_session(log_time, 2 * CONFIRM, LOG_NORMAL, sigma, seed);
	noise_rates(a + n, b + n, order, log_time, CONFIRM, change, seed);
	assert_ok(compare(a + n, CONFIRM, b + n, CONFIRM, &options, &fresh));
	assert_ok(compare(a, n + CONFIRM, b, n + CONFIRM, &options, &all));
	return all.verdict == VERDICT_REGRESSION &&
	       -fresh.change > threshold / 2;
}

/* Whether a session finds a change, and confirms it. */
static bool finds(size_t most, double sigma, double change, double threshold,
		  uint64_t *seed)
{
	struct compare_options options = {
		.threshold = threshold,
		.more_is_better = true,
		.paired = true,
	};
	double log_time[2 * ROUNDS_MOST];
	double a[ROUNDS_MOST + CONFIRM], b[ROUNDS_MOST + CONFIRM];
	size_t order[2 * ROUNDS_MOST], n = 0;
	struct comparison c = { 0 };

	noise_session(log_time, 2 * (int)most, LOG_NORMAL, sigma, seed);
	noise_rates(a, b, order, log_time, (int)most, change, seed);
	while (n < most && c.verdict != VERDICT_REGRESSION) {
		n++;
		if (!alpha_spending_is_look(n, most))
			continue;
		options.alpha = alpha_spending_alpha(n, most, 0.01);
		assert_ok(compare(a, n, b, n, &options, &c));
		if (c.verdict == VERDICT_NO_REGRESSION)
			return false;
	}
	return c.verdict == VERDICT_REGRESSION &&
	       is_confirmed(a, b, n, sigma, change, threshold, seed);
}

/* The noise of one run, as `gate calibrate` sees it. */
static double calibrated(double sigma, size_t n, uint64_t *seed)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double l = sigma * M_SQRT2 * random_normal(seed);

		sum += l;
		squares += l * l;
	}
	return sqrt((squares - sum * sum / (double)n) / ((double)n - 1) / 2);
}

/* What `gate calibrate` promises of a machine whose noise it has seen holds. */
TEST(promises)
{
	static const double sigmas[] = { 0.002, 0.01, 0.02, 0.05, 0.1 };
	const int sessions = 1000;
	int i, s, k;

	for (s = 0; s < 5; s++)
		for (k = 0; k < 3; k++) {
			const struct alpha_spending_reach *r =
				&alpha_spending_reaches[k];
			uint64_t seed = (uint64_t)(10 * s + k);
			int found = 0;

			for (i = 0; i < sessions; i++) {
				double noise = calibrated(sigmas[s], 20, &seed);
				double change = expm1(-alpha_spending_found(
					r, noise, 20, -log1p(-0.05), CONFIRM));

				found += finds(r->rounds_max, sigmas[s], change,
					       0.05, &seed);
			}
			print_message("# noise %.1f %%: %zu rounds find what "
				      "was promised in %.1f %%\n",
				      100 * sigmas[s], r->rounds_max,
				      100.0 * found / sessions);
			assert_true(found > 0.94 * sessions);
		}
}
