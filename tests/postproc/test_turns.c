// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of turns: rates of a round, the comparison of rounds. */
#include <errno.h>
#include <math.h>

#include "test.h"
#include "verdict/turns.h"
#include "verdict/gate.h"

#define ALPHA 0.01

static bool is_near(double a, double b, double within)
{
	return fabs(a - b) <= within * fmax(fabs(a), fabs(b));
}

static struct turns_pair pair(uint64_t a, uint64_t a_ms, uint64_t b,
			      uint64_t b_ms)
{
	return (struct turns_pair){ { a, a_ms * 1000000 },
				    { b, b_ms * 1000000 } };
}

TEST(rate_of_a_round)
{
	struct turns_pair even[] = {
		pair(1000, 10, 950, 10), pair(2000, 20, 950, 10),
		pair(500, 10, 475, 10),  pair(1000, 10, 1900, 20),
		pair(800, 10, 760, 10),
	};
	struct turns_rate rate;

	assert_ok(turns_rate(even, 5, &rate));
	assert_true(is_near(rate.log_ratio, log(0.95), 1e-12));
	assert_true(is_near(rate.a_per_s, 5300 / 0.060, 1e-12));
	assert_true(is_near(rate.b_per_s, 5035 / 0.060, 1e-12));
	/* The machine takes 90 % of one turn: the others decide. */
	even[1].b.operations = 95;
	assert_ok(turns_rate(even, 5, &rate));
	assert_true(is_near(rate.log_ratio, log(0.95), 1e-12));
}

TEST(operations_longer_than_a_turn)
{
	/* B does one operation in 20 ms, so every other turn has none. */
	const struct turns_pair slow[] = {
		pair(1, 10, 0, 10), pair(1, 10, 1, 10), pair(1, 10, 0, 10),
		pair(1, 10, 1, 10), pair(1, 10, 0, 10),
	};
	struct turns_rate rate;

	assert_ok(turns_rate(slow, 5, &rate));
	assert_true(is_near(rate.log_ratio, log(0.5), 1e-12));
	assert_int_equal(turns_rate(slow, 1, &rate), -EDOM);
	assert_int_equal(turns_rate(slow, 0, &rate), -EDOM);
	assert_int_equal(turns_rate(&(struct turns_pair){ { 1, 1 }, { 1, 0 } },
				    1, &rate),
			 -EDOM);
}

/* Eight rounds of a rate that falls by 3 %, with a place and some noise. */
static void make_rounds(struct turns_value value[8], double change,
			double place, double noise)
{
	static const double rest[] = { 1, -1, -1, 1, 1, -1, -1, 1 };

	for (int i = 0; i < 8; i++) {
		value[i].b_second = i % 2;
		value[i].log_ratio =
			change + noise * rest[i] + (i % 2 ? place : -place);
		value[i].a = 100;
		value[i].b = 100 * exp(value[i].log_ratio);
	}
}

static void shift(struct turns_value *value, size_t n, double by)
{
	for (size_t i = 0; i < n; i++)
		value[i].log_ratio += by;
}

TEST(rounds)
{
	const struct compare_options options = { .alpha = ALPHA,
						 .threshold = 0.02,
						 .more_is_better = true };
	struct turns_value value[8];
	struct comparison c, moved;

	make_rounds(value, log(0.97), 0.027, 0.004);
	assert_ok(turns_compare(value, 8, &options, &c));
	assert_true(is_near(c.change, -0.03, 1e-9));
	assert_int_equal(c.verdict, VERDICT_REGRESSION);
	/*
	 * By hand: the residuals are 0.004 each, 6 degrees of freedom, so the
	 * error is sqrt(8 * 0.004^2 / 6 / 8) = 0.001633 and t = 18.653; E =
	 * 9^-0.5 * ((1 + 57.99) / (1 + 57.99 / 9))^3.5 = 467.2.
	 */
	assert_true(is_near(c.p_slower, 1 / (2 * 467.2), 1e-3));
	/* Moved by a bound, the p of "no change" is alpha. */
	shift(value, 8, c.log_low);
	assert_ok(turns_compare(value, 8, &options, &moved));
	assert_true(is_near(moved.p_slower, ALPHA, 1e-9));
	shift(value, 8, c.log_high - c.log_low);
	assert_ok(turns_compare(value, 8, &options, &moved));
	assert_true(is_near(moved.p_faster, ALPHA, 1e-9));
	/* Moved so that the bound is the threshold. */
	shift(value, 8, -c.log_threshold);
	assert_ok(turns_compare(value, 8, &options, &moved));
	assert_true(is_near(moved.p_within, ALPHA, 1e-9));
}

