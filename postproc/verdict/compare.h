/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is one set of runs slower than another, by how much, and how sure is that?
 *
 * A run is one value; nothing is assumed of the noise but that it treats both
 * sides alike. The effect is the ratio of current to baseline, estimated as
 * Hodges and Lehmann do: the median of the logarithms of all ratios of a
 * current to a baseline value. Its confidence bounds are those of the
 * Mann-Whitney test turned round: the k-th smallest and largest of these
 * ratios, with k from the exact distribution of U, so that they hold for any
 * noise and any number of runs, not only in the limit.
 *   Mann, Whitney: On a Test of Whether one of Two Random Variables is
 *     Stochastically Larger than the Other, Ann. Math. Stat. 18 (1947) 50-60.
 *   Hodges, Lehmann: Estimates of Location Based on Rank Tests, Ann. Math.
 *     Stat. 34 (1963) 598-611.
 *   Bauer: Constructing Confidence Sets Using Rank Statistics, J. Am. Stat.
 *     Assoc. 67 (1972) 687-690.
 * Ties count against whatever is to be shown: bounds are then too wide, never
 * too narrow.
 *
 * Everything is turned so that "slower" is worse: a ratio above 1 is a
 * slow-down, of latency up or of rate down.
 */
#ifndef SMALLFIO_COMPARE_H
#define SMALLFIO_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs that were done in pairs, one of each side in random order, share what
 * the machine does in the meantime. Then only the ratios within the pairs
 * count, and the same is done with the median of their Walsh averages and the
 * exact distribution of Wilcoxon's signed-rank test; the random order alone
 * makes it hold.
 *   Wilcoxon: Individual Comparisons by Ranking Methods, Biometrics Bull. 1
 *     (1945) 80-83; the estimate and its bounds as above.
 *
 * Of runs in turns that are not taken as pairs, a trend over the session is
 * taken out first (trend.h), and the ratios are spread as much wider as that
 * has narrowed them. All ratios count, so this finds more than pairs do in as
 * many runs; that it holds is shown by simulation:
 * tests/postproc/test_compare_noise.c has the rates.
 */
#define COMPARE_RUNS_MAX      500 /* a side */
#define COMPARE_CONFIDENCE    0.99
#define COMPARE_THRESHOLD     0.05
#define COMPARE_MORE_RUNS_MAX 1000
#define COMPARE_POWER         0.8

enum verdict {
	VERDICT_NO_REGRESSION,
	VERDICT_INCONCLUSIVE,
	VERDICT_REGRESSION,
};

struct compare_options {
	double alpha;     /* one-sided: 0.01 */
	double threshold; /* smallest change for the worse that counts: 0.05 */
	double floor;     /* the same in the unit of the values; 0: none */
	bool more_is_better;
	bool paired; /* the i-th of both sides are a pair */
	/* Runs were done in turns: the number of each among all, of the
	 * baseline first (turns.h); NULL: they were not. Not with paired. */
	const size_t *order;
};

struct comparison {
	size_t baselines, currents;
	double baseline_median, current_median;
	/* Changes of the value, current / baseline - 1, better or worse. */
	double change, change_low, change_high; /* each bound one-sided */
	/* The same and the threshold as logarithms, above 0 is worse. */
	double log_change, log_low, log_high, log_threshold;
	double threshold;    /* that counts here: relative or floor, as a change
			      * for the worse, 0 or more */
	double p_slower;     /* of "not slower at all" */
	double p_within;     /* of "slower by the threshold or more" */
	double p_least;      /* no p of so many runs can be smaller */
	bool past_threshold; /* the estimate is */
	enum verdict verdict;
	/*
	 * For VERDICT_INCONCLUSIVE: about so many runs a side in all would
	 * decide with probability COMPARE_POWER, if the noise stays and the
	 * estimate is right; 0: more than COMPARE_MORE_RUNS_MAX, because it
	 * lies too near the threshold. tests/postproc/test_compare_more.c shows
	 * how often they do.
	 */
	size_t runs_to_decide;
};

/*
 * Compares values, all above 0, 1 to COMPARE_RUNS_MAX a side. 0, -EDOM for a
 * value that is not above 0, -EINVAL for pairs of which one half is missing
 * or an order of fewer than TREND_RUNS_LEAST a side, -E2BIG, or -ENOMEM.
 */
int compare(const double *baseline, size_t baselines, const double *current,
	    size_t currents, const struct compare_options *options,
	    struct comparison *result);

/*
 * Sets the verdict and runs_to_decide again, with a p that is corrected for
 * many comparisons (holm.h) in place of p_slower.
 */
void compare_decide(struct comparison *result, double p_slower, double alpha);

/*
 * P(U <= u) for U of Mann and Whitney with n and m runs a side, exactly.
 * *out[u] for u = 0 to n * m; the caller frees it. 0 or -ENOMEM.
 */
int compare_distribution(size_t n, size_t m, double **out);

/* The same of P(W <= w), Wilcoxon's signed ranks of n pairs, w <= n(n+1)/2. */
int compare_signed_ranks(size_t n, double **out);

#endif
