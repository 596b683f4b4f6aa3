/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_POPULATION_H
#define CORE_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which of the numbers 0..size-1 are there: one bit each, and the count of each
 * block of numbers, a 256th of that.
 *
 * Drawing one that is there (or one that is not) takes any number, and another
 * one where that does not fit. This is uniform, and takes size / count tries on
 * average. Where a few tries find none, because these numbers are rare, one
 * number below their count is drawn and the counts of blocks lead to it, which
 * is uniform, too.
 */
#define POPULATION_BLOCK 4096u

struct population {
	uint64_t size;
	uint64_t count; /* how many are there */
	uint64_t *bits;
	uint16_t *in_block;
};

/*
 * size: 1 to 2^40. `shared`: its memory is that of the processes that are
 * forked afterwards, too. Returns 0 or -ENOMEM. Nothing is there at first.
 */
int population_init(struct population *population, uint64_t size, bool shared);
void population_free(struct population *population);

static inline bool population_has(const struct population *p, uint64_t i)
{
	return __atomic_load_n(&p->bits[i / 64], __ATOMIC_RELAXED) >> i % 64 &
	       1;
}

/*
 * Makes a number be there, or not. Returns whether it was otherwise before: of
 * several threads that do the same at once, one alone is told true.
 */
bool population_set(struct population *population, uint64_t i, bool there);

/*
 * Counts what the words of `bits` say, after these were written. Bits from
 * `size` on are cleared.
 */
void population_count(struct population *population);

/* The number of words of `bits`. */
static inline uint64_t population_words(const struct population *p)
{
	return (p->size + 63) / 64;
}

/*
 * The rank-th number that is there (or is not); rank is below their count. If
 * other threads change it meanwhile, there may be none: then it is no number
 * below `size`.
 */
uint64_t population_nth(const struct population *population, uint64_t rank,
			bool there);

/*
 * Draws one of those that are there (or are not). There must be one. If others
 * change it meanwhile, it is as with population_nth(). `random` is the state of
 * hash64_next().
 */
uint64_t population_draw(const struct population *population, bool there,
			 uint64_t *random);

/* A random number below `below`. */
static inline uint64_t population_below(uint64_t random, uint64_t below)
{
	return (uint64_t)((__uint128_t)random * below >> 64);
}

#endif
