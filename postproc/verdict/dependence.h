/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether the runs of two sides, one side after the other, depend on
 * their neighbours in time. A rank test believes that noise comes in any order.
 * On a machine that drifts, or goes from one state to another, the noise does
 * not, and then one side is slower because of its time.
 *
 * - Drift: a straight line through all runs is about as likely as two levels,
 *   one for each side. Both have two numbers to fit, so what each leaves of the
 *   squares decides. Of N runs, N times the logarithm of the ratio of the two
 *   is twice that of the Bayes factor, about. Up to 2 is no positive evidence
 *   for the levels.
 *     Kass, Raftery: Bayes Factors, J. Am. Stat. Assoc. 90 (1995) 773-795,
 *       section 3.2.
 * - Alike: the mean square of steps from one run to the next within the sides,
 *   over the variance within the sides. Of independent runs this ratio has the
 *   mean 2 and, for N runs in all, about the spread 2 / sqrt(N + 2). Below the
 *   bound is 2.5 % of these.
 *     von Neumann: Distribution of the Ratio of the Mean Square Successive
 *       Difference to the Variance, Ann. Math. Stat. 12 (1941) 367-395.
 *   What depends on its neighbours can move by as much between the sides as
 *   within one, or a little more. A change of more than twice the span of
 *   either side is not explained so.
 *
 * Both can only be asked of a change that is no chance: where there is none, a
 * line often fits better. tests/postproc/test_dependence.c has how many false
 * reds are left, and what is found of true changes.
 */
#ifndef SMALLFIO_DEPENDENCE_H
#define SMALLFIO_DEPENDENCE_H

#include <stddef.h>

#define DEPENDENCE_RUNS_LEAST 5 /* a side; with fewer nothing is found */

enum dependence {
	DEPENDENCE_NONE,
	DEPENDENCE_ALIKE, /* each run is like the one before */
	DEPENDENCE_DRIFT, /* all runs lie on a line */
};

/*
 * a[] and b[] are the values of the sides as logarithms, in the order of time.
 * The runs of `a` were done before those of `b`.
 */
enum dependence dependence_find(const double *a, size_t n, const double *b,
				size_t m);

#endif
