/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block holds up to SAMPLE_BLOCK_SAMPLES_MAX samples, put into order just
 * enough for selection. The thread that reads the samples makes the block while
 * they are still in its processor's cache.
 *
 * Values fall into log-linear buckets, 32 to each power of two. A bucket is at
 * most 1/32 of its values wide; below 64 each value has its own bucket. The
 * samples of a block stand bucket by bucket. A small block is sorted instead.
 */
#ifndef SMALLFIO_SAMPLE_BLOCK_H
#define SMALLFIO_SAMPLE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_BLOCK_SAMPLES_MAX                                               \
	8192 /* 64 KiB: with its copy half of a small L2 cache */
#define SAMPLE_BLOCK_SUB_BITS 5
#define SAMPLE_BLOCK_BUCKETS                                                   \
	((64 - SAMPLE_BLOCK_SUB_BITS + 1) << SAMPLE_BLOCK_SUB_BITS)

struct sample_block {
	uint64_t *latency_ns;
	/* Where bucket first + i ends; NULL: all are sorted instead. */
	const uint16_t *end;
	uint32_t count;
	uint16_t first, buckets; /* first bucket, and how many there are */
};

/* Neighbouring samples of a block. */
struct sample_block_slice {
	const uint64_t *latency_ns;
	size_t count;
};

/*
 * The bucket of a value, 0 to SAMPLE_BLOCK_BUCKETS - 1. A larger value never
 * has a lower bucket.
 */
static inline unsigned sample_block_bucket(uint64_t value)
{
	unsigned shift;

	if (value < 1u << (SAMPLE_BLOCK_SUB_BITS + 1))
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - SAMPLE_BLOCK_SUB_BITS;
	return (shift << SAMPLE_BLOCK_SUB_BITS) + (unsigned)(value >> shift);
}

/* The width of a bucket: 2 to the power of this number of values. */
static inline unsigned sample_block_bucket_bits(unsigned bucket)
{
	unsigned octave = bucket >> SAMPLE_BLOCK_SUB_BITS;

	return octave ? octave - 1 : 0;
}

/* The least value of a bucket. */
static inline uint64_t sample_block_bucket_low(unsigned bucket)
{
	unsigned bits = sample_block_bucket_bits(bucket);

	return (uint64_t)(bucket - (bits << SAMPLE_BLOCK_SUB_BITS)) << bits;
}

/*
 * Makes a block of `count` values, 1 to SAMPLE_BLOCK_SAMPLES_MAX. Their minimum
 * is `low` and their maximum `high`. Uses `values` as scratch and leaves it in
 * any order. A block takes 8 to 9 bytes a sample. Returns 0 or -ENOMEM.
 */
int sample_block_make(struct sample_block *block, uint64_t *values,
		      size_t count, uint64_t low, uint64_t high);

void sample_block_free(struct sample_block *block);

/* Adds the samples in each bucket to counts[0..SAMPLE_BLOCK_BUCKETS - 1]. */
void sample_block_count(const struct sample_block *block, uint64_t *counts);

/* The samples of a block that fall into `bucket`; there may be none. */
struct sample_block_slice sample_block_slice(const struct sample_block *block,
					     unsigned bucket);

/*
 * Sorts ascending, by radix. The time grows with `count` and with the number of
 * bytes that the largest value needs, and no input makes it longer. `scratch`
 * has room for `count` values, too.
 */
void sample_block_sort(uint64_t *values, uint64_t *scratch, size_t count);

#endif
