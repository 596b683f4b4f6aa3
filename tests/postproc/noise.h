/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes up sessions of runs with several kinds of noise that machines make. */
#ifndef SMALLFIO_NOISE_H
#define SMALLFIO_NOISE_H

#include <stdbool.h>

#include "random_values.h"

/*
 * The kinds of noise. Sigma is the standard deviation of the runs' logarithms,
 * except where the kind says something else.
 */
enum noise {
	LOG_NORMAL,      /* each run by itself */
	OUTLIERS,        /* one in ten slower by up to ten of the others' */
	DRIFT,           /* slower by three sigma from begin to end, beside */
	CORRELATED,      /* correlation of 0.7 from run to run */
	OUTLIERS_BEYOND, /* as OUTLIERS, sigma is that of the other nine; of
			  * all runs it is OUTLIERS_SPREAD times as much */
	NOISES,
};

/*
 * The root of 1 + the variance of a value that is 10 * uniform in one of ten
 * runs, and 0 in the others.
 */
#define OUTLIERS_SPREAD sqrt(1 + 100 * (0.1 / 3 - 0.1 * 0.1 / 4))

static const char *const noise_names[] = {
	"log-normal", "outliers", "drift", "autocorrelated", "outliers beyond",
};

/* Draws the logarithms of the times of n runs, one after the other. */
static inline void noise_session(double *log_time, int n, enum noise noise,
				 double sigma, uint64_t *seed)
{
	bool outliers = noise == OUTLIERS || noise == OUTLIERS_BEYOND;
	double last = random_normal(seed);
	int i;

	if (noise == OUTLIERS)
		sigma /= OUTLIERS_SPREAD;
	for (i = 0; i < n; i++) {
		double z = random_normal(seed);

		if (outliers && random_unit(seed) < 0.1)
			z += 10 * random_unit(seed);
		if (noise == DRIFT)
			z += 3.0 * i / (n - 1);
		if (noise == CORRELATED) {
			z = 0.7 * last + sqrt(1 - 0.7 * 0.7) * z;
			last = z;
		}
		log_time[i] = sigma * z;
	}
}

/*
 * Turns times into files/s of A and B, with rounds in random order as `ab` has
 * them. Also gives the number of each run in the session, first those of A.
 */
static inline void noise_rates(double *a, double *b, size_t *order,
			       const double *log_time, int rounds,
			       double change, uint64_t *seed)
{
	int i;

	for (i = 0; i < rounds; i++) {
		bool a_first = random_unit(seed) < 0.5;

		order[i] = (size_t)(2 * i + !a_first);
		order[rounds + i] = (size_t)(2 * i + a_first);
		a[i] = 1000 * exp(-log_time[order[i]]);
		b[i] = 1000 * exp(-log_time[order[rounds + i]]) * (1 + change);
	}
}

#endif
