/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of a figure that was measured several times. */
#ifndef SMALLFIO_SAMPLES_H
#define SMALLFIO_SAMPLES_H

#include <stddef.h>

struct samples {
	size_t count;
	double least, most;
	double mean;
	double deviation; /* sample standard deviation; NAN for one value */
	/*
	 * Half the width of the 95 % interval of the mean by Student's t
	 * distribution; NAN for one value.
	 */
	double interval;
};

/* `count` values, at least one. NAN among them makes all of it NAN. */
void samples_of(struct samples *samples, const double *value, size_t count);

#endif
