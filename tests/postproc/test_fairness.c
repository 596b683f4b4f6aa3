// SPDX-License-Identifier: GPL-2.0-only
/* Jain's index and modified z-scores, compared with values computed by hand. */
#include <math.h>

#include "cmocka_all.h"
#include "stats/fairness.h"

static void assert_close(long double got, long double want)
{
	if (!(fabsl(got - want) < 1e-12L))
		fail_msg("got %.15Lf, expected %.15Lf", got, want);
}

static void index_of_known_rates(void **state)
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

static void scores_of_known_values(void **state)
{
	const long double values[] = { 10, 12, NAN, 11, 13, 40 };
	long double score[6], median;

	assert_int_equal(fairness_scores(values, 6, score, &median), 0);
	assert_close(median, 12);
	assert_close(score[0], 0.6745L * -2); /* distances 2 0 1 1 28 */
	assert_close(score[1], 0);
	assert_true(isnan(score[2]));
	assert_close(score[5], 0.6745L * 28);
	assert_true(fairness_is_outlier(40, score[5], median));
	assert_false(fairness_is_outlier(10, score[0], median));
}

static void more_than_half_the_same(void **state)
{
	const long double values[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 25 };
	const long double same[] = { 5, 5, 5, 5, 5 };
	long double score[10], median;

	assert_int_equal(fairness_scores(values, 10, score, &median), 0);
	assert_close(score[0], 0);
	assert_close(score[9], 20 / (1.253314L * 2));
	assert_true(fairness_is_outlier(25, score[9], median));
	assert_int_equal(fairness_scores(same, 5, score, &median), 0);
	assert_close(score[4], 0);
}

static void too_few_to_tell(void **state)
{
	const long double values[] = { 1, 1, 1, NAN, 1000 };
	long double score[5], median;

	assert_int_equal(fairness_scores(values, 5, score, &median), 0);
	assert_true(isnan(median) && isnan(score[4]));
	assert_false(fairness_is_outlier(1000, score[4], median));
	assert_int_equal(fairness_scores(values, 0, score, &median), 0);
}

/* A value that is many MADs away, but not 10 %, is no outlier. */
static void nearly_the_same_is_no_outlier(void **state)
{
	const long double values[] = { 1000, 1001, 1002, 1003, 1099 };
	long double score[5], median;

	assert_int_equal(fairness_scores(values, 5, score, &median), 0);
	assert_true(score[4] > OUTLIER_SCORE);
	assert_false(fairness_is_outlier(1099, score[4], median));
	assert_true(fairness_is_outlier(1110, score[4], median));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_of_known_rates),
		cmocka_unit_test(scores_of_known_values),
		cmocka_unit_test(more_than_half_the_same),
		cmocka_unit_test(too_few_to_tell),
		cmocka_unit_test(nearly_the_same_is_no_outlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
