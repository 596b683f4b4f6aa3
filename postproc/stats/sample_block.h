/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block: up to SAMPLE_BLOCK_SAMPLES_MAX samples, put into order just enough
 * for selection, by the thread that read them and while they are in its cache.
 *
 * Values fall into log-linear buckets: 32 to each power of two, so that a
 * bucket is at most 1/32 of its values wide, and one value wide below 64. The
 * samples of a block stand bucket by bucket; a small block is sorted.
 */
#ifndef SMALLFIO_SAMPLE_BLOCK_H
#define SMALLFIO_SAMPLE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_BLOCK_SAMPLES_MAX                                               \
	8192 /* 64 KiB: half of a small L2 with its copy */
#define SAMPLE_BLOCK_SUB_BITS 5
#define SAMPLE_BLOCK_BUCKETS                                                   \
	((64 - SAMPLE_BLOCK_SUB_BITS + 1) << SAMPLE_BLOCK_SUB_BITS)

struct sample_block {
	uint64_t *latency_ns;
	/* Where bucket first + i ends; NULL: all are sorted instead. */
	const uint16_t *end;
	uint32_t count;
	uint16_t first, buckets; /* from the least value's to the largest's */
};

/* Some neighbouring samples of a block. */
struct sample_block_slice {
	const uint64_t *latency_ns;
	size_t count;
};

/* 0 to SAMPLE_BLOCK_BUCKETS - 1, never less for a larger value. */
static inline unsigned sample_block_bucket(uint64_t value)
{
	unsigned shift;

	if (value < 1u << (SAMPLE_BLOCK_SUB_BITS + 1))
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - SAMPLE_BLOCK_SUB_BITS;
	return (shift << SAMPLE_BLOCK_SUB_BITS) + (unsigned)(value >> shift);
}

/* A bucket is 2^bits values wide, */
static inline unsigned sample_block_bucket_bits(unsigned bucket)
{
	unsigned octave = bucket >> SAMPLE_BLOCK_SUB_BITS;

	return octave ? octave - 1 : 0;
}

/* the least of which is this. */
static inline uint64_t sample_block_bucket_low(unsigned bucket)
{
	unsigned bits = sample_block_bucket_bits(bucket);

	return (uint64_t)(bucket - (bits << SAMPLE_BLOCK_SUB_BITS)) << bits;
}

/*
 * Makes a block of `count` values, 1 to SAMPLE_BLOCK_SAMPLES_MAX, between `low`
 * and `high`. `values` is used as scratch and left in disorder. Besides 8 bytes
 * a sample a block takes at most 1. 0 or -ENOMEM.
 */
int sample_block_make(struct sample_block *block, uint64_t *values,
		      size_t count, uint64_t low, uint64_t high);

void sample_block_free(struct sample_block *block);

/* Adds the samples in each bucket to counts[0..SAMPLE_BLOCK_BUCKETS - 1]. */
void sample_block_count(const struct sample_block *block, uint64_t *counts);

/* The samples that fall into `bucket`. */
struct sample_block_slice sample_block_slice(const struct sample_block *block,
					     unsigned bucket);

/*
 * Sorts ascending, by radix: time grows with count and with the number of
 * bytes in use, and no input makes it slow. `scratch` holds `count` values,
 * too.
 */
void sample_block_sort(uint64_t *values, uint64_t *scratch, size_t count);

#endif
