/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes up comparisons by turns, with the noise that machines and trees make,
 * and judges them after each round as `ab` does.
 */
#ifndef SMALLFIO_TURNS_NOISE_H
#define SMALLFIO_TURNS_NOISE_H

#include <stdlib.h>

#include "random_values.h"
#include "verdict/holm.h"
#include "verdict/turns.h"

#define TURNS_METRICS   4 /* rate, mean, p50, p99 */
#define TURNS_PAIRS_MAX 300
#define TURNS_LATENCIES 8 /* of each turn that have a part in percentiles */

/* What disturbs. Shares are of the logarithm of a turn's speed. */
struct turns_noise {
	const char *name;
	double turn;      /* sd of each turn by itself */
	double alike;     /* sd of what keeps 0.95 from turn to turn */
	double bursts;    /* chance that stolen time begins in a turn */
	double outliers;  /* chance that a turn has a tenth of its speed */
	double drift;     /* lost in each round */
	double tree;      /* sd of a tree */
	double two_trees; /* a tree is this much faster, or it is not */
	double place;     /* the second tree is faster by this */
	double uneven;    /* sd of the logarithm of a round's sd */
	double odd;       /* chance that a round's trees vary five times more */
};

static const struct turns_noise turns_noises[] = {
	{ "independent", .turn = 0.05 },
	{ "correlation of 0.95", .turn = 0.02, .alike = 0.1 },
	{ "bursts of stolen time", .turn = 0.05, .bursts = 0.02 },
	{ "outliers", .turn = 0.05, .outliers = 0.05 },
	{ "drift", .turn = 0.05, .drift = 0.05 },
	{ "trees, sd 1 %", .turn = 0.05, .tree = 0.01 },
	{ "trees, sd 3 %", .turn = 0.05, .tree = 0.03 },
	{ "trees, two kinds", .turn = 0.02, .two_trees = 0.03 },
	{ "second tree faster", .turn = 0.05, .tree = 0.005, .place = 0.027 },
	{ "uneven rounds", .turn = 0.05, .tree = 0.005, .uneven = 0.7 },
	{ "odd rounds", .turn = 0.05, .tree = 0.01, .odd = 0.1 },
	{ "all together", .turn = 0.03, .alike = 0.1, .bursts = 0.02,
	  .outliers = 0.02, .drift = 0.02, .tree = 0.01, .place = 0.027,
	  .uneven = 0.4 },
};

#define TURNS_NOISES (sizeof(turns_noises) / sizeof(*turns_noises))

/* A kind of comparison. */
struct turns_case {
	const struct turns_noise *noise;
	double slower;    /* B's operations take so much longer: 0.05 */
	double threshold; /* 0.02 */
	size_t pairs;     /* a round */
	size_t rounds;    /* at most */
	size_t metrics;   /* 1 or TURNS_METRICS */
};

/* Where the machine is. */
struct turns_machine {
	uint64_t *seed;
	double alike;  /* the part that keeps 0.95, with an sd of 1 */
	double slow;   /* the drift so far */
	double stolen; /* turns for which the burst will still last */
};

enum turns_outcome { TURNS_OPEN, TURNS_RED, TURNS_GREEN };

/* One turn of a side, in which it should do 1000 operations in 10 ms. */
static inline struct turns_turn turns_one(const struct turns_noise *noise,
					  struct turns_machine *m, double speed,
					  double sd)
{
	double z = speed + sd * noise->turn * random_normal(m->seed) +
		   noise->alike * m->alike - m->slow,
	       stolen = 0;

	if (noise->alike > 0)
		m->alike = 0.95 * m->alike +
			   sqrt(1 - 0.95 * 0.95) * random_normal(m->seed);
	if (noise->bursts > 0 && random_unit(m->seed) < noise->bursts)
		m->stolen = 8 * random_unit(m->seed);
	if (m->stolen > 0) {
		/* Up to half of each turn, and at the end in one piece. */
		z += log(0.5 + 0.5 * random_unit(m->seed));
		stolen = m->stolen < 1 ? 0.04 * random_unit(m->seed) : 0;
		m->stolen--;
	}
	if (noise->outliers > 0 && random_unit(m->seed) < noise->outliers)
		z += log(0.1);
	return (struct turns_turn){
		.operations = 1 + (uint64_t)(1000 * exp(z)),
		.time_ns = 10000000 + (uint64_t)(1e9 * stolen),
	};
}

/* Latencies of a side in a round. */
struct turns_latencies {
	double of[TURNS_PAIRS_MAX * TURNS_LATENCIES];
	size_t count;
};

/*
 * Most are exponential about the mean of their turn. One in 100 takes 20 times
 * as long, so p99 lies where the few begin.
 */
static inline void turns_add_latencies(struct turns_latencies *l,
				       const struct turns_turn *turn,
				       uint64_t *seed)
{
	double mean = (double)turn->time_ns / (double)turn->operations;

	for (size_t i = 0; i < TURNS_LATENCIES; i++)
		l->of[l->count++] = -log(1 - random_unit(seed)) * mean *
				    (random_unit(seed) < 0.01 ? 20 : 1);
}

static inline int turns_order(const void *a, const void *b)
{
	double one = *(const double *)a, two = *(const double *)b;

	return (one > two) - (one < two);
}

/* Sorts them. Returns the logarithm of the ratio of B's percentile to A's. */
static inline double turns_percentile(struct turns_latencies side[2],
				      double percent)
{
	double value[2];

	for (size_t i = 0; i < 2; i++) {
		struct turns_latencies *l = &side[i];
		double at = (double)(l->count - 1) * percent / 100;
		size_t rank = (size_t)at;

		qsort(l->of, l->count, sizeof(*l->of), turns_order);
		value[i] = l->of[rank];
		if (rank + 1 < l->count)
			value[i] += (at - (double)rank) *
				    (l->of[rank + 1] - l->of[rank]);
	}
	return log(value[1] / value[0]);
}

