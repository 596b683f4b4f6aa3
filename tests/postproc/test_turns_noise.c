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
