/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds where values over time moved to another level. The values are divided
 * in two where the energy statistic is largest, and a permutation test decides
 * whether the division stands. Then each part is divided in the same way.
 *   Matteson, James: A Nonparametric Approach for Multiple Change Point
 *     Analysis of Multivariate Data, J. Am. Stat. Assoc. 109 (2014) 334-345.
 * Three things differ from the paper. A cut has two parts that reach to the
 * ends of their segment, and a segment is tested by permuting that segment
 * alone. Where no cut stands, a part in the middle is compared with what is
 * before and behind it together: a level that came and went, as a regression
 * that was mended, moves neither half of the series much. No distribution is
 * assumed, only that values of one level may come in any order. Where each
 * value is like the one before it, levels are found that are not there
 * (changepoint_alike()).
 */
#ifndef SMALLFIO_CHANGEPOINT_H
#define SMALLFIO_CHANGEPOINT_H

#include <stdbool.h>
#include <stddef.h>

#define CHANGEPOINT_VALUES_MAX 500
#define CHANGEPOINT_SEGMENT    5 /* least number of values of one level */
#define CHANGEPOINT_SHUFFLES   199

/*
 * A cut stands if at most 1 of CHANGEPOINT_SHUFFLES random orders has a cut as
 * good (1 %), and a part in the middle if none has one as good (0.5 %).
 *
 * Sets changed[i] where the i-th of n values begins another level. The seed is
 * fixed, so the same values give the same answer. Returns 0, -E2BIG for more
 * than CHANGEPOINT_VALUES_MAX values, or -ENOMEM.
 */
int changepoint_find(const double *values, size_t n, bool *changed);

/*
 * Whether values are more like their neighbours than values in any order would
 * be. Then levels may be found where there are none. `changed` is what
 * changepoint_find() found in the n values.
 *
 * The measure is r, the correlation of values with the next ones about the
 * means of their levels, so that a step from one level to another has no part
 * in r. Of n values in any order on L levels r has about the mean -L / n
 * (Kendall) and the spread 1 / sqrt(n) (Bartlett). True where r + L / n is
 * above 1.645 times the spread.
 *   Bartlett: On the Theoretical Specification and Sampling Properties of
 *     Autocorrelated Time-Series, Suppl. J. R. Stat. Soc. 8 (1946) 27-41.
 *   Kendall: Note on Bias in the Estimation of Autocorrelation, Biometrika 41
 *     (1954) 403-404.
 *
 * In 1,000 series of 50 values each: of independent values with a step 3 to 4 %
 * are called alike; where each value keeps 0.5 of the one before, levels are
 * found in 40 % and 74 % of these are called alike; where each keeps 0.9, in 97
 * % and 95 %.
 */
bool changepoint_alike(const double *values, size_t n, const bool *changed);

/*
 * Whether the level that begins with value `at`, where changed[] is true, lies
 * apart from the level before by more than twice the span of either. Values
 * that are like their neighbours hardly ever do so by themselves (as in
 * dependence.h).
 */
bool changepoint_stands_out(const double *values, size_t n, const bool *changed,
			    size_t at);

#endif
