/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to stop. Runs are compared after all rounds, half of them, a quarter,
 * ..., and each look is one more chance for a false alarm. So every look has
 * its share of the level alpha: after n of at most N rounds alpha * sqrt(n / N)
 * is spent (Lan, DeMets: Discrete Sequential Boundaries for Clinical Trials,
 *    Biometrika 70 (1983) 659-663; the root lets a large change be seen early).
 * The chance of a false alarm at any look is at most the sum of the shares,
 * alpha, whatever the looks have to do with each other. The same holds for a
 * false "no regression". tests/postproc/test_sequential.c shows the rates.
 */
#ifndef SMALLFIO_ALPHA_SPENDING_H
#define SMALLFIO_ALPHA_SPENDING_H

#include <stdbool.h>
#include <stddef.h>

/* With fewer pairs nothing can be red: 1 / 2^7 is below 1 %. */
#define ALPHA_SPENDING_LEAST 7

/* Is there a look after `rounds` of at most `rounds_max`? */
bool alpha_spending_is_look(size_t rounds, size_t rounds_max);

/*
 * What so many rounds at most find in 95 of 100 sessions at a level of 1 %: how
 * much the logarithm of what is measured has to change, in standard deviations
 * of the logarithm of one run, where these are normal. By simulation, which
 * tests/postproc/test_sequential.c repeats.
 */
struct alpha_spending_reach {
	size_t rounds_max;
	double change;
};

#define ALPHA_SPENDING_REACHES 4
extern const struct alpha_spending_reach
	sequential_reaches[ALPHA_SPENDING_REACHES];

/* The share of alpha that the look after `rounds` has. */
double alpha_spending_alpha(size_t rounds, size_t rounds_max, double alpha);

#endif
