/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether the runs of two sides, one side after the other, depend on
 * their neighbours in time. A rank test believes that noise comes in any order.
 * On a machine that drifts, or goes from one state to another, the noise does
 * not, and then one side is slower because of its time.
 *
 * Two measures are taken within the sides, so that a difference between them
 * has no part in either. Each gives a false alarm in 2.5 % of cases:
 * - the mean square of steps from one run to the next, over the variance. The
 *   ratio has the mean 2 and, for N runs in all, about the spread 2 / sqrt(N +
 *   2).
 *     von Neumann: Distribution of the Ratio of the Mean Square Successive
 *       Difference to the Variance, Ann. Math. Stat. 12 (1941) 367-395.
 * - the slope that both sides share, over its error by least squares. The
 *   bound is Student's, by the series of Fisher and Cornish in 1 / (N - 3).
 *     Abramowitz, Stegun: Handbook of Mathematical Functions (1964), 26.7.5.
 * What depends on its neighbours can move by as much between the sides as
 * within one, or a little more. A change of more than twice the span of either
 * side is not explained so. tests/postproc/test_dependence.c has how often both
 * find what there is.
 */
#ifndef SMALLFIO_DEPENDENCE_H
#define SMALLFIO_DEPENDENCE_H

#include <stddef.h>

#define DEPENDENCE_RUNS_LEAST 5 /* a side; with fewer nothing is found */

enum dependence {
	DEPENDENCE_NONE,
	DEPENDENCE_ALIKE, /* each run is like the one before */
	DEPENDENCE_DRIFT, /* the runs become worse with time */
};

/*
 * a[] and b[] are the values of the sides in the order of time, as logarithms;
 * more is worse. `change` is how much worse the second side is.
 */
enum dependence dependence_find(const double *a, size_t n, const double *b,
				size_t m, double change);

#endif
