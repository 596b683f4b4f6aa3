/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a series of values changed: hierarchical division by the energy
 * statistic, each division tested by permutation.
 *   Matteson, James: A Nonparametric Approach for Multiple Change Point
 * Analysis of Multivariate Data, J. Am. Stat. Assoc. 109 (2014) 334-345. Of
 * their method the divisions of a segment reach to its end, and a segment is
 * tested by permuting that segment alone. Nothing is assumed of the
 * distribution; values of one level are taken to come in any order.
 */
#ifndef SMALLFIO_CHANGEPOINT_H
#define SMALLFIO_CHANGEPOINT_H

#include <stdbool.h>
#include <stddef.h>

#define CHANGEPOINT_VALUES_MAX 500
#define CHANGEPOINT_SEGMENT    5 /* shortest stretch of one level */
#define CHANGEPOINT_SHUFFLES   199
#define CHANGEPOINT_LEVEL      0.01

/*
 * Sets changed[i] where the i-th of n values begins another level. The same
 * values give the same answer: the seed is fixed. 0, -E2BIG for more than
 * CHANGEPOINT_VALUES_MAX values, or -ENOMEM.
 */
int changepoint_find(const double *values, size_t n, bool *changed);

#endif
