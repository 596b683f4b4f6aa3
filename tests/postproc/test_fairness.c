// SPDX-License-Identifier: GPL-2.0-only
/* Jain's index and modified z-scores, compared with values computed by hand. */
#include <math.h>

#include "test.h"
#include "stats/fairness.h"

static void assert_close(long double got, long double want)
{
	if (!(fabsl(got - want) < 1e-12L))
		fail_msg("got %.15Lf, expected %.15Lf", got, want);
}

TEST(index_of_known_rates)
{
	const long double even[] = { 7, 7, 7, 7 };
	const long double one[] = { 5, 0, 0, 0 };
	const long double some[] = { 1, NAN, 2, 3 };

	assert_close(fairness_index(even, 4), 1);
	assert_close(fairness_index(one, 4), 0.25L);
	assert_close(fairness_index(some, 4), 36.0L / 42);
	assert_true(isnan(fairness_index(even, 1)));
	assert_true(isnan(fairness_index(even, 0)));
	assert_true(isnan(fairness_index(one + 1, 3)));
}

TEST(scores_of_known_values)
{
	const long double values[] = { 10, 12, NAN, 11, 13, 40 };
	long double score[6], median;

	assert_ok(fairness_scores(values, 6, score, &median));
	assert_close(median, 12);
	assert_close(score[0], 0.6745L * -2); /* distances 2 0 1 1 28 */
	assert_close(score[1], 0);
	assert_true(isnan(score[2]));
	assert_close(score[5], 0.6745L * 28);
	assert_true(fairness_is_outlier(40, score[5], median));
	assert_false(fairness_is_outlier(10, score[0], median));
}

TEST(more_than_half_the_same)
{
	const long double values[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 25 };
	const long double same[] = { 5, 5, 5, 5, 5 };
	long double score[10], median;

	assert_ok(fairness_scores(values, 10, score, &median));
	assert_close(score[0], 0);
	assert_close(score[9], 20 / (1.253314L * 2));
	assert_true(fairness_is_outlier(25, score[9], median));
	assert_ok(fairness_scores(same, 5, score, &median));
	assert_close(score[4], 0);
}

TEST(too_few_to_tell)
{
	const long double values[] = { 1, 1, 1, NAN, 1000 };
	long double score[5], median;

	assert_ok(fairness_scores(values, 5, score, &median));
	assert_true(isnan(median) && isnan(score[4]));
	assert_false(fairness_is_outlier(1000, score[4], median));
	assert_ok(fairness_scores(values, 0, score, &median));
}

/* A value that is many MADs away, but not 10 %, is no outlier. */
TEST(nearly_the_same_is_no_outlier)
{
	const long double values[] = { 1000, 1001, 1002, 1003, 1099 };
	long double score[5], median;

	assert_ok(fairness_scores(values, 5, score, &median));
	assert_true(score[4] > OUTLIER_SCORE);
	assert_false(fairness_is_outlier(1099, score[4], median));
	assert_true(fairness_is_outlier(1110, score[4], median));
}
