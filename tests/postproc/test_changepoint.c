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

struct marks {
	size_t marked; /* series in which a level begins */
	size_t alike;  /* of these */
	size_t out;    /* of these: one of the levels stands out */
};

static bool any_stands_out(const double *values, size_t n, const bool *changed)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++)
		any = any || (changed[i] &&
			      changepoint_stands_out(values, n, changed, i));
	return any;
}

/*
 * Looks at 200 series of 50 values of which each keeps a part of the one
 * before, with a step after 30 values.
 */
static struct marks mark(double keeps, double step)
{
	double values[50], value, noise = sqrt(1 - keeps * keeps);
	struct marks marks = { 0 };
	bool changed[50];
	uint64_t seed = 4;
	size_t i, k;

	for (k = 0; k < SERIES; k++) {
		value = random_normal(&seed);
		for (i = 0; i < 50; i++) {
			value = keeps * value + noise * random_normal(&seed);
			values[i] = value + (i >= 30) * step;
		}
		assert_ok(changepoint_find(values, 50, changed));
		if (!count(changed, 50))
			continue;
		marks.marked++;
		if (!changepoint_alike(values, 50, changed))
			continue;
		marks.alike++;
		marks.out += any_stands_out(values, 50, changed);
	}
	print_message("# each keeps %g of the one before, a step of %g: %zu of "
		      "%d series marked, %zu of these alike, of which %zu "
		      "stand out\n",
		      keeps, step, marks.marked, SERIES, marks.alike,
		      marks.out);
	return marks;
}

/*
 * Small steps are found, too, and a step does not make values alike. Of values
 * that are alike without a step hardly any level stands out, and a large step
 * does.
 */
TEST(neighbours)
{
	static const struct {
		double keeps, step;
		size_t marked, least, most; /* least, and percent of these */
		size_t out, out_most; /* percent of those that are alike */
	} rows[] = {
		{ 0, 1.5, 180, 0, 5, 0, 100 },
		{ 0, 2, 198, 0, 5, 0, 100 },
		{ 0, 3, SERIES, 0, 5, 0, 100 },
		{ 0, 5, SERIES, 0, 5, 0, 100 },
		{ 0, 10, SERIES, 0, 5, 0, 100 },
		{ 0.5, 0, 60, 65, 100, 0, 3 },
		{ 0.5, 5, SERIES, 80, 100, 2, 100 },
		{ 0.5, 10, SERIES, 80, 100, 85, 100 },
		{ 0.9, 0, 185, 90, 100, 0, 3 },
		{ 0.9, 5, SERIES, 90, 100, 80, 100 },
		{ 0.9, 10, SERIES, 90, 100, 98, 100 },
	};

	for_each_in (row, rows) {
		struct marks marks = mark(row->keeps, row->step);

		assert_in_range(marks.marked, row->marked, SERIES);
		assert_in_range(marks.alike * 100, row->least * marks.marked,
				row->most * marks.marked);
		assert_in_range(marks.out * 100, row->out * marks.alike,
				row->out_most * marks.alike);
	}
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
