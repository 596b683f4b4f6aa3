// SPDX-License-Identifier: GPL-2.0-only
/* The stopping rule of `ab`: how often it is wrong, and how long it takes. */
#include <math.h>
#include <stdio.h>

#include "cmocka_all.h"
#include "compare.h"
#include "random_values.h"
#include "sequential.h"

#define ROUNDS_MAX 20
#define SESSIONS   4000

static void shares(void **state)
{
	size_t rounds, max;

	for (max = 5; max <= 40; max++) {
		double sum = 0;

		for (rounds = 1; rounds <= max; rounds++) {
			if (sequential_is_look(rounds, max))
				sum += sequential_alpha(rounds, max, 0.01);
		}
		assert_true(fabs(sum - 0.01) < 1e-12);
	}
	assert_false(sequential_is_look(0, 20));
	/* The first look can be red: of 5 against 5 runs p can be 1 / 252. */
	assert_true(sequential_alpha(5, 20, 0.01) >= 1.0 / 252);
}

struct outcome {
	int count[3];
	double rounds;
};

static void one_session(double sigma, double change, uint64_t *seed,
			struct outcome *outcome)
{
	struct compare_options options = {
		.threshold = 0.05,
		.more_is_better = true,
	};
	double a[ROUNDS_MAX], b[ROUNDS_MAX];
	struct comparison c = { 0 };
	size_t n = 0;

	while (n < ROUNDS_MAX) {
		a[n] = exp(sigma * random_normal(seed));
		b[n] = exp(sigma * random_normal(seed)) * (1 + change);
		n++;
		if (!sequential_is_look(n, ROUNDS_MAX))
			continue;
		options.alpha = sequential_alpha(n, ROUNDS_MAX, 0.01);
		assert_int_equal(compare(a, n, b, n, &options, &c), 0);
		if (c.verdict != VERDICT_INCONCLUSIVE)
			break;
	}
	outcome->count[c.verdict]++;
	outcome->rounds += (double)n / SESSIONS;
}

static void error_rates(void **state)
{
	static const double sigmas[] = { 0.02, 0.05, 0.15 };
	static const double changes[] = { 0, -0.1, 1 / 1.1 - 1 };
	size_t s, k;
	int i;

	print_message("# at most %d rounds, a look each %d; percent of "
		      "sessions\n",
		      ROUNDS_MAX, SEQUENTIAL_STEP);
	print_message("# %5s %8s %11s %13s %14s %7s\n", "sd", "files/s",
		      "regression", "inconclusive", "no regression", "rounds");
	for (s = 0; s < 3; s++)
		for (k = 0; k < 3; k++) {
			struct outcome o = { 0 };
			uint64_t seed = 10 * s + k;

			for (i = 0; i < SESSIONS; i++)
				one_session(sigmas[s], changes[k], &seed, &o);
			print_message("# %4.0f%% %7.1f%% %11.2f %13.2f %14.2f "
				      "%7.1f\n",
				      100 * sigmas[s], 100 * changes[k],
				      100.0 * o.count[VERDICT_REGRESSION] /
					      SESSIONS,
				      100.0 * o.count[VERDICT_INCONCLUSIVE] /
					      SESSIONS,
				      100.0 * o.count[VERDICT_NO_REGRESSION] /
					      SESSIONS,
				      o.rounds);
			if (!k)
				assert_true(o.count[VERDICT_REGRESSION] <=
					    SESSIONS / 100);
			else
				assert_true(o.count[VERDICT_NO_REGRESSION] <=
					    SESSIONS / 100);
			if (k && s < 2)
				assert_true(o.count[VERDICT_REGRESSION] >=
					    SESSIONS * 95 / 100);
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
