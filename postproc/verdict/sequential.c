// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "verdict/sequential.h"

const struct sequential_reach sequential_reaches[SEQUENTIAL_REACHES] = {
	{ 10, 2.17 },
	{ 20, 1.56 },
	{ 40, 1.05 },
	{ 80, 0.73 },
};

bool sequential_is_look(size_t rounds, size_t rounds_max)
{
	size_t look;

	for (look = rounds_max / 2; look >= SEQUENTIAL_LEAST; look /= 2) {
		if (rounds == look)
			return true;
	}
	return rounds == rounds_max;
}

static double spent(size_t rounds, size_t rounds_max, double alpha)
{
	return alpha * sqrt((double)rounds / (double)rounds_max);
}

double sequential_alpha(size_t rounds, size_t rounds_max, double alpha)
{
	size_t before = rounds / 2;

	if (before < SEQUENTIAL_LEAST)
		before = 0;
	return spent(rounds, rounds_max, alpha) -
	       spent(before, rounds_max, alpha);
}