static inline double turns_tree(const struct turns_noise *noise, uint64_t *seed)
{
	double odd = random_unit(seed) < noise->odd ? 5 : 1;

	return odd * noise->tree * random_normal(seed) +
	       (random_unit(seed) < 0.5 ? noise->two_trees : 0);
}

/* The turns of a round. b_second: B's tree is the second. */
static inline void turns_round(const struct turns_case *c,
			       struct turns_machine *m, bool b_second,
			       struct turns_pair *pair)
{
	const struct turns_noise *noise = c->noise;
	double sd = exp(noise->uneven * random_normal(m->seed));
	double a = turns_tree(noise, m->seed) + (b_second ? 0 : noise->place);
	double b = turns_tree(noise, m->seed) + (b_second ? noise->place : 0) -
		   log1p(c->slower);
	size_t i;

	for (i = 0; i < c->pairs; i++) {
		bool a_first = random_unit(m->seed) < 0.5;

		if (a_first)
			pair[i].a = turns_one(noise, m, a, sd);
		pair[i].b = turns_one(noise, m, b, sd);
		if (!a_first)
			pair[i].a = turns_one(noise, m, a, sd);
		m->slow += noise->drift / (double)c->pairs;
	}
}

/*
 * The metrics of a round, the first of them or all. The mean latency is that of
 * all turns.
 */
static inline void turns_metrics(const struct turns_case *c,
				 const struct turns_rate *rate, bool b_second,
				 const struct turns_pair *pair, uint64_t *seed,
				 struct turns_value value[TURNS_METRICS])
{
	static struct turns_latencies side[2];
	double ratio[TURNS_METRICS] = {
		rate->log_ratio,
		log(rate->a_per_s / rate->b_per_s),
	};
	size_t i;

	side[0].count = side[1].count = 0;
	for (i = 0; i < c->pairs && c->metrics > 1; i++) {
		turns_add_latencies(&side[0], &pair[i].a, seed);
		turns_add_latencies(&side[1], &pair[i].b, seed);
	}
	if (c->metrics > 1) {
		ratio[2] = turns_percentile(side, 50);
		ratio[3] = turns_percentile(side, 99);
	}
	for (i = 0; i < c->metrics; i++)
		value[i] = (struct turns_value){ 1, exp(ratio[i]), ratio[i],
						 b_second };
}

/* The outcome of the rounds so far, as the gate finds it. */
static inline enum turns_outcome
turns_judge(struct turns_value value[TURNS_METRICS][TURNS_ROUNDS_MAX],
	    size_t rounds, const struct turns_case *c)
{
	struct comparison found[TURNS_METRICS];
	double p[TURNS_METRICS], corrected[TURNS_METRICS];
	bool all_green = true;
	size_t i;

	for (i = 0; i < c->metrics; i++) {
		struct compare_options options = {
			.alpha = 1 - COMPARE_CONFIDENCE,
			.threshold = c->threshold,
			.more_is_better = !i,
		};

		if (turns_compare(value[i], rounds, &options, &found[i]))
			abort();
		p[i] = found[i].p_slower;
	}
	if (holm_adjust(p, corrected, c->metrics))
		abort();
	for (i = 0; i < c->metrics; i++) {
		if (found[i].p_least * (double)c->metrics >
		    1 - COMPARE_CONFIDENCE)
			return TURNS_OPEN;
		compare_decide(&found[i], corrected[i], 1 - COMPARE_CONFIDENCE);
		if (found[i].verdict == VERDICT_REGRESSION)
			return TURNS_RED;
		all_green =
			all_green && found[i].verdict == VERDICT_NO_REGRESSION;
	}
	return all_green ? TURNS_GREEN : TURNS_OPEN;
}

/* One comparison. *rounds is how many it took. */
static inline enum turns_outcome
turns_comparison(const struct turns_case *c, uint64_t *seed, size_t *rounds)
{
	static struct turns_value value[TURNS_METRICS][TURNS_ROUNDS_MAX];
	static struct turns_pair pair[TURNS_PAIRS_MAX];
	struct turns_machine m = { .seed = seed, .alike = random_normal(seed) };
	enum turns_outcome outcome = TURNS_OPEN;
	bool b_second = false;
	size_t n, i;

	for (n = 0; n < c->rounds && outcome == TURNS_OPEN; n++) {
		struct turns_value now[TURNS_METRICS];
		struct turns_rate rate;

		/* In twos, so that each side has each place as often. */
		b_second = n % 2 ? !b_second : random_unit(seed) < 0.5;
		turns_round(c, &m, b_second, pair);
		if (turns_rate(pair, c->pairs, &rate))
			abort();
		turns_metrics(c, &rate, b_second, pair, seed, now);
		for (i = 0; i < c->metrics; i++)
			value[i][n] = now[i];
		outcome = turns_judge(value, n + 1, c);
	}
	*rounds = n;
	return outcome;
}

/* What became of many comparisons. */
struct turns_tally {
	double percent[3]; /* by enum turns_outcome */
	double rounds;     /* mean */
};

static inline struct turns_tally turns_many(const struct turns_case *c,
					    size_t comparisons, uint64_t seed)
{
	struct turns_tally tally = { 0 };
	size_t i, rounds;

	for (i = 0; i < comparisons; i++) {
		tally.percent[turns_comparison(c, &seed, &rounds)] +=
			100.0 / (double)comparisons;
		tally.rounds += (double)rounds / (double)comparisons;
	}
	return tally;
}

#endif
