// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics of samples, compared with values computed by hand. The quantiles
 * of Student's t distribution are from printed tables.
 */
#include <math.h>

#include "test.h"
#include "launch/samples.h"

static void assert_close(double got, double want)
{
	if (!(fabs(got / want - 1) < 1e-3))
		fail_msg("got %.9f, expected %.9f", got, want);
}

TEST(known_values)
{
	double value[12];
	struct samples s;

	for (int i = 0; i < 12; i++)
		value[i] = i + 1;
	samples_of(&s, value, 4);
	assert_close(s.mean, 2.5);
	assert_close(s.least, 1);
	assert_close(s.most, 4);
	assert_close(s.deviation, 1.290994);
	assert_close(s.interval, 3.182 * 1.290994 / 2);
	/* Here the quantile comes from the expansion. */
	samples_of(&s, value, 12);
	assert_close(s.interval, 2.201 * 3.605551 / sqrt(12));
}

TEST(what_cannot_be_told)
{
	const double value[] = { 5, NAN, 7 };
	struct samples s;

	samples_of(&s, value, 1);
	assert_close(s.mean, 5);
	assert_true(isnan(s.deviation) && isnan(s.interval));
	samples_of(&s, value, 3);
	assert_true(isnan(s.mean) && isnan(s.least) && isnan(s.most) &&
		    isnan(s.deviation) && isnan(s.interval));
}
