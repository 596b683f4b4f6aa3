// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change points are found where they are, and rarely where there is only noise.
 */
#include <math.h>

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

/* Both steps are found, and in nearly all series nothing else. */
TEST(steps)
{
	double values[60];
	bool changed[60];
	uint64_t seed;
	size_t i, alone = 0;

	for (seed = 1; seed <= 40; seed++) {
		uint64_t state = seed;

		for (i = 0; i < 60; i++)
			values[i] = random_normal(&state) + (i >= 20) * 8 -
				    (i >= 45) * 5;
		assert_ok(changepoint_find(values, 60, changed));
		assert_int_equal(count(changed + 18, 5), 1);
		assert_int_equal(count(changed + 43, 5), 1);
		alone += count(changed, 60) == 2;
	}
	assert_in_range(alone, 36, 40);
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

/*
 * A level that came and went moves neither half of the series much. Both of its
 * ends are found, and near: 7 of 47 runs lie 10 spreads below the others.
 */
TEST(middle)
{
	double values[47];
	bool changed[47];
	uint64_t seed = 3;
	size_t i, k;

	for (k = 0; k < 60; k++) {
		for (i = 0; i < 47; i++)
			values[i] =
				random_normal(&seed) - (i >= 20 && i < 27) * 10;
		assert_ok(changepoint_find(values, 47, changed));
		assert_int_equal(count(changed + 18, 5), 1);
		assert_int_equal(count(changed + 25, 5), 1);
	}
}

/* How many of 200 series of 50 values, with what each keeps, are alike. */
static size_t alike(double keeps, double step)
{
	double values[50], value, noise = sqrt(1 - keeps * keeps);
	uint64_t seed = 4;
	size_t i, k, found = 0;

	for (k = 0; k < SERIES; k++) {
		value = random_normal(&seed);
		for (i = 0; i < 50; i++) {
			value = keeps * value + noise * random_normal(&seed);
			values[i] = value + (i >= 30) * step;
		}
		found += changepoint_alike(values, 50);
	}
	print_message("# each keeps %g of the one before: %zu of %d alike\n",
		      keeps, found, SERIES);
	return found;
}

TEST(neighbours)
{
	assert_in_range(alike(0, 0), 0, 40);
	assert_in_range(alike(0, 5), 0, 50);
	assert_in_range(alike(0.5, 0), 130, SERIES);
	assert_in_range(alike(0.9, 0), 185, SERIES);
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
