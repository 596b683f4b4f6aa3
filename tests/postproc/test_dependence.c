// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often a comparison of one side after the other is red, before and after
 * its runs were looked at for a dependence on their neighbours: the table of
 * docs/ci-gate.md. Each row is 2,000 comparisons at three numbers of runs.
 */
#include "random_values.h"
#include "test.h"
#include "verdict/compare.h"
#include "verdict/dependence.h"

#define TRIES    2000
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

struct reds {
	size_t before, left; /* of TRIES */
};

/* Compares n runs with n that are later and worse by `step` spreads of 3 %. */
static struct reds count_reds(const struct noise *noise, size_t n, double step)
{
	const struct compare_options options = { .alpha = 0.01,
						 .threshold = 0.02 };
	double log_value[2 * RUNS_MAX], value[2 * RUNS_MAX];
	struct reds reds = { 0 };
	struct comparison c;
	uint64_t seed = 7;
	size_t i, k;

	for (k = 0; k < TRIES; k++) {
		draw(noise, log_value, 2 * n, &seed);
		for (i = 0; i < 2 * n; i++) {
			log_value[i] = 0.03 * (log_value[i] + (i >= n) * step);
			value[i] = exp(log_value[i]);
		}
		assert_ok(compare(value, n, value + n, n, &options, &c));
		if (c.verdict != VERDICT_REGRESSION)
			continue;
		reds.before++;
		reds.left += dependence_find(log_value, n, log_value + n, n) ==
			     DEPENDENCE_NONE;
	}
	return reds;
}

TEST(dependence)
{
	static const size_t runs[] = { 5, 10, RUNS_MAX };
	static const struct {
		const char *name;
		struct noise noise;
		double step; /* between the sides, in spreads */
		/* Percent that are left: with a step at least, else at most. */
		size_t bound[3];
	} rows[] = {
		{ "independent", { .keeps = 0 }, 0, { 1, 1, 1 } },
		{ "keeps 0.5", { .keeps = 0.5 }, 0, { 3, 4, 2 } },
		{ "keeps 0.9", { .keeps = 0.9 }, 0, { 4, 3, 1 } },
		{ "drift by 3", { .drift = 3 }, 0, { 9, 8, 5 } },
		{ "drift by 6", { .drift = 6 }, 0, { 6, 3, 1 } },
		{ "two states", { .states = 3 }, 0, { 5, 6, 4 } },
		{ "step of 2", { .keeps = 0 }, 2, { 35, 65, 83 } },
		{ "step of 3", { .keeps = 0 }, 3, { 70, 88, 93 } },
		{ "step of 5", { .keeps = 0 }, 5, { 93, 95, 95 } },
	};

	for_each_in (row, rows) {
		for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
			struct reds reds =
				count_reds(&row->noise, runs[i], row->step);
			size_t bound = row->bound[i] * TRIES / 100;

			print_message("# %s, %zu runs a side: %.1f %% red, "
				      "%.1f %% are left\n",
				      row->name, runs[i],
				      100. * (double)reds.before / TRIES,
				      100. * (double)reds.left / TRIES);
			if (row->step > 0)
				assert_in_range(reds.left, bound, TRIES);
			else
				assert_in_range(reds.left, 0, bound);
		}
	}
}

TEST(few)
{
	const double same[] = { 1, 1, 1, 1, 1 };
	const double low[] = { 1, 2, 3, 4, 5 }, high[] = { 6, 7, 8, 9, 10 };
	const double down[] = { 10, 9, 8, 7, 6 };

	assert_int_equal(dependence_find(same, 5, same, 5), DEPENDENCE_NONE);
	assert_int_equal(dependence_find(low, 5, high, 5), DEPENDENCE_DRIFT);
	assert_int_equal(dependence_find(high, 5, low, 5), DEPENDENCE_ALIKE);
	assert_int_equal(dependence_find(low, 5, down, 5), DEPENDENCE_ALIKE);
	assert_int_equal(dependence_find(low, 4, high, 5), DEPENDENCE_NONE);
}
