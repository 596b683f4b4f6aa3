/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares two sets of runs: is the current one slower than the baseline, by
 * how much, and how sure is that?
 *
 * A run is one value. Of the noise only one thing is assumed: it treats both
 * sides alike. The effect is the ratio of current to baseline. It is estimated
 * as Hodges and Lehmann do, by the median of the logarithms of all ratios of a
 * current to a baseline value. The confidence bounds come from the Mann-Whitney
 * test turned round: they are the k-th smallest and the k-th largest of these
 * ratios, with k from the exact distribution of U. So the bounds hold for any
 * noise and any number of runs, not only in the limit.
 *   Mann, Whitney: On a Test of Whether one of Two Random Variables is
 *     Stochastically Larger than the Other, Ann. Math. Stat. 18 (1947) 50-60.
 *   Hodges, Lehmann: Estimates of Location Based on Rank Tests, Ann. Math.
 *     Stat. 34 (1963) 598-611.
 *   Bauer: Constructing Confidence Sets Using Rank Statistics, J. Am. Stat.
 *     Assoc. 67 (1972) 687-690.
 * Ties count against whatever is to be shown. They make the bounds too wide,
 * never too narrow.
 *
 * All ratios are turned so that above 1 means worse: a latency that rose, or a
 * rate that fell.
 *
 * Runs in pairs, one of each side in random order, share what the machine does
 * in the meantime. Then only the ratios within pairs count. The same is done
 * with the median of their Walsh averages and the exact distribution of
 * Wilcoxon's signed-rank test. This holds through the random order alone.
 *   Wilcoxon: Individual Comparisons by Ranking Methods, Biometrics Bull. 1
 *     (1945) 80-83; the estimate and its bounds as above.
 *
 * Runs in turns that are not taken as pairs have a trend over the session. The
 * trend is taken out first (trend.h), and the ratios are spread by as much as
 * that has narrowed them. All ratios count, so in the same number of runs this
 * finds more than pairs do. A simulation shows that the level holds:
 * tests/postproc/test_compare_noise.c has the rates.
 */
#ifndef SMALLFIO_COMPARE_H
#define SMALLFIO_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#define COMPARE_RUNS_MAX      500 /* a side */
#define COMPARE_PAIRS_MAX     2005
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
	double floor;     /* smallest change in the values' unit; 0: none */
	bool more_is_better;
	bool paired; /* the i-th runs of both sides are a pair */
	/*
	 * For runs in turns, the place in time of each run, those of the
	 * baseline first (interleaving.h). NULL for other runs, and for paired
	 * ones.
	 */
	const size_t *order;
};

struct comparison {
	size_t baselines, currents;
	double baseline_median, current_median;
	/*
	 * Change of the value, current / baseline - 1, for the better or worse,
	 * and its bounds, each of them one-sided.
	 */
	double change, change_low, change_high;
	/* The same and the threshold as logarithms; above 0 is worse. */
	double log_change, log_low, log_high, log_threshold;
	/*
	 * Standard deviation of the logarithm of one run within its side; of
	 * pairs that of the ratio, divided by sqrt(2); of turns that of the
	 * ratio of a round, without the effect of the place. NAN: too few runs.
	 */
	double noise;
	/* The larger of options' threshold and floor, as a share, 0 or more. */
	double threshold;
	double p_slower;     /* p of the hypothesis "not slower at all" */
	double p_faster;     /* p of the hypothesis "not faster at all" */
	double p_within;     /* p of "slower by the threshold or more" */
	double p_least;      /* no p of so many runs can be smaller */
	bool past_threshold; /* the estimate is worse than the threshold */
	enum verdict verdict;
	/*
	 * For VERDICT_INCONCLUSIVE: with about so many runs a side in all, a
	 * comparison decides with probability COMPARE_POWER, if the noise stays
	 * and the estimate is right. 0: more than COMPARE_MORE_RUNS_MAX runs
	 * are needed, because the estimate lies too near the threshold.
	 * tests/postproc/test_compare_more.c shows how often so many runs
	 * decide.
	 */
	size_t runs_to_decide;
};

/*
 * Compares values, all above 0, 1 to COMPARE_RUNS_MAX a side, or 1 to
 * COMPARE_PAIRS_MAX pairs. Returns 0, -EDOM for no values or a value that is
 * not above 0, -EINVAL for pairs with one half missing or an order of fewer
 * than TREND_RUNS_LEAST runs a side, -E2BIG for more values, or -ENOMEM.
 */
int compare(const double *baseline, size_t baselines, const double *current,
	    size_t currents, const struct compare_options *options,
	    struct comparison *result);

/*
 * Sets the verdict and runs_to_decide again. The argument p_slower, corrected
 * for many comparisons (holm.h), replaces result->p_slower.
 */
void compare_decide(struct comparison *result, double p_slower, double alpha);

/*
 * Sets everything that follows from log_change, log_low, log_high and
 * baseline_median: changes, the threshold, past_threshold.
 */
void compare_set_changes(struct comparison *result,
			 const struct compare_options *options);

/*
 * The exact distribution of Mann and Whitney's U with n and m runs a side:
 * (*out)[u] is P(U <= u) for u = 0 to n * m. The caller frees *out. Returns 0
 * or -ENOMEM.
 */
int compare_distribution(size_t n, size_t m, double **out);

/*
 * The exact distribution of Wilcoxon's signed-rank sum W of n pairs: (*out)[w]
 * is P(W <= w) for w = 0 to n * (n + 1) / 2. The caller frees *out. Returns 0
 * or -ENOMEM.
 */
int compare_signed_ranks(size_t n, double **out);

/* The median of n values, n above 0, which it sorts. */
double compare_median(double *values, size_t n);

/* For qsort(): orders doubles, the smallest first. */
int compare_doubles(const void *a, const void *b);

#endif
