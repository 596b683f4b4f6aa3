/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mean and standard deviation from exact sums of integers. Such sums are the
 * same in any order and merge by addition. So the order of lines, of files and
 * of merging cannot change a digit. No digits are lost by cancellation either,
 * because the only subtraction is done on integers.
 *
 * For n < 2^63 values x < 2^63: sum < 2^126, sum of squares < 2^189.
 */
#ifndef SMALLFIO_MOMENTS_H
#define SMALLFIO_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 uint128;

struct moments {
	uint64_t count;
	uint128 sum;
	uint128 squares;       /* low 128 bits of the sum of squares */
	uint64_t squares_high; /* the bits above */
};

/* Adds `count` values. *moments starts as all zeros. */
void moments_add(struct moments *moments, const uint64_t *values, size_t count);

void moments_merge(struct moments *to, const struct moments *from);

/* The mean; NaN for no values. */
long double moments_mean(const struct moments *moments);

/*
 * The sample standard deviation,
 * sqrt((n * sum(x^2) - sum(x)^2) / (n * (n - 1))). NaN for fewer than two
 * values.
 */
long double moments_stddev(const struct moments *moments);

/*
 * Mean and deviation of several sets, put together from those of each, by the
 * formula of Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm
 * for Computing Sample Variances, 1979.
 */
struct pooled_moments {
	uint64_t count;
	long double mean;
	long double squares; /* sum of squared differences from the mean */
};

/* Adds a set. *pooled starts as all zeros. */
void pooled_moments_add(struct pooled_moments *pooled, uint64_t count,
			long double mean, long double stddev);

/* The sample standard deviation; NaN for fewer than two values. */
long double pooled_moments_stddev(const struct pooled_moments *pooled);

#endif
