// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdbool.h>

#include "verdict/dependence.h"

/* A normal value is so many spreads above its mean in 2.5 % of cases. */
#define ONE_IN_40 1.96

/* Sums over the runs of both sides, each about the means of its side. */
struct sums {
	double steps;    /* of squares of steps between neighbours */
	double squares;  /* of squares of values */
	double times;    /* of squares of places in time */
	double products; /* of places and values */
	double span;     /* the larger of the sides' spans */
	size_t freedom;  /* runs without one for each mean */
};

static void add_side(struct sums *sums, const double *value, size_t n)
{
	double mean = 0, least = value[0], most = value[0];
	size_t i;

	for (i = 0; i < n; i++)
		mean += value[i] / (double)n;
	for (i = 0; i < n; i++) {
		double x = value[i] - mean, t = (double)i - (double)(n - 1) / 2;
		double step = i ? value[i] - value[i - 1] : 0;

		sums->steps += step * step;
		sums->squares += x * x;
		sums->times += t * t;
		sums->products += t * x;
		least = fmin(least, value[i]);
		most = fmax(most, value[i]);
	}
	sums->span = fmax(sums->span, most - least);
	sums->freedom += n - 1;
}

static bool are_alike(const struct sums *s)
{
	double runs = (double)s->freedom + 2;

	return s->steps / s->squares < 2 - ONE_IN_40 * 2 / sqrt(runs + 2);
}

static bool drift(const struct sums *s)
{
	double slope = s->products / s->times, z = ONE_IN_40;
	double freedom = (double)s->freedom - 1;
	double rest = s->squares - slope * s->products;
	double bound = z + (pow(z, 3) + z) / (4 * freedom) +
		       (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) /
			       (96 * freedom * freedom);

	return slope * sqrt(s->times) > bound * sqrt(fmax(rest, 0) / freedom);
}

enum dependence dependence_find(const double *a, size_t n, const double *b,
				size_t m, double change)
{
	struct sums sums = { 0 };

	if (n < DEPENDENCE_RUNS_LEAST || m < DEPENDENCE_RUNS_LEAST)
		return DEPENDENCE_NONE;
	add_side(&sums, a, n);
	add_side(&sums, b, m);
	if (change > 2 * sums.span)
		return DEPENDENCE_NONE;
	if (drift(&sums))
		return DEPENDENCE_DRIFT;
	return are_alike(&sums) ? DEPENDENCE_ALIKE : DEPENDENCE_NONE;
}
