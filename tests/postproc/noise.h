/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions of made-up runs, in the kinds of noise that machines make. */
#ifndef SMALLFIO_NOISE_H
#define SMALLFIO_NOISE_H

#include <stdbool.h>

#include "random_values.h"

enum noise {
	LOG_NORMAL, /* each run by itself */
	OUTLIERS,   /* one in ten up to ten sigma slower */
	DRIFT,      /* slower by three sigma from begin to end of the session */
	CORRELATED, /* correlation of 0.7 from run to run */
	NOISES,
};

static const char *const noise_names[] = {
	"log-normal",
	"outliers",
	"drift",
	"autocorrelated",
};

/* The logarithms of the times of n runs one after the other. */
static inline void noise_session(double *log_time, int n, enum noise noise,
				 double sigma, uint64_t *seed)
{
	double last = random_normal(seed);
	int i;

	for (i = 0; i < n; i++) {
		double z = random_normal(seed);

		if (noise == OUTLIERS && random_unit(seed) < 0.1)
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

/* Files/s of A and B in rounds, each in random order, as `ab` runs them. */
static inline void noise_rates(double *a, double *b, const double *log_time,
			       int rounds, double change, uint64_t *seed)
{
	int i;

	for (i = 0; i < rounds; i++) {
		bool a_first = random_unit(seed) < 0.5;

		a[i] = 1000 * exp(-log_time[2 * i + !a_first]);
		b[i] = 1000 * exp(-log_time[2 * i + a_first]) * (1 + change);
	}
}

#endif
