/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sample set has the samples of one thread, in blocks, with their sums. Where
 * intervals are asked for, a thread has a sample set for each interval. A host
 * is the sample sets of its threads, and a cluster those of all its hosts.
 * Percentiles of several sample sets are selected from all of them at once.
 * Only the blocks are sorted, and nothing is copied or merged for that.
 */
#ifndef SMALLFIO_SAMPLE_SET_H
#define SMALLFIO_SAMPLE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "stats/moments.h"
#include "stats/percentiles.h"

/* Most samples in a block: 128 KiB, so that the sort stays in the L2 cache. */
#define SAMPLE_BLOCK_SAMPLES_MAX 16384

/*
 * Sorted samples. The thread that reads them sorts them while they are still in
 * its processor's cache.
 */
struct sample_block {
	uint64_t *latency_ns; /* ascending */
	size_t count;
};

/* The owner zeroes it first, and frees it with sample_set_free(). */
struct sample_set {
	struct sample_block *block;
	size_t blocks;
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

/*
 * Sorts `count` values (below 2^32) ascending into sorted[], by radix. The time
 * grows with `count` and with the size of the largest value, and no input makes
 * it longer. `values` is scratch.
 */
void sample_set_sort(uint64_t *values, uint64_t *sorted, size_t count);

#define SAMPLE_SET_RANKS_MAX (2 * PERCENTILES_MAX)

/*
 * Sets values[i] to the ranks[i]-th smallest (from 0) of all values of `n`
 * sample sets. There are `count` ranks in ascending order, at most
 * SAMPLE_SET_RANKS_MAX, each below the sum of the sets' counts. Returns 0 or
 * -ENOMEM.
 *
 * Guesses a value, counts in each block how many are below, and halves the
 * range. A block is sorted, so a guess looks at few of its values, and at fewer
 * with each guess.
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
