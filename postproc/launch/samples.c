// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "launch/samples.h"

/*
 * The 97.5 % quantile of Student's t distribution. Up to 10 degrees of freedom
 * from tables. Beyond by the first terms of the expansion around the normal
 * quantile (Abramowitz and Stegun, 26.7.5), which is good to four digits there.
 */
static double quantile(size_t freedom)
{
	static const double known[] = { 0,     12.706, 4.303, 3.182,
					2.776, 2.571,  2.447, 2.365,
					2.306, 2.262,  2.228 };
	const double x = 1.959964, n = (double)freedom;

	if (freedom < sizeof(known) / sizeof(*known))
		return known[freedom];
	return x + (pow(x, 3) + x) / (4 * n) +
	       (5 * pow(x, 5) + 16 * pow(x, 3) + 3 * x) / (96 * n * n);
}

void samples_of(struct samples *s, const double *value, size_t count)
{
	double squares = 0, sum = 0;

	*s = (struct samples){ count, value[0], value[0], 0, NAN, NAN };
	for (size_t i = 0; i < count; i++) {
		sum += value[i];
		s->least = fmin(s->least, value[i]);
		s->most = fmax(s->most, value[i]);
	}
	s->mean = sum / (double)count;
	/* fmin() and fmax() pass over NAN. */
	if (isnan(sum))
		s->least = s->most = NAN;
	if (count < 2 || isnan(sum))
		return;
	for (size_t i = 0; i < count; i++)
		squares += pow(value[i] - s->mean, 2);
	s->deviation = sqrt(squares / (double)(count - 1));
	s->interval = quantile(count - 1) * s->deviation / sqrt((double)count);
}
