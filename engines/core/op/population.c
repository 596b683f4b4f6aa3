// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "op/population.h"
#include "util/hash64.h"

#define TRIES       32
#define BLOCK_WORDS (POPULATION_BLOCK / 64)

static uint64_t blocks(const struct population *p)
{
	return (p->size + POPULATION_BLOCK - 1) / POPULATION_BLOCK;
}

int population_init(struct population *p, uint64_t size)
{
	p->size = size;
	p->count = 0;
	p->bits = calloc(population_words(p), sizeof(*p->bits));
	p->in_block = calloc(blocks(p), sizeof(*p->in_block));
	if (p->bits && p->in_block)
		return 0;
	population_free(p);
	return -ENOMEM;
}

void population_free(struct population *p)
{
	free(p->bits);
	free(p->in_block);
	memset(p, 0, sizeof(*p));
}

void population_set(struct population *p, uint64_t i, bool there)
{
	if (population_has(p, i) == there)
		return;
	p->bits[i / 64] ^= UINT64_C(1) << i % 64;
	p->in_block[i / POPULATION_BLOCK] += there ? 1 : -1;
	p->count += there ? 1 : -1;
}

void population_count(struct population *p)
{
	uint64_t words = population_words(p);

	if (p->size % 64)
		p->bits[words - 1] &= (UINT64_C(1) << p->size % 64) - 1;
	memset(p->in_block, 0, blocks(p) * sizeof(*p->in_block));
	p->count = 0;
	for (uint64_t i = 0; i < words; i++) {
		unsigned int n = __builtin_popcountll(p->bits[i]);

		p->in_block[i / BLOCK_WORDS] += n;
		p->count += n;
	}
}

/* How many numbers of a block are there, or are not. */
static uint64_t in_block(const struct population *p, uint64_t block, bool there)
{
	uint64_t left = p->size - block * POPULATION_BLOCK;

	if (there)
		return p->in_block[block];
	return (left < POPULATION_BLOCK ? left : POPULATION_BLOCK) -
	       p->in_block[block];
}

uint64_t population_nth(const struct population *p, uint64_t rank, bool there)
{
	uint64_t block = 0, i, word;

	for (uint64_t n; rank >= (n = in_block(p, block, there)); block++)
		rank -= n;
	for (i = block * BLOCK_WORDS;; i++) {
		unsigned int n;

		word = there ? p->bits[i] : ~p->bits[i];
		n = __builtin_popcountll(word);
		if (rank < n)
			break;
		rank -= n;
	}
	for (; rank; rank--)
		word &= word - 1;
	return i * 64 + __builtin_ctzll(word);
}

uint64_t population_draw(const struct population *p, bool there,
			 uint64_t *random)
{
	uint64_t count = there ? p->count : p->size - p->count;

	for (int i = 0; i < TRIES; i++) {
		uint64_t n = population_below(hash64_next(random), p->size);

		if (population_has(p, n) == there)
			return n;
	}
	return population_nth(p, population_below(hash64_next(random), count),
			      there);
}
