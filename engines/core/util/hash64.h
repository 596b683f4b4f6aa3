/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_HASH64_H
#define CORE_HASH64_H

#include <stdint.h>

/*
 * 64-bit mixing. Whatever must look random yet be the same on every host comes
 * from it, such as sizes and contents. It uses only integer arithmetic, so no
 * compiler, libm or byte order can make two hosts disagree.
 *
 * hash64 is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, OOPSLA 2014). The constants are the paper's.
 */
static inline uint64_t hash64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The next number of SplitMix64, whose state may begin with any value. */
static inline uint64_t hash64_next(uint64_t *state)
{
	uint64_t number = hash64(*state);

	*state += 0x9e3779b97f4a7c15u;
	return number;
}

/* Mixes another value into a key. */
static inline uint64_t hash64_in(uint64_t key, uint64_t value)
{
	return hash64(key ^ hash64(value));
}

/* Mixes a name, such as a host's, into a key. */
static inline uint64_t hash64_text(uint64_t key, const char *text)
{
	for (; *text; text++)
		key = hash64_in(key, (unsigned char)*text);
	return key;
}

#endif
