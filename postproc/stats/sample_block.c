// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sample_block.h"

#define DIGIT_BITS  8
#define DIGIT_SIZE  (1u << DIGIT_BITS)
#define SMALL_COUNT 32

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
	size_t places[DIGIT_SIZE] = { 0 }, i, next = 0;

	for (i = 0; i < count; i++)
		places[(from[i] >> shift) & (DIGIT_SIZE - 1)]++;
	if (places[(from[0] >> shift) & (DIGIT_SIZE - 1)] == count)
		return false;
	for (i = 0; i < DIGIT_SIZE; i++) {
		size_t here = places[i];

		places[i] = next;
		next += here;
	}
	for (i = 0; i < count; i++)
		to[places[(from[i] >> shift) & (DIGIT_SIZE - 1)]++] = from[i];
	return true;
}

void sample_block_sort(uint64_t *values, uint64_t *scratch, size_t count)
{
	uint64_t *from = values, *to = scratch, used = 0;
	unsigned shift;
	size_t i;

	if (count <= SMALL_COUNT) {
		insertion_sort(values, count);
		return;
	}
	for (i = 0; i < count; i++)
		used |= values[i];
	for (shift = 0; shift < 64 && used >> shift; shift += DIGIT_BITS) {
		if (distribute(from, to, count, shift)) {
			uint64_t *swap = from;

			from = to;
			to = swap;
		}
	}
	if (from != values)
		memcpy(values, from, count * sizeof(*values));
}

/* Moves the values of `from`, bucket by bucket, into the block. */
static void partition(struct sample_block *block, uint16_t *end,
		      const uint64_t *from)
{
	unsigned i, next = 0;
	size_t j;

	memset(end, 0, block->buckets * sizeof(*end));
	for (j = 0; j < block->count; j++)
		end[sample_block_bucket(from[j]) - block->first]++;
	for (i = 0; i < block->buckets; i++) {
		unsigned here = end[i];

		end[i] = (uint16_t)next;
		next += here;
	}
	/* end[i] is now where a bucket begins, and moves on to where it ends.
	 */
	for (j = 0; j < block->count; j++)
		block->latency_ns[end[sample_block_bucket(from[j]) -
				      block->first]++] = from[j];
	block->end = end;
}

int sample_block_make(struct sample_block *block, uint64_t *values,
		      size_t count, uint64_t low, uint64_t high)
{
	size_t bytes = count * sizeof(*values);
	bool sorted;

	block->count = (uint32_t)count;
	block->first = (uint16_t)sample_block_bucket(low);
	block->buckets =
		(uint16_t)(sample_block_bucket(high) - block->first + 1);
	block->end = NULL;
	sorted = block->buckets * sizeof(*block->end) > count;
	block->latency_ns = malloc(
		bytes + (sorted ? 0 : block->buckets * sizeof(*block->end)));
	if (!block->latency_ns)
		return -ENOMEM;
	if (sorted) {
		sample_block_sort(values, block->latency_ns, count);
		memcpy(block->latency_ns, values, bytes);
	} else {
		partition(block, (uint16_t *)(block->latency_ns + count),
			  values);
	}
	return 0;
}

void sample_block_free(struct sample_block *block)
{
	free(block->latency_ns);
}

void sample_block_count(const struct sample_block *block, uint64_t *counts)
{
	unsigned i, begin = 0;
	size_t j;

	if (!block->end) {
		for (j = 0; j < block->count; j++)
			counts[sample_block_bucket(block->latency_ns[j])]++;
		return;
	}
	counts += block->first;
	for (i = 0; i < block->buckets; i++) {
		counts[i] += block->end[i] - begin;
		begin = block->end[i];
	}
}

/* How many values of a sorted block lie in buckets below `bucket`. */
static size_t count_below(const struct sample_block *block, unsigned bucket)
{
	size_t low = 0, high = block->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sample_block_bucket(block->latency_ns[middle]) < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct sample_block_slice sample_block_slice(const struct sample_block *block,
					     unsigned bucket)
{
	unsigned i = bucket - block->first;
	size_t begin, end;

	if (bucket < block->first || i >= block->buckets)
		return (struct sample_block_slice){ 0 };
	if (block->end) {
		begin = i ? block->end[i - 1] : 0;
		end = block->end[i];
	} else {
		begin = count_below(block, bucket);
		end = count_below(block, bucket + 1);
	}
	return (struct sample_block_slice){ block->latency_ns + begin,
					    end - begin };
}
