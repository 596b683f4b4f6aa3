/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is slow: how evenly the threads and hosts of an operation did, which of
 * them were slowest, and which stand out.
 *
 * The rate of a thread is 1 / its mean latency, the operations it did in each
 * second that it spent in them: what its storage gave it, whether the run was
 * bounded by time or by a number of files, and without its pauses. That of a
 * host is taken from the mean of its threads' operations.
 *
 * Fairness: Jain's index of the rates x, (sum x)^2 / (n * sum x^2). 1: all are
 * the same; 1/n: one has everything. (Jain, Chiu, Hawe: A Quantitative Measure
 * of Fairness and Discrimination, DEC-TR-301, 1984.)
 *
 * Outliers: a thread whose median latency x has a modified z-score
 * 0.6745 * (x - m) / MAD beyond 3.5, m the median of the threads' medians and
 * MAD the median of their distances from it. (Iglewicz, Hoaglin: How to Detect
 * and Handle Outliers, 1993.) Where MAD is 0, since more than half are the
 * same, it is (x - m) / (1.253314 * the mean distance) instead. Of threads
 * that are nearly the same, any can be far from the others in these terms: one
 * that is within OUTLIER_PERCENT of m is none.
 */
#ifndef SMALLFIO_FAIRNESS_H
#define SMALLFIO_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOWEST_MAX         3
#define OUTLIER_SCORE       3.5L
#define OUTLIER_PERCENT     10
#define OUTLIER_THREADS_MIN 5 /* of fewer, none can be told */

/* Of `n` rates, those that are NaN left out; NaN for fewer than two. */
long double fairness_index(const long double *rates, size_t n);

/*
 * score[i]: the modified z-score of values[i]. NaN where values[i] is, and
 * everywhere for fewer than OUTLIER_THREADS_MIN values. *median: m. 0 or
 * -ENOMEM.
 */
int fairness_scores(const long double *values, size_t n, long double *score,
		    long double *median);

/* The rule above. */
bool fairness_is_outlier(long double value, long double score,
			 long double median);

#endif
