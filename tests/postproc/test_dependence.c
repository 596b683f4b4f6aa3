// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often runs that depend on their neighbours are found out, and how often
 * independent ones are taken for such. Each row is 400 comparisons.
 */
#include "random_values.h"
#include "test.h"
#include "verdict/dependence.h"

#define TRIES    400
#define RUNS_MAX 20

struct noise {
	double keeps;  /* the part of a value that is in the next one, too */
	double drift;  /* from the first to the last run, in spreads */
	double states; /* distance of two states of the machine, in spreads */
};

static void draw(const struct noise *noise, double *value, size_t n,
		 uint64_t *seed)
{
	double kept = random_normal(seed);
	bool slow = random_unit(seed) < 0.5;
	size_t i;

	for (i = 0; i < n; i++) {
		slow ^= random_unit(seed) < 0.1;
		kept = noise->keeps * kept +
		       sqrt(1 - noise->keeps * noise->keeps) *
			       random_normal(seed);
		value[i] = kept + noise->drift * (double)i / (double)n +
			   slow * noise->states;
	}
}

static size_t found(const struct noise *noise, size_t n, double step)
{
	double value[2 * RUNS_MAX];
	uint64_t seed = 1;
	size_t i, k, count = 0;

	for (k = 0; k < TRIES; k++) {
		draw(noise, value, 2 * n, &seed);
		for (i = n; i < 2 * n; i++)
			value[i] += step;
		count += dependence_find(value, n, value + n, n, step) !=
			 DEPENDENCE_NONE;
	}
	return count * 100 / TRIES;
}

TEST(dependence)
{
	static const struct {
		struct noise noise;
		size_t n;
		double step;        /* between the sides */
		size_t least, most; /* percent */
	} rows[] = {
		/* Independent runs, with and without a difference. */
		{ { .keeps = 0 }, 5, 0, 0, 8 },
		{ { .keeps = 0 }, 10, 0, 0, 8 },
		{ { .keeps = 0 }, 20, 0, 0, 8 },
		{ { .keeps = 0 }, 20, 5, 0, 8 },
		{ { .keeps = 0.5 }, 20, 0, 70, 100 },
		{ { .keeps = 0.9 }, 10, 0, 80, 100 },
		{ { .keeps = 0.9 }, 20, 1, 95, 100 },
		{ { .drift = 3 }, 10, 0, 40, 100 },
		{ { .drift = 3 }, 20, 0, 70, 100 },
		{ { .states = 3 }, 20, 0, 60, 100 },
	};

	for_each_in (row, rows) {
		size_t percent = found(&row->noise, row->n, row->step);

		print_message("# keeps %g, drift %g, states %g, %zu runs a "
			      "side: %zu %% found\n",
			      row->noise.keeps, row->noise.drift,
			      row->noise.states, row->n, percent);
		assert_in_range(percent, row->least, row->most);
	}
}

TEST(few)
{
	const double same[] = { 1, 1, 1, 1, 1 };
	const double sway[] = { 1, 1.1, 1, 1.1, 1 };
	const double rise[] = { 1, 2, 3, 4, 5 };

	assert_int_equal(dependence_find(sway, 5, same, 5, 0), DEPENDENCE_NONE);
	assert_int_equal(dependence_find(rise, 5, rise, 5, 4),
			 DEPENDENCE_DRIFT);
	assert_int_equal(dependence_find(rise, 4, rise, 5, 4), DEPENDENCE_NONE);
	assert_int_equal(dependence_find(rise, 5, rise, 5, 9), DEPENDENCE_NONE);
	assert_int_equal(dependence_find(same, 5, same, 5, 1), DEPENDENCE_NONE);
}
