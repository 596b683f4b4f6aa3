// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "stats/moments.h"

struct uint256 {
	uint128 low, high;
};

static void add_squares(struct moments *to, uint128 low, uint64_t high)
{
	to->squares += low;
	to->squares_high += high + (to->squares < low);
}

void moments_add(struct moments *moments, const uint64_t *values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		moments->sum += values[i];
		add_squares(moments, (uint128)values[i] * values[i], 0);
	}
	moments->count += count;
}

void moments_merge(struct moments *to, const struct moments *from)
{
	to->count += from->count;
	to->sum += from->sum;
	add_squares(to, from->squares, from->squares_high);
}

/* Schoolbook multiplication with 64-bit digits. */
static struct uint256 multiply(uint128 a, uint128 b)
{
	uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
	uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
	uint128 p00 = (uint128)a0 * b0, p01 = (uint128)a0 * b1;
	uint128 p10 = (uint128)a1 * b0, p11 = (uint128)a1 * b1;
	uint128 middle = (p00 >> 64) + (uint64_t)p01 + (uint64_t)p10;

	return (struct uint256){
		.low = (middle << 64) | (uint64_t)p00,
		.high = p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64),
	};
}

/* n * sum(x^2) - sum(x)^2, which is never negative (Cauchy-Schwarz). */
static struct uint256 spread(const struct moments *m)
{
	struct uint256 a = multiply(m->squares, m->count);
	struct uint256 b = multiply(m->sum, m->sum);

	a.high += (uint128)m->squares_high * m->count;
	a.high -= b.high + (a.low < b.low);
	a.low -= b.low;
	return a;
}

long double moments_mean(const struct moments *moments)
{
	if (!moments->count)
		return NAN;
	/*
	 * Whole part and rest are divided separately, because the sum may have
	 * more bits than a long double keeps.
	 */
	return (long double)(uint64_t)(moments->sum / moments->count) +
	       (long double)(uint64_t)(moments->sum % moments->count) /
		       (long double)moments->count;
}

long double moments_stddev(const struct moments *moments)
{
	struct uint256 s;
	long double n = (long double)moments->count;

	if (moments->count < 2)
		return NAN;
	s = spread(moments);
	return sqrtl((ldexpl((long double)s.high, 128) + (long double)s.low) /
		     n / (n - 1));
}

void pooled_moments_add(struct pooled_moments *pooled, uint64_t count,
			long double mean, long double stddev)
{
	long double a = (long double)pooled->count, b = (long double)count;
	long double apart = mean - pooled->mean;

	if (!count)
		return;
	pooled->squares +=
		stddev * stddev * (b - 1) + apart * apart * a * b / (a + b);
	pooled->mean += apart * b / (a + b);
	pooled->count += count;
}

long double pooled_moments_stddev(const struct pooled_moments *pooled)
{
	if (pooled->count < 2)
		return NAN;
	return sqrtl(pooled->squares / (long double)(pooled->count - 1));
}
