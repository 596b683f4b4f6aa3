// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/fairness.h"

long double fairness_index(const long double *rates, size_t n)
{
	long double sum = 0, squares = 0;
	size_t i, count = 0;

	for (i = 0; i < n; i++) {
		if (isnan(rates[i]))
			continue;
		sum += rates[i];
		squares += rates[i] * rates[i];
		count++;
	}
	if (count < 2 || !(squares > 0))
		return NAN;
	return sum * sum / ((long double)count * squares);
}

static int by_value(const void *a, const void *b)
{
	long double l = *(const long double *)a, r = *(const long double *)b;

	return (l > r) - (l < r);
}

static long double median_of(long double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* What a distance from the median is divided by. */
static long double unit_of(long double *distances, size_t n)
{
	long double mad = median_of(distances, n), sum = 0;
	size_t i;

	if (mad > 0)
		return mad / 0.6745L;
	for (i = 0; i < n; i++)
		sum += distances[i];
	return 1.253314L * sum / (long double)n;
}

int fairness_scores(const long double *values, size_t n, long double *score,
		    long double *median)
{
	long double *known = calloc(n + 1, sizeof(*known)), unit;
	size_t i, count = 0;

	if (!known)
		return -ENOMEM;
	*median = NAN;
	for (i = 0; i < n; i++) {
		score[i] = NAN;
		if (!isnan(values[i]))
			known[count++] = values[i];
	}
	if (count >= OUTLIER_THREADS_MIN) {
		*median = median_of(known, count);
		for (i = 0; i < count; i++)
			known[i] = fabsl(known[i] - *median);
		unit = unit_of(known, count);
		for (i = 0; i < n; i++) {
			long double distance = values[i] - *median;

			score[i] = distance == 0 ? 0 : distance / unit;
		}
	}
	free(known);
	return 0;
}

bool fairness_is_outlier(long double value, long double score,
			 long double median)
{
	return fabsl(score) > OUTLIER_SCORE &&
	       fabsl(value - median) * 100 > median * OUTLIER_PERCENT;
}
