/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of some series together. They come from samples or from
 * histograms. From JSON without histograms they come from count, mean and
 * deviation alone. Latencies are in ns. A figure that cannot be told is NaN: a
 * percentile of no samples, or the deviation of one.
 */
#ifndef SMALLFIO_LATENCY_SUMMARY_H
#define SMALLFIO_LATENCY_SUMMARY_H

#include "fio/fio_histogram.h"
#include "stats/series.h"
#include "stats/percentiles.h"

struct latency_summary {
	uint64_t samples;
	/*
	 * 0 without samples. For histograms without extremes, the bounds of the
	 * first and the last bin; max_ns is UINT64_MAX if the last bin has no
	 * upper bound.
	 */
	uint64_t min_ns, max_ns;
	long double mean_ns;
	long double stddev_ns;   /* sample standard deviation: n - 1 */
	long double dev_percent; /* stddev over mean, in percent */
	/*
	 * In the order of the percentiles. From samples, a percentile's three
	 * values are the same. From histograms, the percentile of the samples
	 * lies between low and high. From a single series without a
	 * histogram they are those that fio printed. Otherwise they are NaN.
	 */
	struct bounded *percentile;
};

/*
 * Computes the statistics of `n` series, at least one, which all have the
 * same origin. summary->percentile must point to memory for all percentiles.
 * `interval` NULL: the whole run. Otherwise only the samples of that interval
 * count. Several threads may call this at once. Returns 0 or -ENOMEM.
 *
 * From JSON, mean and deviation are merged from those that fio printed with six
 * decimals of a ns, by the formula of Chan, Golub, LeVeque: Updating Formulae
 * and a Pairwise Algorithm for Computing Sample Variances, 1979.
 */
int latency_summarize(struct latency_summary *summary,
		      const struct percentiles *percentiles,
		      const struct series *const *series, size_t n,
		      const int64_t *interval);

/*
 * The smallest and the largest latency. NaN without samples; the largest is
 * NaN, too, if it has no upper bound.
 */
long double latency_summary_min_ns(const struct latency_summary *summary);
long double latency_summary_max_ns(const struct latency_summary *summary);

/*
 * How far the percentile may be from the printed `value_ns`, in percent of
 * value_ns. 0: it cannot be off. Infinity: it has no upper bound. NaN: there is
 * no percentile.
 */
long double latency_summary_error_percent(const struct bounded *percentile,
					  long double value_ns);

/*
 * Whether the bounds of a percentile lie so far from its value, by more than
 * 5 %, that the value is no measurement. This is so in fio's last bin, which
 * has no end but the maximum. False: it is closer, or there is none.
 */
bool latency_summary_is_rough(const struct bounded *percentile);

#endif
