// SPDX-License-Identifier: GPL-2.0-only
/* Comparisons by turns, made up: how often they are wrong, and what they find.
 */
#include "test.h"
#include "turns_noise.h"

/*
 * docs/ci-gate.md has the full table of tests/bench/turns-simulation.c. These
 * are a tenth of its comparisons, of shorter rounds.
 */
#define COMPARISONS 1000

TEST(false_alarms)
{
	for (size_t i = 0; i < TURNS_NOISES; i++) {
		const struct turns_case c = {
			&turns_noises[i], 0, 0.001, 10, 16, TURNS_METRICS,
		};
		struct turns_tally t = turns_many(&c, COMPARISONS, i + 1);

		printf("# A against A, a look after each of 16 rounds, %s: "
		       "%.2f %% red\n",
		       c.noise->name, t.percent[TURNS_RED]);
		/* 1 % + 2.3 standard errors of so many comparisons. */
		assert_true(t.percent[TURNS_RED] <= 1.7);
	}
}

TEST(power)
{
	static const struct {
		double slower, threshold;
		enum turns_outcome right;
	} cases[] = {
		{ 0, 0.03, TURNS_GREEN },
		{ 0.05, 0.02, TURNS_RED },
		{ 0.10, 0.05, TURNS_RED },
		{ 0.03, 0.01, TURNS_RED },
	};

	for (size_t i = 0; i < TURNS_NOISES * 4; i++) {
		const struct turns_case c = {
			&turns_noises[i / 4],
			cases[i % 4].slower,
			cases[i % 4].threshold,
			30,
			60,
			1,
		};
		struct turns_tally t = turns_many(&c, COMPARISONS / 10, i + 1);

		/* Trees that differ by 3 % need more than 60 rounds. */
		if (t.percent[cases[i % 4].right] <
		    (c.noise->tree > 0.02 ? 90 : 98))
			fail_msg("%s, %.0f %% slower, threshold %.0f %%: only "
				 "%.1f %%",
				 c.noise->name, 100 * c.slower,
				 100 * c.threshold,
				 t.percent[cases[i % 4].right]);
	}
}

/* At the threshold itself, "no regression" is the error. */
TEST(false_greens)
{
	for (size_t i = 0; i < TURNS_NOISES; i++) {
		const struct turns_case c = {
			&turns_noises[i], 1 / 0.97 - 1, 0.03, 10, 16, 1,
		};
		struct turns_tally t = turns_many(&c, COMPARISONS, i + 1);

		if (t.percent[TURNS_GREEN] > 1.7)
			fail_msg("%s: %.2f %% green", c.noise->name,
				 t.percent[TURNS_GREEN]);
	}
}

#define FORECAST_AT 10 /* rounds */

/*
 * Of comparisons that are open after some rounds: how many are decided when the
 * forecast says so, and how much too late that is.
 */
TEST(forecast)
{
	const struct compare_options options = { .alpha = 0.01,
						 .threshold = 0.03 };
	double in_time = 0, open = 0, early = 0, changes[] = { 0, 0.01, 0.05 };
	uint64_t seed = 1;

	for (int i = 0; i < 900; i++) {
		struct turns_value v[200] = { 0 };
		struct comparison c = { 0 };
		size_t n = 0, forecast = 0;

		while (n < 200 && (n <= FORECAST_AT || forecast) &&
		       (n < 8 || c.verdict == VERDICT_INCONCLUSIVE)) {
			v[n].a = v[n].b = 1;
			v[n].b_second = n % 2;
			v[n].log_ratio =
				changes[i % 3] + 0.03 * random_normal(&seed);
			assert_ok(turns_compare(v, ++n, &options, &c));
			if (n == FORECAST_AT)
				forecast = turns_to_decide(&c, c.p_slower,
							   options.alpha);
		}
		if (n <= FORECAST_AT)
			continue;
		open++;
		in_time += n <= forecast;
		early += 2 * n <= forecast;
	}
	printf("# %.0f %% of %.0f decided in time, %.0f %% in half of it\n",
	       100 * in_time / open, open, 100 * early / open);
	assert_true(open > 300);
	assert_true(in_time > 0.63 * open);
	assert_true(early < 0.3 * open);
}

/* What a calibration promises of a machine whose noise it has seen holds. */
TEST(promises)
{
	static const double sds[] = { 0.003, 0.01, 0.03, 0.1 };
	const struct compare_options options = { .alpha = 0.01,
						 .threshold = 0.02 };

	for (int s = 0; s < 4 * 3; s++) {
		const size_t rounds = (size_t)(10 << s % 3);
		uint64_t seed = (uint64_t)s;
		int red = 0;

		for (int i = 0; i < COMPARISONS / 2; i++) {
			struct turns_value v[40] = { 0 };
			struct comparison c;
			double change = 0;

			/* Twelve rounds of A against A, and then A against B.
			 */
			for (size_t n = 0; n < 12 + rounds; n++) {
				struct turns_value *at =
					&v[n < 12 ? n : n - 12];

				at->a = at->b = 1;
				at->b_second = n % 2;
				at->log_ratio =
					change +
					sds[s / 3] * random_normal(&seed);
				assert_ok(turns_compare(v,
							n < 12 ? n + 1 : n - 11,
							&options, &c));
				if (n == 11)
					change = turns_found(&c, rounds,
							     options.alpha);
				if (n > 12 && c.verdict != VERDICT_INCONCLUSIVE)
					break;
			}
			red += c.verdict == VERDICT_REGRESSION;
		}
		printf("# noise %.1f %%: %zu rounds find what was promised in "
		       "%.1f %%\n",
		       100 * sds[s / 3], rounds, 200.0 * red / COMPARISONS);
		assert_true(red > 0.94 * COMPARISONS / 2);
	}
}
