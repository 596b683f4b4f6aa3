/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run: the samples of a thread (one run an interval where intervals are
 * asked for), in blocks, with their sums. A host is the runs of its threads;
 * the cluster is all. Nothing is sorted as a whole, copied or merged to go
 * from one to the next: percentiles are selected.
 */
#ifndef SMALLFIO_SAMPLE_SET_H
#define SMALLFIO_SAMPLE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "stats/sample_block.h"
#include "stats/moments.h"
#include "stats/percentiles.h"

/* Zeroed by its owner; freed with sample_set_free(). */
struct sample_set {
	struct sample_block *block;
	size_t blocks, blocks_capacity;
	uint64_t count;
	uint64_t min_ns, max_ns; /* of no samples: 0 */
	int64_t interval;        /* number of the interval; 0 if none */
	struct moments moments;
	/* Of a histogram: instead of blocks, moments, min_ns and max_ns. */
	struct fio_histogram bins;
};

/*
 * Adds `count` values, at most SAMPLE_BLOCK_SAMPLES_MAX; `values` is used as
 * scratch. 0 or -ENOMEM.
 */
int sample_set_add(struct sample_set *run, uint64_t *values, size_t count);

/* Adds a histogram, to a run of histograms. 0, -ENOMEM or -EOVERFLOW. */
int sample_set_add_histogram(struct sample_set *run,
			     const struct fio_histogram *bins);

/* Moves all samples of `from` to `to`. 0, or -errno as
 * sample_set_add_histogram(). */
int sample_set_move(struct sample_set *to, struct sample_set *from);

void sample_set_free(struct sample_set *run);

#define SAMPLE_SET_RANKS_MAX (2 * PERCENTILES_MAX)

/*
 * values[i] = the ranks[i]-th smallest (from 0) of all values of `n` runs, for
 * `count` ranks in ascending order, at most SAMPLE_SET_RANKS_MAX, each below
 * the sum of the counts. Buckets of the ranks are found by adding the blocks'
 * counts, the values by radix in those buckets: no value is looked at more than
 * seven times, whatever the data and however many ranks. 0 or -ENOMEM.
 */
int sample_set_select(const struct sample_set *const *runs, size_t n,
		      const uint64_t *ranks, size_t count, uint64_t *values);

/*
 * percentile_ns[i] for each percentile, by linear interpolation between
 * closest ranks, as numpy's default: at rank r = (count - 1) * p / 100,
 * x[floor r] plus the fraction of r times the way to the next value.
 * (Hyndman, Fan: Sample Quantiles in Statistical Packages, 1996,
 * definition 7.) The rank is computed in integers. NaN for no values.
 * 0 or -ENOMEM.
 */
int sample_set_percentiles(const struct sample_set *const *runs, size_t n,
			   const struct percentiles *percentiles,
			   long double *percentile_ns);

#endif
