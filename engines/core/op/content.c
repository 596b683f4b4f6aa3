// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "op/content.h"
#include "util/hash64.h"

/*
 * smallfile starts a file's records at ((thread + 1) * file) mod 1024 of a
 * sequence whose period is 128. So only the start modulo 128 matters. One copy
 * of the sequence, 127 bytes longer than the longest record, holds every record
 * of every file.
 */
#define PATTERN_PERIOD 128

int content_init(struct content *c, enum content_kind kind, uint64_t key,
		 uint32_t thread, size_t max_bytes)
{
	memset(c, 0, sizeof(*c));
	c->kind = kind;
	c->key = key;
	c->thread = thread;
	if (kind != CONTENT_PATTERN)
		return 0;
#if defined(__x86_64__)
	c->avx2 = __builtin_cpu_supports("avx2");
#endif
	if (max_bytes > SIZE_MAX - PATTERN_PERIOD)
		return -ENOMEM;
	c->pattern_bytes = max_bytes + PATTERN_PERIOD;
	c->pattern = malloc(c->pattern_bytes);
	if (!c->pattern)
		return -ENOMEM;
	for (size_t i = 0; i < c->pattern_bytes; i++) {
		uint8_t byte = i % PATTERN_PERIOD;

		c->pattern[i] = byte == '\\' ? '!' : byte;
	}
	return 0;
}

void content_free(struct content *c)
{
	free(c->pattern);
	c->pattern = NULL;
}

static const uint8_t *pattern_start(const struct content *c, uint64_t file)
{
	return c->pattern + (c->thread + 1ull) * file % PATTERN_PERIOD;
}

/*
 * Word i of a record is made of the high and the low half of a 64 x 64 bit
 * product. One multiplication for 8 bytes is as fast as a copy, and any word
 * can be made alone. Both factors depend on i and on the record's own key. So
 * neither blocks within a file nor files resemble each other.
 */
static inline uint64_t random_word(uint64_t key, uint64_t i)
{
	uint64_t x = key + i * 0x9e3779b97f4a7c15u;
	__uint128_t p = (__uint128_t)(x ^ 0xe7037ed1a0b428dbu) *
			(x ^ (key >> 32 | key << 32));

	return htole64((uint64_t)p ^ (uint64_t)(p >> 64));
}

static inline uint64_t record_key(const struct content *c, uint64_t file,
				  uint64_t record)
{
	return hash64_in(hash64_in(c->key, file), record);
}

static void random_fill(uint64_t key, uint8_t *out, size_t length)
{
	size_t words = length / 8;
	uint64_t last;

	for (size_t i = 0; i < words; i++) {
		uint64_t word = random_word(key, i);

		memcpy(out + i * 8, &word, 8);
	}
	last = random_word(key, words);
	memcpy(out + words * 8, &last, length % 8);
}

const uint8_t *content_record(const struct content *c, void *scratch,
			      uint64_t file, uint64_t record, size_t length)
{
	if (c->kind == CONTENT_PATTERN)
		return pattern_start(c, file);
	random_fill(record_key(c, file, record), scratch, length);
	return scratch;
}

void content_fill(const struct content *c, void *out, uint64_t file,
		  uint64_t record, size_t length)
{
	const uint8_t *bytes = content_record(c, out, file, record, length);

	if (bytes != out)
		memcpy(out, bytes, length);
}

static size_t first_difference(const uint8_t *a, const uint8_t *b,
			       size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (a[i] != b[i])
			return i;
	return CONTENT_SAME;
}

#if defined(__x86_64__)
typedef uint64_t block __attribute__((vector_size(32), aligned(1), may_alias));

/*
 * Compares whole periods with one period that stays in registers. So only the
 * bytes that were just read are loaded. A comparison with a pattern of full
 * length would load twice as much.
 */
__attribute__((target("avx2"))) static bool
is_pattern_avx2(const uint8_t *bytes, const uint8_t *must, size_t length)
{
	const block *is = (const block *)bytes, *m = (const block *)must;
	const block m0 = m[0], m1 = m[1], m2 = m[2], m3 = m[3];
	block a = { 0 }, b = { 0 };

	for (size_t i = 0; i < length / sizeof(block); i += 4) {
		a |= (is[i] ^ m0) | (is[i + 1] ^ m1);
		b |= (is[i + 2] ^ m2) | (is[i + 3] ^ m3);
	}
	a |= b;
	return !(a[0] | a[1] | a[2] | a[3]);
}
#endif

/* Whether `length` bytes, a number of whole periods, are the pattern. */
static bool is_pattern(const struct content *c, const uint8_t *bytes,
		       const uint8_t *must, size_t length)
{
#if defined(__x86_64__)
	if (c->avx2)
		return is_pattern_avx2(bytes, must, length);
#endif
	return !memcmp(bytes, must, length);
}

size_t content_compare(const struct content *c, const void *found,
		       uint64_t file, uint64_t record, size_t length,
		       uint8_t *expected)
{
	const uint8_t *bytes = found;
	uint64_t key;
	size_t at;

	if (c->kind == CONTENT_PATTERN) {
		const uint8_t *must = pattern_start(c, file);
		size_t whole = length / PATTERN_PERIOD * PATTERN_PERIOD;

		if ((!whole || is_pattern(c, bytes, must, whole)) &&
		    !memcmp(bytes + whole, must, length - whole))
			return CONTENT_SAME;
		at = first_difference(bytes, must, length);
		*expected = must[at];
		return at;
	}
	key = record_key(c, file, record);
	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = random_word(key, i / 8);
		size_t n = length - i < 8 ? length - i : 8;

		if (!memcmp(bytes + i, &word, n))
			continue;
		at = first_difference(bytes + i, (uint8_t *)&word, n);
		*expected = ((uint8_t *)&word)[at];
		return i + at;
	}
	return CONTENT_SAME;
}
