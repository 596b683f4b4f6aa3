// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparison of runs. The exact distributions are compared with tables, and
 * verdicts on a few numbers are checked. test_compare_noise.c checks how often
 * verdicts are wrong.
 */
#include <math.h>

#include "test.h"
#include "verdict/compare.h"
#include "verdict/holm.h"

static const struct compare_options latency = {
	.alpha = 0.01,
	.threshold = 0.05,
};
static const struct compare_options rate = {
	.alpha = 0.01,
	.threshold = 0.05,
	.more_is_better = true,
};
static const struct compare_options latency_of_pairs = {
	.alpha = 0.01,
	.threshold = 0.05,
	.paired = true,
};

/* The tables of Mann and Whitney have the share of orders with U <= u. */
TEST(distribution)
{
	static const struct {
		size_t n, m, u;
		double p;
	} rows[] = {
		{ 1, 1, 0, 1.0 / 2 },       { 2, 2, 0, 1.0 / 6 },
		{ 2, 2, 1, 2.0 / 6 },       { 3, 3, 0, 1.0 / 20 },
		{ 4, 4, 0, 1.0 / 70 },      { 5, 5, 0, 1.0 / 252 },
		{ 5, 5, 1, 2.0 / 252 },     { 5, 5, 2, 4.0 / 252 },
		{ 1, 20, 0, 1.0 / 21 },     { 10, 10, 19, 0.00927169 },
		{ 10, 10, 20, 0.01161532 }, { 20, 20, 400, 1 },
	};
	double *p;

	for_each_in (row, rows) {
		assert_ok(compare_distribution(row->n, row->m, &p));
		assert_true(fabs(p[row->u] - row->p) < 1e-6);
		free(p);
	}
}

/* With many runs the distribution is symmetric, and ends at 1. */
TEST(distribution_of_many)
{
	const size_t n = 200, m = 150, size = n * m;
	double *p;
	size_t u;

	assert_ok(compare_distribution(n, m, &p));
	for (u = 1; u <= size; u++)
		assert_true(p[u] >= p[u - 1] - 1e-15);
	assert_true(fabs(p[size] - 1) < 1e-12);
	assert_true(fabs(p[size / 2 - 1] + p[size / 2] - 1) < 1e-9);
	free(p);
}

/* The tables of Wilcoxon have the number of sums of ranks up to w, of 2^n. */
TEST(signed_ranks)
{
	static const struct {
		size_t n, w;
		double p;
	} rows[] = {
		{ 1, 0, 1.0 / 2 },  { 2, 0, 1.0 / 4 },      { 5, 0, 1.0 / 32 },
		{ 5, 3, 5.0 / 32 }, { 10, 5, 10.0 / 1024 }, { 10, 55, 1 },
	};
	double *p;

	for_each_in (row, rows) {
		assert_ok(compare_signed_ranks(row->n, &p));
		assert_true(fabs(p[row->w] - row->p) < 1e-12);
		free(p);
	}
}

/* Compares n runs a side, which must have that verdict. */
static struct comparison judged(enum verdict verdict, const double *a,
				const double *b, size_t n,
				const struct compare_options *options)
{
	struct comparison c;

	assert_ok(compare(a, n, b, n, options, &c));
	assert_int_equal(c.verdict, verdict);
	return c;
}

/* What the machine does to both runs of a pair does not matter. */
TEST(pairs)
{
	const double base[] = { 100, 210, 390, 805, 1600, 3210, 6380, 12900 };
	const double slow[] = { 111, 231, 427, 890, 1750, 3540, 7050, 14100 };
	struct compare_options options = latency;
	struct comparison c;

	c = judged(VERDICT_INCONCLUSIVE, base, slow, 8, &options);
	options.paired = true;
	c = judged(VERDICT_REGRESSION, base, slow, 8, &options);
	assert_true(fabs(c.change - 0.1) < 0.01);
	assert_true(fabs(c.p_slower - 1.0 / 256) < 1e-12);
	c = judged(VERDICT_NO_REGRESSION, base, base, 8, &options);
	assert_int_equal(compare(base, 8, slow, 7, &options, &c), -EINVAL);
}

TEST(clear_cases)
{
	const double base[] = { 100, 101, 99, 100, 102, 98 };
	const double same[] = { 100, 99, 101, 100, 98, 102 };
	const double slow[] = { 120, 121, 119, 120, 122, 118 };
	struct comparison c;

	c = judged(VERDICT_NO_REGRESSION, base, same, 6, &latency);
	assert_true(fabs(c.change) < 1e-9);
	c = judged(VERDICT_REGRESSION, base, slow, 6, &latency);
	assert_true(fabs(c.change - 0.2) < 0.002);
	assert_true(c.change_low > 0.15 && c.change_high < 0.25);
	assert_true(fabs(c.p_slower - 1.0 / 924) < 1e-9);
	/*
	 * For a rate the same change is an improvement, and the reverse is not.
	 */
	c = judged(VERDICT_NO_REGRESSION, base, slow, 6, &rate);
	c = judged(VERDICT_REGRESSION, slow, base, 6, &rate);
	assert_true(fabs(c.change + 1 - 1 / 1.2) < 0.002);
	assert_true(c.change_low < c.change && c.change < c.change_high);
}

