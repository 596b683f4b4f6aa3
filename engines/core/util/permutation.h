/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PERMUTATION_H
#define CORE_PERMUTATION_H

#include <stdint.h>

/*
 * The numbers below `count` in an order that looks random. Each number comes
 * once. The order needs no memory but these few words, and is the same on every
 * host that has the same key.
 *
 * A Feistel network permutes the numbers below a power of two, because each of
 * its rounds can be undone whatever the round computes. Four rounds are enough
 * if their functions are strong (Luby, Rackoff: How to construct pseudorandom
 * permutations from pseudorandom functions, 1988). A number that comes out too
 * large is permuted again until it is below `count` (cycle walking: Black,
 * Rogaway: Ciphers with arbitrary finite domains, 2002). On average that takes
 * fewer than two permutations. Small counts take more, because a number has at
 * least PERMUTATION_BITS_MIN bits: halves of few bits mix badly.
 */
#define PERMUTATION_ROUNDS   4
#define PERMUTATION_BITS_MIN 8

struct permutation {
	uint64_t count;
	uint64_t key[PERMUTATION_ROUNDS];
	unsigned int low_bits;  /* bits in a number's low half */
	unsigned int high_bits; /* as many as low_bits, or one more */
};

/* count: 1 to 2^62. */
void permutation_init(struct permutation *permutation, uint64_t count,
		      uint64_t key);

/* Returns the number at `place`, which must be below `count`. */
uint64_t permutation_at(const struct permutation *permutation, uint64_t place);

#endif
