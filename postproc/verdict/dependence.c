// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdbool.h>

#include "verdict/dependence.h"

/* A normal value is so many spreads below its mean in 2.5 % of cases. */
#define ONE_IN_40 1.96
/* Twice the logarithm of a Bayes factor that is "positive" evidence. */
#define POSITIVE 2.

/* Sums over the runs of both sides, each about the mean of its side. */
struct sums {
	double steps;   /* of squares of steps between neighbours */
	double squares; /* of squares of values */
	double span;    /* the larger of the sides' spans */
};

static double mean_of(const double *value, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += value[i];
	return sum / (double)n;
}

static void add_side(struct sums *sums, const double *value, size_t n)
{
	double mean = mean_of(value, n), least = value[0], most = value[0];
	size_t i;

	for (i = 0; i < n; i++) {
		double x = value[i] - mean;
		double step = i ? value[i] - value[i - 1] : 0;

		sums->steps += step * step;
		sums->squares += x * x;
		least = fmin(least, value[i]);
		most = fmax(most, value[i]);
	}
	sums->span = fmax(sums->span, most - least);
}

static bool are_alike(const struct sums *s, double runs, double change)
{
	return s->steps / s->squares < 2 - ONE_IN_40 * 2 / sqrt(runs + 2) &&
	       fabs(change) <= 2 * s->span;
}

/* What a line through the runs of both sides leaves of the sum of squares. */
static double beside_line(const double *a, size_t n, const double *b, size_t m)
{
	double runs = (double)(n + m), squares = 0, times = 0, products = 0;
	double mean = mean_of(a, n) * ((double)n / runs) +
		      mean_of(b, m) * ((double)m / runs);
	size_t i;

	for (i = 0; i < n + m; i++) {
		double x = (i < n ? a[i] : b[i - n]) - mean;
		double t = (double)i - (runs - 1) / 2;

		squares += x * x;
		times += t * t;
		products += t * x;
	}
	return squares - products * products / times;
}

enum dependence dependence_find(const double *a, size_t n, const double *b,
				size_t m)
{
	struct sums sums = { 0 };

	if (n < DEPENDENCE_RUNS_LEAST || m < DEPENDENCE_RUNS_LEAST)
		return DEPENDENCE_NONE;
	add_side(&sums, a, n);
	add_side(&sums, b, m);
	if (beside_line(a, n, b, m) <
	    sums.squares * exp(POSITIVE / (double)(n + m)))
		return DEPENDENCE_DRIFT;
	return are_alike(&sums, (double)(n + m), mean_of(b, m) - mean_of(a, n))
		       ? DEPENDENCE_ALIKE
		       : DEPENDENCE_NONE;
}
