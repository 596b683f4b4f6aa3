/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run: sorted samples with their sums. A thread is one run (one an interval
 * where intervals are asked for); a host is the runs of its threads; the
 * cluster is all. Nothing is copied or merged to go from one to the next.
 */
#ifndef SMALLFIO_RUN_H
#define SMALLFIO_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "moments.h"

struct run {
	const uint64_t *latency_ns; /* ascending */
	size_t count;
	int64_t interval; /* number of the interval; 0 if none */
	struct moments moments;
};

/*
 * Sorts ascending, by radix: time grows with count and with the number of
 * digits in use, and no input makes it slow. Needs as much memory again while
 * it sorts. 0 or -ENOMEM.
 */
int run_sort(uint64_t *values, size_t count);

/*
 * The rank-th smallest (from 0) of all values of `n` runs, found by bisection
 * of the value. rank must be below the sum of the counts.
 */
uint64_t run_select(const struct run *const *runs, size_t n, uint64_t rank);

/*
 * Percentile by linear interpolation between closest ranks, as numpy's
 * default: at rank r = (count - 1) * p / 100, x[floor r] plus the fraction of
 * r times the way to the next value. (Hyndman, Fan: Sample Quantiles in
 * Statistical Packages, 1996, definition 7.) The rank is computed in integers;
 * `percent_e9` is 10^9 times the percentile, 0 to 100 * 10^9.
 * Returns ns, NaN for no values.
 */
long double run_percentile(const struct run *const *runs, size_t n,
			   uint64_t percent_e9);

#endif
