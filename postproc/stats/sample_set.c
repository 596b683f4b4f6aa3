// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sample_set.h"

#define PERCENT_E9_ALL (UINT64_C(100) * 1000000000)

static int reserve(struct sample_set *run, size_t more)
{
	size_t needed = run->blocks + more, capacity = run->blocks_capacity;
	struct sample_block *grown;

	if (needed <= capacity)
		return 0;
	capacity = needed < 2 * capacity ? 2 * capacity : needed;
	grown = reallocarray(run->block, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	run->block = grown;
	run->blocks_capacity = capacity;
	return 0;
}

static void widen(struct sample_set *run, uint64_t low, uint64_t high)
{
	if (!run->count || low < run->min_ns)
		run->min_ns = low;
	if (!run->count || high > run->max_ns)
		run->max_ns = high;
}

int sample_set_add(struct sample_set *run, uint64_t *values, size_t count)
{
	uint64_t low = UINT64_MAX, high = 0;
	size_t i;

	if (!count)
		return 0;
	for (i = 0; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	if (reserve(run, 1))
		return -ENOMEM;
	moments_add(&run->moments, values, count);
	if (sample_block_make(&run->block[run->blocks], values, count, low,
			      high))
		return -ENOMEM;
	run->blocks++;
	widen(run, low, high);
	run->count += count;
	return 0;
}

int sample_set_add_histogram(struct sample_set *run,
			     const struct fio_histogram *bins)
{
	int ret = fio_histogram_merge(&run->bins, bins);

	run->count = run->bins.samples;
	return ret;
}

int sample_set_move(struct sample_set *to, struct sample_set *from)
{
	if (from->bins.n)
		return sample_set_add_histogram(to, &from->bins);
	if (!from->blocks)
		return 0;
	if (reserve(to, from->blocks))
		return -ENOMEM;
	memcpy(to->block + to->blocks, from->block,
	       from->blocks * sizeof(*from->block));
	to->blocks += from->blocks;
	widen(to, from->min_ns, from->max_ns);
	to->count += from->count;
	moments_merge(&to->moments, &from->moments);
	from->blocks = 0;
	from->count = 0;
	memset(&from->moments, 0, sizeof(from->moments));
	return 0;
}

void sample_set_free(struct sample_set *run)
{
	size_t i;

	for (i = 0; i < run->blocks; i++)
		sample_block_free(&run->block[i]);
	fio_histogram_free(&run->bins);
	free(run->block);
	run->block = NULL;
	run->blocks = 0;
}

/*
 * Where a percentile lies: at ranks[rank], and from there a part of the way to
 * the next value.
 */
struct place {
	size_t rank;
	uint64_t rest; /* the part, in units of 1 / PERCENT_E9_ALL */
};

static long double interpolate(uint64_t value, uint64_t next, uint64_t rest)
{
	uint128 scaled = (uint128)(next - value) * rest;

	/* Whole ns and the rest are added last, so that neither loses digits.
	 */
	value += (uint64_t)(scaled / PERCENT_E9_ALL);
	rest = (uint64_t)(scaled % PERCENT_E9_ALL);
	return (long double)value +
	       (long double)rest / (long double)PERCENT_E9_ALL;
}

static int by_rank(const void *a, const void *b)
{
	uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;

	return (l > r) - (l < r);
}

static size_t find_rank(const uint64_t *ranks, size_t n, uint64_t rank)
{
	const uint64_t *found =
		bsearch(&rank, ranks, n, sizeof(*ranks), by_rank);

	return (size_t)(found - ranks);
}

int sample_set_percentiles(const struct sample_set *const *runs, size_t n,
			   const struct percentiles *percentiles,
			   long double *percentile_ns)
{
	uint64_t ranks[SAMPLE_SET_RANKS_MAX], values[SAMPLE_SET_RANKS_MAX],
		count = 0;
	size_t i, wanted = 0;
	int ret;

	for (i = 0; i < n; i++)
		count += runs[i]->count;
	for (i = 0; i < percentiles->count; i++) {
		uint128 scaled = (uint128)(count - 1) * percentiles->p[i].e9;
		uint64_t rank = (uint64_t)(scaled / PERCENT_E9_ALL);

		percentile_ns[i] = NAN;
		ranks[wanted++] = rank;
		ranks[wanted++] = rank + (scaled % PERCENT_E9_ALL > 0);
	}
	if (!count)
		return 0;
	qsort(ranks, wanted, sizeof(*ranks), by_rank);
	ret = sample_set_select(runs, n, ranks, wanted, values);
	for (i = 0; i < percentiles->count && !ret; i++) {
		uint128 scaled = (uint128)(count - 1) * percentiles->p[i].e9;
		uint64_t rank = (uint64_t)(scaled / PERCENT_E9_ALL);
		uint64_t rest = (uint64_t)(scaled % PERCENT_E9_ALL);
		uint64_t value = values[find_rank(ranks, wanted, rank)];
		uint64_t next =
			values[find_rank(ranks, wanted, rank + (rest > 0))];

		percentile_ns[i] = interpolate(value, next, rest);
	}
	return ret;
}
