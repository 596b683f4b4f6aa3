// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json.h"
#include "run/latency_summary.h"

/* Far wider than the bins of fio, but for the last one: 1/64. */
#define ROUGH_PERCENT 5

/*
 * Puts the sample sets of the series into `runs`: all, or those of one
 * interval. Returns their number.
 */
static size_t gather(const struct series *const *series, size_t n,
		     const int64_t *interval, const struct sample_set **runs)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		const struct sample_set *run;

		if (interval) {
			run = series_in_interval(series[i], *interval);
			if (run)
				runs[count++] = run;
			continue;
		}
		for (j = 0; j < series[i]->run_count; j++)
			runs[count++] = &series[i]->runs[j];
	}
	return count;
}

static void add_extremes(struct latency_summary *summary, bool first,
			 uint64_t min_ns, uint64_t max_ns)
{
	if (first || min_ns < summary->min_ns)
		summary->min_ns = min_ns;
	if (first || max_ns > summary->max_ns)
		summary->max_ns = max_ns;
}

/*
 * Summarizes logs of histograms. Minimum and maximum are the bounds of the
 * outermost bins. Mean and deviation are not known.
 */
static int from_histograms(struct latency_summary *summary,
			   const struct percentiles *percentiles,
			   const struct sample_set *const *runs, size_t n)
{
	struct fio_histogram bins = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++)
		ret = fio_histogram_merge(&bins, &runs[i]->bins);
	if (!ret) {
		summary->samples = bins.samples;
		summary->min_ns = fio_histogram_low_ns(bins.bin[0].index);
		summary->max_ns = fio_histogram_high_ns(
			bins.bin[bins.n - 1].index, bins.coarseness);
	}
	for (i = 0; i < percentiles->count && !ret; i++)
		summary->percentile[i] =
			fio_histogram_percentile(&bins, percentiles->p[i].e9);
	fio_histogram_free(&bins);
	return ret;
}

static int from_runs(struct latency_summary *summary,
		     const struct percentiles *percentiles,
		     const struct sample_set *const *runs, size_t n)
{
	long double percentile_ns[PERCENTILES_MAX];
	struct moments moments = { 0 };
	size_t i;
	int ret;

	if (n && runs[0]->bins.n)
		return from_histograms(summary, percentiles, runs, n);
	for (i = 0; i < n; i++) {
		moments_merge(&moments, &runs[i]->moments);
		add_extremes(summary, !i, runs[i]->min_ns, runs[i]->max_ns);
	}
	summary->samples = moments.count;
	summary->mean_ns = moments_mean(&moments);
	summary->stddev_ns = moments_stddev(&moments);
	ret = sample_set_percentiles(runs, n, percentiles, percentile_ns);
	for (i = 0; i < percentiles->count && !ret; i++)
		summary->percentile[i] = (struct bounded){
			.value_ns = percentile_ns[i],
			.low_ns = percentile_ns[i],
			.high_ns = percentile_ns[i],
		};
	return ret;
}

static int from_samples(struct latency_summary *summary,
			const struct percentiles *percentiles,
			const struct series *const *series, size_t n,
			const int64_t *interval)
{
	const struct sample_set **runs;
	size_t i, most = 1;
	int ret = -ENOMEM;

	for (i = 0; i < n; i++)
		most += series[i]->run_count;
	runs = calloc(most, sizeof(*runs));
	if (runs)
		ret = from_runs(summary, percentiles, runs,
				gather(series, n, interval, runs));
	free(runs);
	return ret;
}

static int from_json(struct latency_summary *summary,
		     const struct percentiles *percentiles,
		     const struct series *const *series, size_t n)
{
	struct fio_histogram bins = { 0 };
	struct pooled_moments pooled = { 0 };
	bool has_bins = true;
	size_t i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		const struct fio_latency *latency = series[i]->latency;

		pooled_moments_add(&pooled, latency->samples, latency->mean_ns,
				   latency->stddev_ns);
		add_extremes(summary, !i, latency->min_ns, latency->max_ns);
		has_bins &= latency->has_bins;
		if (has_bins)
			ret = fio_latency_add_bins(&bins, latency);
	}
	summary->samples = pooled.count;
	summary->mean_ns = pooled.mean;
	summary->stddev_ns = pooled_moments_stddev(&pooled);
	for (i = 0; i < percentiles->count && !ret; i++) {
		uint64_t e9 = percentiles->p[i].e9;

		if (has_bins)
			summary->percentile[i] =
				fio_histogram_percentile(&bins, e9);
		else if (n == 1)
			summary->percentile[i] = fio_percentiles_find(
				&series[0]->latency->printed, e9);
	}
	fio_histogram_free(&bins);
	return ret;
}

int latency_summarize(struct latency_summary *summary,
		      const struct percentiles *percentiles,
		      const struct series *const *series, size_t n,
		      const int64_t *interval)
{
	size_t i;
	int ret;

	summary->samples = summary->min_ns = summary->max_ns = 0;
	summary->mean_ns = summary->stddev_ns = NAN;
	for (i = 0; i < percentiles->count; i++)
		summary->percentile[i] = (struct bounded){ NAN, NAN, NAN };
	if (!series[0]->latency)
		ret = from_samples(summary, percentiles, series, n, interval);
	else
		ret = interval ? 0 : from_json(summary, percentiles, series, n);
	summary->dev_percent = summary->mean_ns > 0 ? 100 * summary->stddev_ns /
							      summary->mean_ns
						    : NAN;
	return ret;
}

long double latency_summary_min_ns(const struct latency_summary *summary)
{
	return summary->samples ? (long double)summary->min_ns : NAN;
}

long double latency_summary_max_ns(const struct latency_summary *summary)
{
	return summary->samples && summary->max_ns != UINT64_MAX
		       ? (long double)summary->max_ns
		       : NAN;
}

long double latency_summary_error_percent(const struct bounded *percentile,
					  long double value_ns)
{
	long double below = value_ns - percentile->low_ns;
	long double above = percentile->high_ns - value_ns;
	long double error = above > below ? above : below;

	if (isnan(value_ns))
		return NAN;
	return error > 0 ? 100 * error / value_ns : 0;
}

bool latency_summary_is_rough(const struct bounded *percentile)
{
	return !isnan(percentile->value_ns) &&
	       !(latency_summary_error_percent(
			 percentile, percentile->value_ns) <= ROUGH_PERCENT);
}
