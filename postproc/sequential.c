// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "sequential.h"

bool sequential_is_look(size_t rounds, size_t rounds_max)
{
	return rounds == rounds_max || (rounds && !(rounds % SEQUENTIAL_STEP));
}

static double spent(size_t rounds, size_t rounds_max, double alpha)
{
	return alpha * sqrt((double)rounds / (double)rounds_max);
}

double sequential_alpha(size_t rounds, size_t rounds_max, double alpha)
{
	size_t before = (rounds - 1) / SEQUENTIAL_STEP * SEQUENTIAL_STEP;

	return spent(rounds, rounds_max, alpha) -
	       spent(before, rounds_max, alpha);
}
