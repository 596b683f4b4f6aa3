/* SPDX-License-Identifier: GPL-2.0-only */
/* Percentiles by brute force, to compare with those of the program. */
#ifndef SMALLFIO_BRUTE_FORCE_H
#define SMALLFIO_BRUTE_FORCE_H

#include <math.h>
#include <stdlib.h>

#include "random_values.h"

#define E9 UINT64_C(1000000000)

/* The next of one sequence of random numbers. */
static inline uint64_t random64(void)
{
	static uint64_t seed = 20240607;

	return random_bits(&seed);
}

static inline int by_value(const void *a, const void *b)
{
	uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;

	return (l > r) - (l < r);
}

static inline void sort_values(uint64_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
}

/*
 * The percentile as the textbook has it: x[k] + f * (x[k + 1] - x[k]) at rank
 * (n - 1) * p, of which k is the whole part and f the rest. The rank is
 * computed in integers. NAN: there are no values.
 */
static inline long double textbook(const uint64_t *sorted, size_t n,
				   uint64_t percent_e9)
{
	unsigned __int128 at = (unsigned __int128)(n - 1) * percent_e9;
	size_t k = (size_t)(at / (100 * E9));
	long double f = (long double)(uint64_t)(at % (100 * E9)) / 100e9L;

	if (!n)
		return NAN;
	if (k + 1 >= n)
		return (long double)sorted[n - 1];
	return (long double)sorted[k] +
	       f * ((long double)sorted[k + 1] - (long double)sorted[k]);
}

#endif
