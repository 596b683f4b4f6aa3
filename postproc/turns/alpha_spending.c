// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "turns/alpha_spending.h"

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

/* What an estimate from so many pairs is off by at most, in 95 of 100 cases. */
static double off_by(double noise, size_t pairs)
{
	return 1.645 * noise * sqrt(2 / 0.955 / (double)pairs);
}

static size_t first_look(size_t rounds_max)
{
	while (rounds_max / 2 >= ALPHA_SPENDING_LEAST)
		rounds_max /= 2;
	return rounds_max;
}

double alpha_spending_found(const struct alpha_spending_reach *reach,
			    double noise, size_t n, double log_threshold,
			    size_t confirm)
{
	double sd = noise * (1 + 1.28 / sqrt(2 * ((double)n - 1)));
	double past = log_threshold + off_by(sd, first_look(reach->rounds_max));
	double confirmed = log_threshold / 2 + off_by(sd, confirm);

	return fmax(reach->change * sd, fmax(past, confirmed));
}
