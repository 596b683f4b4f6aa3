// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample_set_select() finds the values of all ranks at once, bucket by bucket.
 * A round counts the samples of a bucket by their next 11 bits. The counts tell
 * in which of those smaller ranges each rank lies. The next round counts only
 * the samples of these ranges, until each rank's value is known. A bucket is at
 * most 2^58 wide, so six rounds are enough. A few samples are sorted instead.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sample_set.h"

#define ROUND_BITS 11
#define FEW        512

/* A search for the ranks that fall into one bucket. */
struct search {
	const struct sample_set *const *runs;
	size_t n;
	unsigned bucket;
	uint64_t total;        /* samples in the bucket */
	size_t count;          /* number of ranks */
	const uint64_t *ranks; /* ascending, each among all values */
	uint64_t below;        /* how many values lie in lower buckets */
	uint64_t *values;      /* the answers */
};

/*
 * The range in which the values of some ranks lie: from (prefix << bits) on,
 * 2^bits wide, counted from the start of the bucket.
 */
struct range {
	uint64_t prefix;
	size_t begin, end; /* ranks[begin] to ranks[end - 1] */
};

struct counting {
	struct range range[SAMPLE_SET_RANKS_MAX];
	uint64_t rest[SAMPLE_SET_RANKS_MAX]; /* each rank, within its range */
	size_t ranges;
	unsigned bits;
	uint64_t *counts; /* 1 << ROUND_BITS for each range */
};

static void take_few(const struct search *search)
{
	uint64_t values[FEW], scratch[FEW];
	size_t i, j, at = 0;

	for (i = 0; i < search->n; i++) {
		const struct sample_set *run = search->runs[i];

		for (j = 0; j < run->blocks; j++) {
			struct sample_block_slice slice = sample_block_slice(
				&run->block[j], search->bucket);

			if (slice.count)
				memcpy(values + at, slice.latency_ns,
				       slice.count * sizeof(*values));
			at += slice.count;
		}
	}
	sample_block_sort(values, scratch, at);
	for (i = 0; i < search->count; i++)
		search->values[i] = values[search->ranks[i] - search->below];
}

static void count_one(struct counting *counting, uint64_t low, unsigned step,
		      struct sample_block_slice slice)
{
	unsigned shift = counting->bits - step;
	size_t i;

	for (i = 0; i < slice.count; i++)
		counting->counts[(slice.latency_ns[i] - low) >> shift]++;
}

/* Returns the range with that prefix, or NULL. */
static const struct range *find_range(const struct counting *counting,
				      uint64_t prefix)
{
	size_t low = 0, high = counting->ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (counting->range[middle].prefix < prefix)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < counting->ranges && counting->range[low].prefix == prefix)
		return &counting->range[low];
	return NULL;
}

static void count_several(struct counting *counting, uint64_t low,
			  unsigned step, struct sample_block_slice slice)
{
	unsigned shift = counting->bits - step;
	uint64_t mask = (UINT64_C(1) << step) - 1;
	size_t i;

	for (i = 0; i < slice.count; i++) {
		uint64_t offset = slice.latency_ns[i] - low;
		const struct range *range =
			find_range(counting, offset >> counting->bits);
		size_t which;

		if (!range)
			continue;
		which = (size_t)(range - counting->range) << ROUND_BITS;
		counting->counts[which + ((offset >> shift) & mask)]++;
	}
}

/* Adds `rank` to the last range if it has that prefix, else to a new one. */
static void add_rank(struct counting *to, uint64_t prefix, size_t rank)
{
	struct range *last = &to->range[to->ranges];

	if (to->ranges && last[-1].prefix == prefix) {
		last[-1].end = rank + 1;
		return;
	}
	*last = (struct range){ prefix, rank, rank + 1 };
	to->ranges++;
}

/* Makes the ranges of the next round from the counts of this round. */
static void narrow(struct counting *counting, unsigned step)
{
	struct range old[SAMPLE_SET_RANKS_MAX];
	size_t i, j, ranges = counting->ranges;

	memcpy(old, counting->range, sizeof(old));
	counting->ranges = 0;
	for (i = 0; i < ranges; i++) {
		const uint64_t *counts = counting->counts + (i << ROUND_BITS);
		uint64_t below = 0, digit = 0;

		for (j = old[i].begin; j < old[i].end; j++) {
			while (counting->rest[j] >= below + counts[digit])
				below += counts[digit++];
			counting->rest[j] -= below;
			add_rank(counting, old[i].prefix << step | digit, j);
		}
	}
	counting->bits -= step;
}

static void count_round(const struct search *search, struct counting *counting)
{
	uint64_t low = sample_block_bucket_low(search->bucket);
	bool whole = counting->bits == sample_block_bucket_bits(search->bucket);
	unsigned step =
		counting->bits < ROUND_BITS ? counting->bits : ROUND_BITS;
	size_t i, j;

	memset(counting->counts, 0,
	       (counting->ranges << ROUND_BITS) * sizeof(uint64_t));
	for (i = 0; i < search->n; i++) {
		const struct sample_set *run = search->runs[i];

		for (j = 0; j < run->blocks; j++) {
			struct sample_block_slice slice = sample_block_slice(
				&run->block[j], search->bucket);

			if (whole)
				count_one(counting, low, step, slice);
			else
				count_several(counting, low, step, slice);
		}
	}
	narrow(counting, step);
}

static int search_bucket(const struct search *search)
{
	struct counting counting = {
		.range[0].end = search->count,
		.ranges = 1,
		.bits = sample_block_bucket_bits(search->bucket),
	};
	size_t i, j;

	if (counting.bits && search->total <= FEW) {
		take_few(search);
		return 0;
	}
	for (i = 0; i < search->count; i++)
		counting.rest[i] = search->ranks[i] - search->below;
	if (counting.bits) {
		counting.counts =
			calloc(search->count << ROUND_BITS, sizeof(uint64_t));
		if (!counting.counts)
			return -ENOMEM;
	}
	while (counting.bits)
		count_round(search, &counting);
	free(counting.counts);
	for (i = 0; i < counting.ranges; i++) {
		for (j = counting.range[i].begin; j < counting.range[i].end;
		     j++)
			search->values[j] =
				sample_block_bucket_low(search->bucket) +
				counting.range[i].prefix;
	}
	return 0;
}

int sample_set_select(const struct sample_set *const *runs, size_t n,
		      const uint64_t *ranks, size_t count, uint64_t *values)
{
	uint64_t counts[SAMPLE_BLOCK_BUCKETS] = { 0 };
	struct search search = { .runs = runs, .n = n };
	size_t i, j, done = 0;
	int ret = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < runs[i]->blocks; j++)
			sample_block_count(&runs[i]->block[j], counts);
	}
	while (done < count && !ret) {
		search.total = counts[search.bucket];
		search.ranks = ranks + done;
		search.values = values + done;
		search.count = 0;
		while (done < count &&
		       ranks[done] < search.below + search.total) {
			search.count++;
			done++;
		}
		if (search.count)
			ret = search_bucket(&search);
		search.below += search.total;
		search.bucket++;
	}
	return ret;
}
