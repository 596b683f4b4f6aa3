// SPDX-License-Identifier: GPL-2.0-only
#include "random_values.h"
#include "test.h"
#include "turns/neighbour.h"
#include "verdict/gate.h"

#define NOISE     0.02 /* of a loss in a round */
#define THRESHOLD 0.02

/*
 * Returns whether turns fit two operations with the same loss, and whose losses
 * differ by `lean`. Looks after each round from `least` to `most`, and ends
 * when they do not fit.
 */
static bool fit(uint64_t *seed, double lean, size_t least, size_t most)
{
	struct neighbours n = { 0 };
	bool fits = true;
	size_t round;

	for (round = 1; round <= most && fits; round++) {
		double both = 0.05 + NOISE * random_normal(seed);
		double create[2] = { both + NOISE * random_normal(seed) + lean,
				     both + NOISE * random_normal(seed) };
		double stat[2] = { NOISE * random_normal(seed),
				   NOISE * random_normal(seed) };

		assert_ok(neighbours_add_loss(&n, "create", create));
		assert_ok(neighbours_add_loss(&n, "stat", stat));
		fits = round < least ||
		       neighbours_fit(&n, THRESHOLD) != NEIGHBOURS_UNFIT;
	}
	neighbours_free(&n);
	return fits;
}

/* Sides that lose the same are told apart by chance, in 1 of 100 operations. */
TEST(the_same_loss)
{
	uint64_t seed = 20;
	int once = 0, ever = 0, i;

	for (i = 0; i < 5000; i++) {
		once += !fit(&seed, 0, 7, 7);
		ever += !fit(&seed, 0, 3, 60);
	}
	print_message("# of 5000 comparisons of two operations, turns seem not "
		      "to fit: after 7 rounds %d, at any of 60 looks %d\n",
		      once, ever);
	assert_true(once <= 25);
	assert_true(ever <= 100);
}

/* What A leaves to B is found. */
TEST(another_loss)
{
	uint64_t seed = 21;
	int found[3] = { 0 }, i;

	for (i = 0; i < 1000; i++) {
		found[0] += !fit(&seed, 0.2, 7, 7);
		found[1] += !fit(&seed, 0.1, 10, 10);
		found[2] += !fit(&seed, 0.05, 20, 20);
	}
	print_message("# found of 1000: %d, %d, %d\n", found[0], found[1],
		      found[2]);
	assert_true(found[0] >= 950 && found[1] >= 900 && found[2] >= 900);
}

/* A large difference of few rounds is open, and more rounds decide it. */
TEST(a_difference_of_few_rounds)
{
	struct neighbours n = { 0 };
	int i;

	for (i = 0; i < 24; i++) {
		double loss[2] = { i & 1 ? 1.2 : 0.6, 0 };

		assert_ok(neighbours_add_loss(&n, "stat", loss));
		if (i == 4)
			assert_int_equal(neighbours_fit(&n, 0.05),
					 NEIGHBOURS_OPEN);
	}
	assert_int_equal(neighbours_fit(&n, 0.05), NEIGHBOURS_UNFIT);
	neighbours_free(&n);
}

/* The strictest check of a rate says how large a neighbour's effect may be. */
TEST(the_strictest_check)
{
	static const struct gate_threshold checks[] = {
		{ "stat", "p99", 0.001 },
		{ "", "MiB/s", 0.1 },
		{ "create", "files/s", 0.01 },
	};
	struct gate_options options = { .threshold = 0.05,
					.thresholds = checks };

	for (size_t n = 0; n <= 3; n++) {
		options.thresholds_count = n;
		assert_true(gate_least_rate_threshold(&options) ==
			    (n < 3 ? 0.05 : 0.01));
	}
}

/* A difference that is sure, but of less than half the threshold, fits. */
TEST(a_small_difference)
{
	struct neighbours n = { 0 };
	struct notes notes = { 0 };
	int i;

	for (i = 0; i < 40; i++) {
		double loss[2] = { 0.03 + 1e-4 * (i & 1), 0.021 };

		assert_ok(neighbours_add_loss(&n, "create", loss));
	}
	assert_int_equal(neighbours_fit(&n, 0.02), NEIGHBOURS_FIT);
	neighbours_note(&n, 0.02, &notes);
	assert_int_equal(neighbours_fit(&n, 0.015), NEIGHBOURS_UNFIT);
	neighbours_note(&n, 0.015, &notes);
	assert_int_equal(notes.count, 2);
	assert_says(notes.text[0], "create: after a turn of the other side the "
				   "rate changes by -3.0 % (A) and -2.1 % (B)");
	assert_null(strstr(notes.text[0], "fit better"));
	assert_says(notes.text[1], "--sync or whole runs");
	notes_free(&notes);
	neighbours_free(&n);
}
