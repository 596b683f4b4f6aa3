/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine drifted by while runs of two sides were done in turns.
 *
 * The trend is the median of the slopes between any two runs of one side, so
 * that neither a difference between the sides nor a few runs that stand out
 * have a part in it.
 *   Theil: A Rank-Invariant Method of Linear and Polynomial Regression
 *     Analysis, Proc. Kon. Ned. Akad. v. Wetensch. A 53 (1950) 386-392.
 *   Sen: Estimates of the Regression Coefficient Based on Kendall's Tau, J.
 *     Am. Stat. Assoc. 63 (1968) 1379-1389.
 */
#ifndef SMALLFIO_TREND_H
#define SMALLFIO_TREND_H

#include <stddef.h>

/* With fewer runs a side there is more noise in a trend than drift. */
#define TREND_RUNS_LEAST 5

/*
 * value[i] is of the run done as number order[i] of all, 0 and up, each number
 * once; the first `split` of the n values are of one side, the others of the
 * other, 2 or more each. The trend is taken out of `value`. 0 or -ENOMEM.
 */
int trend_remove(double *value, const size_t *order, size_t n, size_t split);

/*
 * How much wider noise is than it looks once a trend was taken out of n values:
 * two more numbers than the sides' means were fitted, where one would do for
 * the slope of least squares (the median of slopes is a little less sharp).
 */
double trend_widening(size_t n);

#endif
