// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "stats/rate.h"

#define MS_PER_S 1000

long double rate_per_s(long double amount, long double seconds)
{
	if (!(seconds * MS_PER_S >= RATE_LEAST_MS))
		return NAN;
	return amount / seconds;
}

uint64_t rate_factor(long double seconds)
{
	static const uint64_t steps[] = { 2, 5, 10 };
	long double took_ms = fmaxl(seconds * MS_PER_S, 1);
	uint64_t ten = 1, i = 0;

	if (took_ms >= RATE_LEAST_MS)
		return 1;
	while ((long double)(steps[i] * ten) * took_ms < 2 * RATE_LEAST_MS)
		if (++i == 3) {
			i = 0;
			ten *= 10;
		}
	return steps[i] * ten;
}
