/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sample set has the samples of one thread, in blocks, with their sums. Where
 * intervals are asked for, a thread has a sample set for each interval. A host
 * is the sample sets of its threads, and a cluster those of all its hosts.
 * Percentiles of several sample sets are selected from all of them at once.
 * Nothing is sorted as a whole, copied or merged for that.
 */
#ifndef SMALLFIO_SAMPLE_SET_H
#define SMALLFIO_SAMPLE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "stats/sample_block.h"
#include "stats/moments.h"
#include "stats/percentiles.h"

/* The owner zeroes it first, and frees it with sample_set_free(). */
struct sample_set {
	struct sample_block *block;
	size_t blocks, blocks_capacity;
	uint64_t count;
	uint64_t min_ns, max_ns; /* 0 without samples */
	int64_t interval;        /* number of the interval; 0 if none */
	struct moments moments;
	/* A histogram stands instead of blocks, moments, min_ns and max_ns. */
	struct fio_histogram bins;
};

/*
 * Adds `count` values, at most SAMPLE_BLOCK_SAMPLES_MAX. Uses `values` as
 * scratch. Returns 0 or -ENOMEM.
 */
int sample_set_add(struct sample_set *run, uint64_t *values, size_t count);

/*
 * Adds a histogram. The sample set must hold no single samples. Returns 0,
 * -ENOMEM or -EOVERFLOW.
 */
int sample_set_add_histogram(struct sample_set *run,
			     const struct fio_histogram *bins);

/*
 * Moves all samples of `from` to `to`. Returns 0, or the -errno of
 * sample_set_add_histogram().
 */
int sample_set_move(struct sample_set *to, struct sample_set *from);

void sample_set_free(struct sample_set *run);

#define SAMPLE_SET_RANKS_MAX (2 * PERCENTILES_MAX)

/*
 * Sets values[i] to the ranks[i]-th smallest (from 0) of all values of `n`
 * sample sets. There are `count` ranks in ascending order, at most
 * SAMPLE_SET_RANKS_MAX, each below the sum of the sets' counts. Returns 0 or
 * -ENOMEM.
 *
 * First the counts of the blocks' buckets are added, which tells the bucket of
 * each rank. Then the values are found by radix in those buckets. No value is
 * looked at more than seven times, whatever the data and however many ranks.
 */
int sample_set_select(const struct sample_set *const *runs, size_t n,
		      const uint64_t *ranks, size_t count, uint64_t *values);

/*
 * Sets percentile_ns[i] for each percentile, by linear interpolation between
 * closest ranks, which is numpy's default. At rank r = (count - 1) * p / 100
 * the percentile is x[floor r] plus the fraction of r times the distance to the
 * next value. (Hyndman, Fan: Sample Quantiles in Statistical Packages, 1996,
 * definition 7.) The rank is computed in integers. Without values a percentile
 * is NaN. Returns 0 or -ENOMEM.
 */
int sample_set_percentiles(const struct sample_set *const *runs, size_t n,
			   const struct percentiles *percentiles,
			   long double *percentile_ns);

#endif
