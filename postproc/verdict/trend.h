/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes out of runs in turns how the machine drifted meanwhile.
 *
 * The trend is the median of the slopes between any two runs of the same side.
 * So neither a difference between the sides nor a few runs that stand out have
 * a part in the trend.
 *   Theil: A Rank-Invariant Method of Linear and Polynomial Regression
 *     Analysis, Proc. Kon. Ned. Akad. v. Wetensch. A 53 (1950) 386-392.
 *   Sen: Estimates of the Regression Coefficient Based on Kendall's Tau, J.
 *     Am. Stat. Assoc. 63 (1968) 1379-1389.
 */
#ifndef SMALLFIO_TREND_H
#define SMALLFIO_TREND_H

#include <stddef.h>

/* With fewer runs a side a trend has more noise than drift. */
#define TREND_RUNS_LEAST 5

/*
 * Takes the trend out of `value`. value[i] belongs to the run that was the
 * order[i]-th in time, from 0; each number occurs once. The first `split` of
 * the n values are of one side, the rest are of the other side. Each side has 2
 * or more. Returns 0 or -ENOMEM.
 */
int trend_remove(double *value, const size_t *order, size_t n, size_t split);

/*
 * The factor by which noise is wider than it looks after a trend was taken out
 * of n values. A slope of least squares would cost one degree of freedom. The
 * median of slopes is a little less sharp, so two are counted.
 */
double trend_widening(size_t n);

#endif
