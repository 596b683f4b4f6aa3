/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a session of A and B may stop early. Its runs are compared after all
 * rounds, after half of them, after a quarter, and so on. Each look is one more
 * chance for a false alarm, so each look may use only its share of the level
 * alpha. After n of at most N rounds, alpha * sqrt(n / N) has been spent. (Lan,
 * DeMets: Discrete Sequential Boundaries for Clinical Trials, Biometrika 70
 * (1983) 659-663. The root lets a large change be seen early.)
 *
 * The chance of a false alarm at any look is at most the sum of the shares,
 * which is alpha, however the looks depend on each other. The same holds for a
 * false "no regression". tests/postproc/test_alpha_spending.c shows the rates.
 */
#ifndef SMALLFIO_ALPHA_SPENDING_H
#define SMALLFIO_ALPHA_SPENDING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The least number of pairs for a look. With n pairs no p is below 1 / 2^n, and
 * 1 / 2^7 is the first below 1 %.
 */
#define ALPHA_SPENDING_LEAST 7

/* Whether there is a look after `rounds` of at most `rounds_max` rounds. */
bool alpha_spending_is_look(size_t rounds, size_t rounds_max);

/*
 * The smallest change that a session of at most `rounds_max` rounds finds in 95
 * of 100 cases, at a level of 1 %. `change` is that of the logarithm of the
 * metric, in standard deviations of the logarithm of one run, for runs whose
 * logarithms are normal. The figures come from a simulation that
 * tests/postproc/test_alpha_spending.c repeats.
 */
struct alpha_spending_reach {
	size_t rounds_max;
	double change;
};

#define ALPHA_SPENDING_REACHES 4
extern const struct alpha_spending_reach
	alpha_spending_reaches[ALPHA_SPENDING_REACHES];

/*
 * The smallest change that a session of `reach` finds in 95 of 100 cases, where
 * nothing but the noise of n runs a side is known: a change of the logarithm,
 * for the worse. It is the largest of three:
 * - what the test finds: reach->change;
 * - the threshold (a logarithm, too), and what the estimate may be off by
 *   at the first look;
 * - half of the threshold, and what the estimate of the `confirm` further runs
 *   may be off by, which have to confirm a regression.
 * The estimate (Hodges and Lehmann's, of pairs) has the variance 2 / 0.955 / n.
 * `noise` is a standard deviation, which n runs give with a spread of 1 /
 * sqrt(2 (n - 1)). It is taken larger by 1.28 times that, so that the truth is
 * larger in one of ten cases.
 */
double alpha_spending_found(const struct alpha_spending_reach *reach,
			    double noise, size_t n, double log_threshold,
			    size_t confirm);

/* The share of alpha that the look after `rounds` may use. */
double alpha_spending_alpha(size_t rounds, size_t rounds_max, double alpha);

#endif
