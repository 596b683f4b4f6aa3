/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How evenly the threads and hosts of an operation ran, and which of them stand
 * out.
 *
 * The rate of a thread is 1 / its mean latency: the operations it did in each
 * second that it spent in operations. This rate says what the storage gave the
 * thread. It leaves out pauses, and does not depend on whether the run was
 * bounded by time or by a number of files. The rate of a host is 1 / the mean
 * latency of all its threads' operations.
 *
 * Fairness is Jain's index of the rates x, (sum x)^2 / (n * sum x^2). It is 1
 * if all rates are the same, and 1/n if one thread has everything. (Jain, Chiu,
 * Hawe: A Quantitative Measure of Fairness and Discrimination, DEC-TR-301,
 * 1984.)
 *
 * An outlier is a thread whose median latency x has a modified z-score
 * 0.6745 * (x - m) / MAD beyond 3.5. Here m is the median of the threads'
 * medians, and MAD is the median of their distances from m. (Iglewicz, Hoaglin:
 * How to Detect and Handle Outliers, 1993.) If more than half of the medians
 * are the same, MAD is 0, and the score is (x - m) / (1.253314 * the mean
 * distance) instead. A thread within OUTLIER_PERCENT of m is never an outlier,
 * because among threads that are nearly the same a tiny distance gives a high
 * score.
 */
#ifndef SMALLFIO_FAIRNESS_H
#define SMALLFIO_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOWEST_MAX         3
#define OUTLIER_SCORE       3.5L
#define OUTLIER_PERCENT     10
#define OUTLIER_THREADS_MIN 5 /* fewer threads have no outliers */

/*
 * Jain's index of `n` rates. Rates that are NaN are left out. NaN for fewer
 * than two rates.
 */
long double fairness_index(const long double *rates, size_t n);

/*
 * Sets score[i] to the modified z-score of values[i], and *median to m. A score
 * is NaN where values[i] is NaN. All are NaN if fewer than OUTLIER_THREADS_MIN
 * values are known. Returns 0 or -ENOMEM.
 */
int fairness_scores(const long double *values, size_t n, long double *score,
		    long double *median);

/* Whether a thread is an outlier by the rule above. */
bool fairness_is_outlier(long double value, long double score,
			 long double median);

#endif
