/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PERMUTATION_H
#define CORE_PERMUTATION_H

#include <stdint.h>

/*
 * The numbers below `count` in an order that looks random: each of them once,
 * with no memory but these few words, and the same for the same key on every
 * host.
 *
 * A Feistel network permutes the numbers below a power of two: whatever its
 * rounds compute, each of them can be undone (Luby, Rackoff: How to construct
 * pseudorandom permutations from pseudorandom functions, 1988: with strong
 * round functions four rounds are enough). A number that comes out too large is
 * permuted again until one is below `count` (cycle walking: Black, Rogaway:
 * Ciphers with arbitrary finite domains, 2002): less than twice on average, but
 * for small counts, since halves of few bits mix badly.
 */
#define PERMUTATION_ROUNDS   4
#define PERMUTATION_BITS_MIN 8

struct permutation {
	uint64_t count;
	uint64_t key[PERMUTATION_ROUNDS];
	unsigned int low_bits;  /* of the halves of a number */
	unsigned int high_bits; /* as many, or one more */
};

/* count: 1 to 2^62. */
void permutation_init(struct permutation *permutation, uint64_t count,
		      uint64_t key);

/* Which number comes at `place` < count. */
uint64_t permutation_at(const struct permutation *permutation, uint64_t place);

#endif
