/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds where values over time moved to another level. The values are divided
 * in two where the energy statistic is largest, and a permutation test decides
 * whether the division stands. Then each part is divided in the same way.
 *   Matteson, James: A Nonparametric Approach for Multiple Change Point
 *     Analysis of Multivariate Data, J. Am. Stat. Assoc. 109 (2014) 334-345.
 * Two things differ from the paper. A division always has two parts that reach
 * to the ends of its segment, and a segment is tested by permuting that segment
 * alone. No distribution is assumed, only that values of one level may come in
 * any order.
 */
#ifndef SMALLFIO_CHANGEPOINT_H
#define SMALLFIO_CHANGEPOINT_H

#include <stdbool.h>
#include <stddef.h>

#define CHANGEPOINT_VALUES_MAX 500
#define CHANGEPOINT_SEGMENT    5 /* least number of values of one level */
#define CHANGEPOINT_SHUFFLES   199
#define CHANGEPOINT_LEVEL      0.01

/*
 * Sets changed[i] where the i-th of n values begins another level. The seed is
 * fixed, so the same values give the same answer. Returns 0, -E2BIG for more
 * than CHANGEPOINT_VALUES_MAX values, or -ENOMEM.
 */
int changepoint_find(const double *values, size_t n, bool *changed);

#endif
