/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that are the same on every machine. */
#ifndef SMALLFIO_RANDOM_VALUES_H
#define SMALLFIO_RANDOM_VALUES_H

#include <math.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static inline uint64_t random_bits(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Draws a number from 0 up to but not including 1. */
static inline double random_unit(uint64_t *seed)
{
	return (double)(random_bits(seed) >> 11) * 0x1p-53;
}

/* Draws a number with a normal distribution, by Box and Muller. */
static inline double random_normal(uint64_t *seed)
{
	double u = 1 - random_unit(seed);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * random_unit(seed));
}

#endif