/* Ties make a verdict less sure, but a few of them do not prevent it. */
TEST(ties)
{
	const double base[] = { 5, 5, 5, 5, 5, 5 };
	const double slow[] = { 6, 6, 6, 6, 6, 6 };
	struct comparison c;

	c = judged(VERDICT_NO_REGRESSION, base, base, 6, &latency);
	assert_true(c.p_slower == 1);
	c = judged(VERDICT_REGRESSION, base, slow, 6, &latency);
}

TEST(threshold_and_floor)
{
	const double base[] = { 100, 100.1, 99.9, 100, 100.2, 99.8 };
	const double slow[] = { 107, 107.1, 106.9, 107, 107.2, 106.8 };
	struct compare_options options = latency;
	struct comparison c;

	c = judged(VERDICT_REGRESSION, base, slow, 6, &options);
	options.threshold = 0.10;
	c = judged(VERDICT_NO_REGRESSION, base, slow, 6, &options);
	options.threshold = 0.05;
	options.floor = 20;
	c = judged(VERDICT_NO_REGRESSION, base, slow, 6, &options);
	assert_true(fabs(c.threshold - 0.2) < 1e-3);
	/* So near the threshold the verdict must be inconclusive, too. */
	options.floor = 7.05;
	c = judged(VERDICT_INCONCLUSIVE, base, slow, 6, &options);
	/*
	 * With a floor above the rate itself, no change is large enough to
	 * count.
	 */
	options = rate;
	options.floor = 1000;
	c = judged(VERDICT_NO_REGRESSION, slow, base, 6, &options);
}

TEST(too_few)
{
	const double base[] = { 1, 1.01, 0.99 }, slow[] = { 9, 9.1, 8.9 };
	struct comparison c;

	c = judged(VERDICT_INCONCLUSIVE, base, slow, 3, &latency);
	assert_true(c.p_least > 0.01);
	assert_true(isinf(c.change_high));
}

/*
 * A comparison may be inconclusive only because there are many of them. Then
 * more runs decide it, too.
 */
TEST(corrected)
{
	double base[10], slow[10];
	struct comparison c;
	size_t i, alone;

	for (i = 0; i < 10; i++) {
		base[i] = 100 + 1.3 * (double)(i * 7 % 10);
		slow[i] = 1.09 * base[i];
	}
	c = judged(VERDICT_REGRESSION, base, slow, 10, &latency);
	assert_int_equal(c.runs_to_decide, 0);
	compare_decide(&c, 2 * c.p_slower, 0.01);
	assert_int_equal(c.verdict, VERDICT_REGRESSION);
	compare_decide(&c, 0.012, 0.01);
	assert_int_equal(c.verdict, VERDICT_INCONCLUSIVE);
	alone = c.runs_to_decide;
	assert_true(alone > 10 && alone < 30);
	compare_decide(&c, 0.5, 0.01);
	assert_int_equal(c.verdict, VERDICT_INCONCLUSIVE);
	assert_true(c.runs_to_decide > alone && c.runs_to_decide < 60);
}

TEST(refused)
{
	const double good[] = { 1, 2 }, zero[] = { 1, 0 };
	const double minus[] = { 1, -1 }, none[] = { 1, NAN };
	double *many = calloc(COMPARE_PAIRS_MAX + 1, sizeof(*many));
	struct comparison c;
	size_t i;

	assert_int_equal(compare(good, 2, zero, 2, &rate, &c), -EDOM);
	assert_int_equal(compare(minus, 2, good, 2, &rate, &c), -EDOM);
	assert_int_equal(compare(none, 2, good, 2, &rate, &c), -EDOM);
	assert_int_equal(compare(good, 0, good, 2, &rate, &c), -EDOM);
	assert_non_null(many);
	for (i = 0; i <= COMPARE_PAIRS_MAX; i++)
		many[i] = 1;
	assert_int_equal(compare(good, 2, many, COMPARE_RUNS_MAX + 1, &rate,
				 &c),
			 -E2BIG);
	assert_int_equal(compare(many, COMPARE_PAIRS_MAX + 1, many,
				 COMPARE_PAIRS_MAX + 1, &latency_of_pairs, &c),
			 -E2BIG);
	free(many);
}

/* As many pairs as ab --runs allows, with those that confirm. */
TEST(most_pairs)
{
	double *base = calloc(COMPARE_PAIRS_MAX, sizeof(*base));
	double *slow = calloc(COMPARE_PAIRS_MAX, sizeof(*slow));
	struct comparison c;
	size_t i;

	assert_non_null(base);
	assert_non_null(slow);
	for (i = 0; i < COMPARE_PAIRS_MAX; i++) {
		base[i] = 100 + (double)(i * 7 % 10);
		slow[i] = base[i] * (1.08 + 0.01 * (double)(i % 5));
	}
	assert_ok(compare(base, COMPARE_PAIRS_MAX, slow, COMPARE_PAIRS_MAX,
			  &latency_of_pairs, &c));
	assert_int_equal(c.verdict, VERDICT_REGRESSION);
	assert_true(c.change_low > 0.098 && c.change < 0.102);
	free(base);
	free(slow);
}

TEST(holm)
{
	const double p[] = { 0.01, 0.04, 0.03, 0.005, 0.9 };
	const double want[] = { 0.04, 0.09, 0.09, 0.025, 0.9 };
	double adjusted[5];
	size_t i;

	assert_ok(holm_adjust(p, adjusted, 5));
	for (i = 0; i < 5; i++)
		assert_true(fabs(adjusted[i] - want[i]) < 1e-12);
	assert_ok(holm_adjust(p, adjusted, 0));
}
