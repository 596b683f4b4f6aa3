// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "op/population.h"
#include "util/hash64.h"

#define TRIES       32
#define BLOCK_WORDS (POPULATION_BLOCK / 64)

static uint64_t blocks(const struct population *p)
{
	return (p->size + POPULATION_BLOCK - 1) / POPULATION_BLOCK;
}

static size_t bytes_of(const struct population *p)
{
	return population_words(p) * sizeof(*p->bits) +
	       blocks(p) * sizeof(*p->in_block);
}

int population_init(struct population *p, uint64_t size, bool shared)
{
	void *memory;

	p->size = size;
	p->count = 0;
	memory = mmap(NULL, bytes_of(p), PROT_READ | PROT_WRITE,
		      MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE), -1,
		      0);
	if (memory == MAP_FAILED) {
		p->size = 0;
		return -ENOMEM;
	}
	p->bits = memory;
	p->in_block = (uint16_t *)(p->bits + population_words(p));
	return 0;
}

void population_free(struct population *p)
{
	if (p->size)
		munmap(p->bits, bytes_of(p));
	memset(p, 0, sizeof(*p));
}

bool population_set(struct population *p, uint64_t i, bool there)
{
	uint64_t bit = UINT64_C(1) << i % 64, *word = &p->bits[i / 64], before;
	int more = there ? 1 : -1;

	before = there ? __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST)
		       : __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);
	if (!(before & bit) != there)
		return false;
	__atomic_fetch_add(&p->in_block[i / POPULATION_BLOCK], more,
			   __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->count, more, __ATOMIC_RELAXED);
	return true;
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
	uint64_t block = 0, n;

	for (; block < blocks(p) && rank >= (n = in_block(p, block, there));
	     block++)
		rank -= n;
	for (uint64_t i = block * BLOCK_WORDS; i < population_words(p); i++) {
		uint64_t word = there ? p->bits[i] : ~p->bits[i];

		n = __builtin_popcountll(word);
		if (rank >= n) {
			rank -= n;
			continue;
		}
		for (; rank; rank--)
			word &= word - 1;
		return i * 64 + __builtin_ctzll(word);
	}
	return p->size;
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
