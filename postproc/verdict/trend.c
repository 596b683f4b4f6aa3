// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "verdict/trend.h"

static int compare_doubles(const void *a, const void *b)
{
	double l = *(const double *)a, r = *(const double *)b;

	return (l > r) - (l < r);
}

/* Stores the slopes between any two of n values. Returns how many there are. */
static size_t add_slopes(double *slope, const double *value,
			 const size_t *order, size_t n)
{
	size_t i, k, count = 0;

	for (i = 1; i < n; i++) {
		for (k = 0; k < i; k++) {
			double apart = (double)order[i] - (double)order[k];

			slope[count++] = (value[i] - value[k]) / apart;
		}
	}
	return count;
}

int trend_remove(double *value, const size_t *order, size_t n, size_t split)
{
	double *slope = reallocarray(NULL, n, n * sizeof(*slope)), median;
	size_t i, count;

	if (!slope)
		return -ENOMEM;
	count = add_slopes(slope, value, order, split);
	count += add_slopes(slope + count, value + split, order + split,
			    n - split);
	qsort(slope, count, sizeof(*slope), compare_doubles);
	median = (slope[(count - 1) / 2] + slope[count / 2]) / 2;
	for (i = 0; i < n; i++)
		value[i] -= median * (double)order[i];
	free(slope);
	return 0;
}

double trend_widening(size_t n)
{
	return sqrt(((double)n - 2) / ((double)n - 4));
}
