/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of two programs, A and B, that take turns of some ms.
 *
 * A comparison consists of rounds. In a round both programs are started anew,
 * each on a tree made anew, and take turns in pairs, in random order within a
 * pair. A round counts as one value: the logarithm of B's metric over A's. So
 * everything that the turns of a round share (trees, the state of the machine,
 * its drift) is noise between rounds, and is counted as such.
 *
 * Within a round the value of a rate is the mean of the middle half of the
 * logarithms of the pairs' ratios. So what the machine takes from a few turns
 * has no part in it. Neither has a pause of B itself in fewer than a quarter of
 * the turns: that is in the mean latency, and in its percentiles.
 *   Rosenberger, Gasko: Comparing Location Estimators: Trimmed Means, Medians,
 *     and Trimean, in: Understanding Robust and Exploratory Data Analysis
 *     (1983) 297-338 (the midmean).
 *
 * Between rounds the value is y = change + place * s + noise. s is 1 where B's
 * tree was the second, else -1, because the second of two trees can be faster.
 * Both terms are estimated by least squares. After each round one may look, and
 * stop: the bounds hold at all looks together. They come from the likelihood
 * ratio of "the change is c" against "it is another", with changes that are
 * normal with the variance of one round. For the t of n rounds, with d degrees
 * of freedom (n - 2) and r = 1 + n (n less if the places are not balanced):
 *   E = r^(-1/2) * ((1 + t^2 / d) / (1 + t^2 / (d r)))^((d + 1) / 2)
 * The chance that E ever reaches 1 / a is at most a, whatever the variance and
 * the effect of the place are. Half of these cases are on either side, because
 * the order of the sides is random. So p = 1 / (2 E).
 *   Lai: On Confidence Sequences, Ann. Stat. 4 (1976) 265-280.
 *   Lindon, Ham, Tingley, Bojinov: Anytime-Valid Linear Models and Regression
 *     Adjusted Causal Inference in Randomized Experiments (2022).
 * The formula is exact for normal noise between rounds. For other noise
 * tests/bench/turns-simulation.c counts the false alarms; docs/ci-gate.md has
 * its table.
 */
#ifndef SMALLFIO_TURNS_H
#define SMALLFIO_TURNS_H

#include <stdint.h>

#include "verdict/compare.h"

#define TURNS_ROUNDS_MAX 10000

/* What one turn of a side gave. */
struct turns_turn {
	uint64_t operations; /* that ended in this turn; may be 0 */
	uint64_t time_ns;    /* of this turn, without any pause; above 0 */
};

/* A turn of A and a turn of B, one directly after the other. */
struct turns_pair {
	struct turns_turn a, b;
};

/* The rate of both sides in a round. */
struct turns_rate {
	double a_per_s, b_per_s; /* of all turns together; above 0 */
	double log_ratio;        /* ln(B's rate / A's rate), by the middle half
				  */
};

/*
 * Computes the rates of the pairs of a round, in the order of time. A pair in
 * which a side did no operation is put together with the pairs after it.
 * Returns 0; -EDOM for no pairs, a side that did nothing, or a turn of no time;
 * -ENOMEM.
 */
int turns_rate(const struct turns_pair *pair, size_t pairs,
	       struct turns_rate *rate);

/* A metric of both sides in a round. */
struct turns_value {
	double a, b;      /* above 0 */
	double log_ratio; /* ln(b / a), or as turns_rate() has it */
	bool b_second;    /* B's tree was made after A's */
};

/*
 * Compares B (current) with A (baseline). Any number of rounds may be added,
 * with a look after each. For the fields of *result: `baselines` and `currents`
 * are the rounds. The bounds are infinite while no change is large enough;
 * p_least says what p the largest one would have. `options->paired` and `order`
 * are not used. Returns 0, -EDOM for no rounds or a value that is not above 0,
 * -E2BIG for more than TURNS_ROUNDS_MAX, or -ENOMEM.
 */
int turns_compare(const struct turns_value *value, size_t rounds,
		  const struct compare_options *options,
		  struct comparison *result);

/*
 * The least number of rounds after which `comparisons` of them together can be
 * red at the level alpha.
 */
size_t turns_least_rounds(double alpha, size_t comparisons);

/*
 * Forecasts with how many rounds in all an open comparison decides, if the
 * noise stays and the estimate is right. Two of three comparisons do by then
 * (tests/postproc/test_turns_noise.c). `p_slower`
 * is corrected for many comparisons, as for compare_decide(). 0: with more than
 * COMPARE_MORE_RUNS_MAX, or there are too few rounds for a forecast.
 */
size_t turns_to_decide(const struct comparison *comparison, double p_slower,
		       double alpha);

/*
 * The smallest change for the worse that at most `rounds` rounds find in 95 of
 * 100 comparisons on a machine whose noise is that of `calibrated`, which has
 * compared A with itself: a change of the logarithm. It is what the test can
 * tell from none, or the threshold, and what estimates may be off by. The noise
 * is taken larger by 1.28 times its own spread, so that the truth is
 * larger in one of ten cases. INFINITY for too few rounds of either kind.
 */
double turns_found(const struct comparison *calibrated, size_t rounds,
		   double alpha);

/*
 * The rounds of a comparison, each with the rates of its operations. All zeros
 * are no rounds.
 */
struct turns {
	bool only_rates; /* other metrics contain the pauses */
	struct turns_round {
		bool b_second;
		struct turns_operation {
			char *operation, *section;
			struct turns_rate rate;
		} * operation;
		size_t operations;
	} * round;
	size_t rounds;
};

/* Adds a round. Returns 0 or -ENOMEM. */
int turns_add_round(struct turns *turns, bool b_second);

/*
 * Adds the pairs of an operation to the last round, and the section in which it
 * was done. Errors are those of turns_rate(); then the round has no rate of
 * this operation.
 */
int turns_add_pairs(struct turns *turns, const char *operation,
		    const char *section, const struct turns_pair *pair,
		    size_t pairs);

/*
 * Finds the rates of an operation in a round, or else of a section: figures go
 * by its name if a mix does the operation, too. NULL: there are none.
 */
const struct turns_rate *turns_find(const struct turns *turns, size_t round,
				    const char *operation);

void turns_free(struct turns *turns);

#endif
