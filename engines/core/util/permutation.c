// SPDX-License-Identifier: GPL-2.0-only
#include "util/hash64.h"
#include "util/permutation.h"

void permutation_init(struct permutation *p, uint64_t count, uint64_t key)
{
	unsigned int bits = PERMUTATION_BITS_MIN;

	while (count > 1ull << bits)
		bits++;
	p->count = count;
	p->low_bits = bits / 2;
	p->high_bits = bits - bits / 2;
	for (int i = 0; i < PERMUTATION_ROUNDS; i++)
		p->key[i] = hash64_in(key, (uint64_t)i);
}

/* Returns `bits` bits that depend on the key and on all bits of `half`. */
static inline uint64_t round_bits(uint64_t half, uint64_t key,
				  unsigned int bits)
{
	uint64_t x = (half ^ key) * 0xbf58476d1ce4e5b9u;

	x ^= x >> 32;
	return x * 0x94d049bb133111ebu >> (64 - bits);
}

uint64_t permutation_at(const struct permutation *p, uint64_t place)
{
	uint64_t low_mask = (1ull << p->low_bits) - 1, number = place;

	if (p->count == 1)
		return 0;
	do {
		uint64_t high = number >> p->low_bits, low = number & low_mask;

		low ^= round_bits(high, p->key[0], p->low_bits);
		high ^= round_bits(low, p->key[1], p->high_bits);
		low ^= round_bits(high, p->key[2], p->low_bits);
		high ^= round_bits(low, p->key[3], p->high_bits);
		number = high << p->low_bits | low;
	} while (number >= p->count);
	return number;
}
