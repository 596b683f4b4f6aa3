/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The distributions of a profile as figures: those of single levels together,
 * with means, percentiles, and how far two of them are apart.
 */
#ifndef SMALLFIO_PROFILE_SERIES_H
#define SMALLFIO_PROFILE_SERIES_H

#include <stdbool.h>

#include "util/profile.h"

/* All distributions of one kind. The arrays are the profile's. */
struct profile_series {
	const char *name;  /* as in the file and in JSON */
	const char *title; /* for people */
	bool charted;      /* shown as a chart, too */
	bool doubling;     /* its chart has a bar for each power of two */
	const struct distribution *part;
	unsigned int parts;
	uint64_t total; /* how many numbers */
};

#define PROFILE_SERIES (PROFILE_KEYS + 2)

/* Fills `series`, in the order in which they are shown. */
void profile_series(const struct profile *profile,
		    struct profile_series series[PROFILE_SERIES]);

/* Of a series with at least one number. */
double profile_series_mean(const struct profile_series *series);
uint64_t profile_series_most(const struct profile_series *series);

/* How many numbers are at most `value`. */
double profile_series_up_to(const struct profile_series *series,
			    uint64_t value);

/* The least number that at least this share of all is not above, 0 to 1. */
uint64_t profile_series_quantile(const struct profile_series *series,
				 double share);

/*
 * The Kolmogorov-Smirnov distance of two series: the largest difference of
 * their shares of numbers up to any value, 0 to 1. NAN if one of them is empty.
 */
double profile_series_distance(const struct profile_series *a,
			       const struct profile_series *b);

#endif
