// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "verdict/alpha_spending.h"

const struct alpha_spending_reach
	alpha_spending_reaches[ALPHA_SPENDING_REACHES] = {
		{ 10, 2.17 },
		{ 20, 1.56 },
		{ 40, 1.05 },
		{ 80, 0.73 },
	};

bool alpha_spending_is_look(size_t rounds, size_t rounds_max)
{
	size_t look;

	for (look = rounds_max / 2; look >= ALPHA_SPENDING_LEAST; look /= 2) {
		if (rounds == look)
			return true;
	}
	return rounds == rounds_max;
}

static double spent(size_t rounds, size_t rounds_max, double alpha)
{
	return alpha * sqrt((double)rounds / (double)rounds_max);
}

double alpha_spending_alpha(size_t rounds, size_t rounds_max, double alpha)
{
	size_t before = rounds / 2;

	if (before < ALPHA_SPENDING_LEAST)
		before = 0;
	return spent(rounds, rounds_max, alpha) -
	       spent(before, rounds_max, alpha);
}
