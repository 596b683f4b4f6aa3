// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change points are found where they are, and rarely where there is only noise.
 */
#include "verdict/changepoint.h"
#include "test.h"
#include "random_values.h"

#define SERIES 200

static size_t count(const bool *changed, size_t n)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += changed[i];
	return found;
}

TEST(steps)
{
	double values[60];
	bool changed[60];
	uint64_t seed = 1;
	size_t i;

	for (i = 0; i < 60; i++)
		values[i] =
			random_normal(&seed) + (i >= 20) * 8 - (i >= 45) * 5;
	assert_ok(changepoint_find(values, 60, changed));
	assert_int_equal(count(changed, 60), 2);
	assert_true(changed[20] && changed[45]);
}

/* At a level of 1 %: 200 series of noise make about 2 false alarms. */
TEST(noise)
{
	double values[50];
	bool changed[50];
	uint64_t seed = 2;
	size_t i, k, alarms = 0;

	for (k = 0; k < SERIES; k++) {
		for (i = 0; i < 50; i++)
			values[i] = random_normal(&seed);
		assert_ok(changepoint_find(values, 50, changed));
		alarms += count(changed, 50) > 0;
	}
	print_message("# %zu of %d series without a change show one\n", alarms,
		      SERIES);
	assert_true(alarms <= 6);
}

TEST(edges)
{
	static double many[CHANGEPOINT_VALUES_MAX + 1];
	static bool changed[CHANGEPOINT_VALUES_MAX + 1];
	double few[] = { 1, 1, 1, 1, 9, 9, 9, 9 };

	assert_ok(changepoint_find(few, 0, changed));
	assert_ok(changepoint_find(few, 8, changed));
	assert_int_equal(count(changed, 8), 0);
	assert_ok(changepoint_find(many, CHANGEPOINT_VALUES_MAX, changed));
	assert_int_equal(count(changed, CHANGEPOINT_VALUES_MAX), 0);
	assert_int_equal(changepoint_find(many, CHANGEPOINT_VALUES_MAX + 1,
					  changed),
			 -E2BIG);
}
