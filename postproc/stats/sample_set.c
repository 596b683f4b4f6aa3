// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sample_set.h"
#include "util/array.h"

#define PERCENT_E9_ALL (UINT64_C(100) * 1000000000)
/* Digits of a radix sort. Few values are sorted by insertion. */
#define DIGIT_BITS  11
#define DIGIT_SIZE  (1u << DIGIT_BITS)
#define SMALL_COUNT 64

static void insertion_sort(uint64_t *values, size_t count)
{
	size_t i, j;

	for (i = 1; i < count; i++) {
		uint64_t v = values[i];

		for (j = i; j > 0 && values[j - 1] > v; j--)
			values[j] = values[j - 1];
		values[j] = v;
	}
}

/*
 * Sorts `from` into `to` by the digit at `shift`. False: nothing was done,
 * because all values have the same digit there.
 */
static bool distribute(const uint64_t *from, uint64_t *to, size_t count,
		       unsigned shift)
{
	uint32_t places[DIGIT_SIZE] = { 0 }, next = 0;
	size_t i;

	for (i = 0; i < count; i++)
		places[(from[i] >> shift) % DIGIT_SIZE]++;
	if (places[(from[0] >> shift) % DIGIT_SIZE] == count)
		return false;
	for (i = 0; i < DIGIT_SIZE; i++) {
		uint32_t here = places[i];

		places[i] = next;
		next += here;
	}
	for (i = 0; i < count; i++)
		to[places[(from[i] >> shift) % DIGIT_SIZE]++] = from[i];
	return true;
}

void sample_set_sort(uint64_t *values, uint64_t *sorted, size_t count)
{
	uint64_t *from = values, *to = sorted, used = 0;
	unsigned shift;
	size_t i;

	if (count <= SMALL_COUNT)
		insertion_sort(values, count);
	for (i = 0; i < count && count > SMALL_COUNT; i++)
		used |= values[i];
	for (shift = 0; shift < 64 && used >> shift; shift += DIGIT_BITS) {
		if (distribute(from, to, count, shift)) {
			uint64_t *swap = from;

			from = to;
			to = swap;
		}
	}
	if (from == values && count)
		memcpy(sorted, values, count * sizeof(*sorted));
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
	struct sample_block block = { .count = count }, *added;

	if (!count)
		return 0;
	block.latency_ns = malloc(count * sizeof(*values));
	added = block.latency_ns ? array_add(&run->block, &run->blocks) : NULL;
	if (!added) {
		free(block.latency_ns);
		return -ENOMEM;
	}
	moments_add(&run->moments, values, count);
	sample_set_sort(values, block.latency_ns, count);
	widen(run, block.latency_ns[0], block.latency_ns[count - 1]);
	*added = block;
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
	for (size_t i = 0; i < from->blocks; i++) {
		struct sample_block *added = array_add(&to->block, &to->blocks);

		if (!added)
			return -ENOMEM;
		*added = from->block[i];
		from->block[i].latency_ns = NULL;
	}
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
		free(run->block[i].latency_ns);
	fio_histogram_free(&run->bins);
	free(run->block);
	run->block = NULL;
	run->blocks = 0;
}

/*
 * The part of a block in which the value of a rank may lie. Those in front are
 * smaller, those behind are no smaller than the value.
 */
struct span {
	const struct sample_block *block;
	size_t begin, end;
	size_t cut; /* where the values above the last guess begin */
};

/* Finds where the values above `value` begin. */
static size_t find_cut(const struct span *span, uint64_t value)
{
	size_t low = span->begin, high = span->end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span->block->latency_ns[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Returns the value of a rank, which is from `low` to `high`, by bisection. */
static uint64_t find_value(struct span *span, size_t n, uint64_t rank,
			   uint64_t low, uint64_t high)
{
	size_t i;

	for (i = 0; i < n; i++)
		span[i].end = span[i].block->count;
	while (low < high) {
		uint64_t guess = low + (high - low) / 2, upto = 0;

		for (i = 0; i < n; i++) {
			span[i].cut = find_cut(&span[i], guess);
			upto += span[i].cut;
		}
		if (upto > rank)
			high = guess;
		else
			low = guess + 1;
		for (i = 0; i < n; i++) {
			if (upto > rank)
				span[i].end = span[i].cut;
			else
				span[i].begin = span[i].cut;
		}
	}
	return low;
}

int sample_set_select(const struct sample_set *const *runs, size_t n,
		      const uint64_t *ranks, size_t count, uint64_t *values)
{
	uint64_t low = UINT64_MAX, high = 0;
	size_t i, k, blocks = 0;
	struct span *span;

	for (i = 0; i < n; i++)
		blocks += runs[i]->blocks;
	span = calloc(blocks + 1, sizeof(*span));
	if (!span)
		return -ENOMEM;
	for (i = 0, blocks = 0; i < n; i++) {
		for (k = 0; k < runs[i]->blocks; k++)
			span[blocks++].block = &runs[i]->block[k];
		if (runs[i]->blocks && runs[i]->min_ns < low)
			low = runs[i]->min_ns;
		if (runs[i]->blocks && runs[i]->max_ns > high)
			high = runs[i]->max_ns;
	}
	for (i = 0; i < count; i++)
		values[i] = low =
			i && ranks[i] == ranks[i - 1]
				? low
				: find_value(span, blocks, ranks[i], low, high);
	free(span);
	return 0;
}

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
