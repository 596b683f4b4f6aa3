// SPDX-License-Identifier: GPL-2.0-only
/* The stopping rule of `ab`: how often it is wrong, and how long it takes. */
#include <math.h>
#include <stdio.h>

#include "cmocka_all.h"
#include "compare.h"
#include "noise.h"
#include "sequential.h"

#define ROUNDS_MAX 20

static void shares(void **state)
{
	size_t rounds, max;

	for (max = SEQUENTIAL_LEAST; max <= 100; max++) {
		double sum = 0;

		for (rounds = 1; rounds <= max; rounds++) {
			if (sequential_is_look(rounds, max))
				sum += sequential_alpha(rounds, max, 0.01);
		}
		assert_true(fabs(sum - 0.01) < 1e-12);
	}
	assert_false(sequential_is_look(0, 20));
	assert_false(sequential_is_look(5, 20));
	assert_true(sequential_is_look(10, 20));
	/* The first look can be red: of 10 pairs p can be 1 / 1024. */
	assert_true(sequential_alpha(10, 20, 0.01) >= 1.0 / 1024);
}

struct outcome {
	double percent[3];
	double rounds; /* mean */
};

static void one_session(enum noise noise, double sigma, double change,
			uint64_t *seed, double weight, struct outcome *outcome)
{
	struct compare_options options = {
		.threshold = 0.05,
		.more_is_better = true,
		.paired = true,
	};
	double log_time[2 * ROUNDS_MAX], a[ROUNDS_MAX], b[ROUNDS_MAX];
	size_t order[2 * ROUNDS_MAX], n = 0;
	struct comparison c = { 0 };

	noise_session(log_time, 2 * ROUNDS_MAX, noise, sigma, seed);
	noise_rates(a, b, order, log_time, ROUNDS_MAX, change, seed);
	while (n < ROUNDS_MAX) {
		n++;
		if (!sequential_is_look(n, ROUNDS_MAX))
			continue;
		options.alpha = sequential_alpha(n, ROUNDS_MAX, 0.01);
		assert_int_equal(compare(a, n, b, n, &options, &c), 0);
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

/* One run in ten up to 50 % slower apart, 10 % is found at noise of 5 %. */
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

static void error_rates(void **state)
{
	static const double sigmas[] = { 0.02, 0.05, 0.15 };
	/* Nothing; a tenth fewer files/s; each operation a tenth longer. */
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
						    &seed, 1.0 / sessions, &o);
				print_row(n, sigmas[s], changes[k], &o);
				check_row(n, sigmas[s], changes[k], &o);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(error_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
