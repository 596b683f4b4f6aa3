/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of some leaves together: from samples, from histograms, or,
 * of JSON without histograms, from count, mean and deviation alone. Latencies
 * in ns; what cannot be told is NaN (a percentile of no samples, a deviation
 * of one).
 */
#ifndef SMALLFIO_LATENCY_SUMMARY_H
#define SMALLFIO_LATENCY_SUMMARY_H

#include "fio/fio_histogram.h"
#include "run/stat_source.h"
#include "stats/percentiles.h"

struct latency_summary {
	uint64_t samples;
	/*
	 * 0 for no samples. Of histograms without extremes the bounds of the
	 * first and last bin; max_ns is UINT64_MAX where that has none.
	 */
	uint64_t min_ns, max_ns;
	long double mean_ns;
	long double stddev_ns;   /* of the sample: n - 1 */
	long double dev_percent; /* stddev over mean, in percent */
	/*
	 * In the order of the percentiles. Of samples all three values of one
	 * are the same; of histograms the percentile of the samples lies
	 * between low and high. Of one leaf without histogram they are those
	 * that fio printed; else NaN.
	 */
	struct bounded *percentile;
};

/*
 * summary->percentile points to memory for as many as there are percentiles.
 * The leaves, at least one, are all of one source. `interval` NULL: the whole
 * run; else only samples of that interval. Several threads may do this at
 * once. 0 or -ENOMEM.
 *
 * Of JSON, mean and deviation are merged from those that fio printed, to six
 * decimals of a ns, by the formula of Chan, Golub, LeVeque: Updating Formulae
 * and a Pairwise Algorithm for Computing Sample Variances, 1979.
 */
int latency_summarize(struct latency_summary *summary,
		      const struct percentiles *percentiles,
		      const struct stat_source *leaf, size_t n,
		      const int64_t *interval);

/* NaN for no samples; the largest: where it has no bound, too. */
long double latency_summary_min_ns(const struct latency_summary *summary);
long double latency_summary_max_ns(const struct latency_summary *summary);

/*
 * How far the percentile may be from `value_ns`, as it is printed, in percent
 * of that; 0 where it cannot be off, infinity where there is no upper bound,
 * NaN where there is no percentile.
 */
long double latency_summary_error_percent(const struct bounded *percentile,
					  long double value_ns);

#endif