TEST(few_rounds)
{
	const struct compare_options options = { .alpha = ALPHA,
						 .threshold = 0.02,
						 .more_is_better = true };
	struct turns_value value[8];
	struct comparison c;

	make_rounds(value, log(0.5), 0, 0);
	for (size_t n = 1; n <= 8; n++) {
		assert_ok(turns_compare(value, n, &options, &c));
		assert_true(is_near(c.change, -0.5, 1e-9));
		assert_int_equal(c.verdict == VERDICT_REGRESSION,
				 n >= turns_least_rounds(ALPHA, 1));
		assert_int_equal(c.p_least <= ALPHA,
				 n >= turns_least_rounds(ALPHA, 1));
	}
	assert_int_equal(turns_least_rounds(ALPHA, 1), 7);
	assert_int_equal(turns_least_rounds(ALPHA, 3), 7);
	assert_int_equal(turns_least_rounds(ALPHA, 4), 8);
	value[3].b = 0;
	assert_int_equal(turns_compare(value, 8, &options, &c), -EDOM);
	assert_int_equal(turns_compare(value, 0, &options, &c), -EDOM);
	assert_int_equal(turns_compare(value, TURNS_ROUNDS_MAX + 1, &options,
				       &c),
			 -E2BIG);
}

/* A run of one operation for each round of a side, with a mean latency. */
static struct run_summaries make_runs(size_t rounds, double mean_ns)
{
	struct run_summaries runs = {
		.run = calloc(rounds, sizeof(*runs.run)),
		.count = rounds,
	};

	for (size_t i = 0; i < rounds; i++) {
		struct operation_figures *f = operation_figures_row(
			&runs.run[i].figures, "stat", NULL);

		assert_non_null(f);
		f->ios = f->samples = 1000;
		/* Too short for a rate, unlike that of the turns. */
		f->runtime_ms = 1;
		f->mean_ns = mean_ns;
	}
	return runs;
}

static struct gate_options rate_and_mean(struct metric metric[2],
					 struct turns *turns)
{
	char error[METRIC_ERROR_MAX];

	assert_ok(metric_parse(&metric[0], "files/s", error));
	assert_ok(metric_parse(&metric[1], "mean", error));
	return (struct gate_options){ .alpha = ALPHA,
				      .threshold = 0.05,
				      .metric = metric,
				      .metrics = 2,
				      .turns = turns };
}

/* The rate is that of the turns; the mean is that of the runs. */
TEST(gate)
{
	struct metric metric[2];
	struct turns turns = { 0 };
	struct gate_options options = rate_and_mean(metric, &turns);
	struct gate gate = { .options = &options };
	struct run_summaries a = make_runs(10, 5000), b = make_runs(10, 5050);
	const struct turns_pair slow = pair(1000, 10, 900, 10);

	for (int i = 0; i < 9; i++) {
		assert_ok(turns_add_round(&turns, i % 2));
		assert_ok(turns_add_pairs(&turns, "stat", "s", &slow, 1));
	}
	/* Nine rounds are not ten runs; the tenth has no rate. */
	assert_int_equal(gate_compare(&gate, &a, &b), -EINVAL);
	assert_ok(turns_add_round(&turns, true));
	assert_ok(gate_compare(&gate, &a, &b));
	assert_int_equal(gate.check[0].state, GATE_TOO_LITTLE);
	assert_says(gate.check[0].reason, "round 10 has no turns");
	gate_free(&gate);
	gate.options = &options;
	assert_ok(turns_add_pairs(&turns, "stat", "s", &slow, 1));
	assert_ok(gate_compare(&gate, &a, &b));
	assert_int_equal(gate.count, 2);
	assert_int_equal(gate.check[0].state, GATE_RED);
	assert_true(is_near(gate.check[0].comparison.change, -0.1, 1e-9));
	assert_int_equal(gate.check[1].state, GATE_PASS);
	assert_true(is_near(gate.check[1].comparison.change, 0.01, 1e-9));
	gate_free(&gate);
	turns_free(&turns);
	run_summaries_free(&a);
	run_summaries_free(&b);
}

/*
 * Turns have no rate of an operation of a mix. Only one that is asked for is
 * missed.
 */
TEST(of_mix)
{
	const struct gate_threshold asked = { "stat", "files/s", 0.05 };
	struct metric metric[2];
	struct turns turns = { 0 };
	struct gate_options options = rate_and_mean(metric, &turns);
	struct gate gate = { .options = &options };
	struct run_summaries a = make_runs(10, 5000), b = make_runs(10, 5000);

	for (int i = 0; i < 10; i++) {
		a.run[i].figures.figures[0].of_mix = true;
		assert_ok(turns_add_round(&turns, i % 2));
	}
	assert_ok(gate_compare(&gate, &a, &b));
	assert_int_equal(gate.count, 1);
	assert_string_equal(gate.check[0].metric.name, "mean");
	assert_int_equal(gate.check[0].state, GATE_PASS);
	gate_free(&gate);
	gate.options = &options;
	options.thresholds = &asked;
	options.thresholds_count = 1;
	assert_ok(gate_compare(&gate, &a, &b));
	assert_int_equal(gate.check[0].state, GATE_TOO_LITTLE);
	assert_says(gate.check[0].reason, "operations of a mix together");
	gate_free(&gate);
	turns_free(&turns);
	run_summaries_free(&a);
	run_summaries_free(&b);
}
