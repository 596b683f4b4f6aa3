// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contents: smallfile's pattern is checked by a computation of its own,
 * incompressible bytes by statistics, and the comparison by damage at every
 * place.
 */
#include "op/content.h"
#include "scratch.h"

#define BLOCK 4096

/* Returns byte i of any record of a file, as smallfile's description has it. */
static uint8_t described(uint32_t thread, uint64_t file, size_t i)
{
	unsigned __int128 offset =
		((unsigned __int128)thread + 1) * file % 1024;
	uint8_t byte = (uint64_t)(offset + i) % 128;

	return byte == 0x5c ? 0x21 : byte;
}

TEST(pattern)
{
	static const uint32_t threads[] = { 0, 1, 7, 99, 1023, UINT32_MAX };
	static const size_t lengths[] = { 0, 1, 127, 128, 129, 1024, 5000 };
	uint64_t scratch[8];

	for (size_t t = 0; t < 6; t++) {
		struct content c;

		assert_ok(
			content_init(&c, CONTENT_PATTERN, 5, threads[t], 5000));
		for (int k = 0; k < 300; k++) {
			uint64_t file =
				k < 150 ? (uint64_t)k : scratch_random() >> 24;
			size_t length = lengths[k % 7];
			const uint8_t *bytes = content_record(&c, scratch, file,
							      k % 5, length);

			for (size_t i = 0; i < length; i++)
				assert_int_equal(bytes[i], described(threads[t],
								     file, i));
		}
		content_free(&c);
	}
}

/* The one byte that is replaced, in a file that starts at 0x5c. */
TEST(pattern_has_no_backslash)
{
	struct content c;
	uint64_t scratch;
	const uint8_t *bytes;

	assert_ok(content_init(&c, CONTENT_PATTERN, 0, 0, 1 << 20));
	bytes = content_record(&c, &scratch, 0x5c, 0, 1 << 20);
	assert_int_equal(bytes[0], 0x21);
	assert_int_equal(bytes[1], 0x5d);
	assert_null(memchr(bytes, '\\', 1 << 20));
	content_free(&c);
}

TEST(huge_is_refused)
{
	struct content c;

	assert_int_equal(content_init(&c, CONTENT_PATTERN, 0, 0, SIZE_MAX),
			 -ENOMEM);
	content_free(&c);
}

static int compare_blocks(const void *a, const void *b)
{
	return memcmp(a, b, BLOCK);
}

/* Blocks of several threads, files and records, and within records. */
TEST(no_two_blocks_alike)
{
	enum { THREADS = 3, FILES = 40, RECORDS = 4, BLOCKS = 16 };
	const size_t record = BLOCKS * BLOCK;
	const size_t blocks = THREADS * FILES * RECORDS * BLOCKS;
	uint8_t *all = aligned_alloc(BLOCK, blocks * BLOCK), *at = all;

	assert_non_null(all);
	for (uint64_t key = 0; key < THREADS; key++) {
		struct content c;

		assert_ok(content_init(&c, CONTENT_INCOMPRESSIBLE, key, key,
				       record));
		for (uint64_t file = 1; file <= FILES; file++)
			for (uint64_t r = 0; r < RECORDS; r++, at += record)
				content_fill(&c, at, file, r, record);
		content_free(&c);
	}
	qsort(all, blocks, BLOCK, compare_blocks);
	for (size_t i = 1; i < blocks; i++)
		assert_memory_not_equal(all + (i - 1) * BLOCK, all + i * BLOCK,
					BLOCK);
	/* Not even the first words of two blocks are alike. */
	for (size_t i = 1; i < blocks; i++)
		assert_memory_not_equal(all + (i - 1) * BLOCK, all + i * BLOCK,
					8);
	free(all);
}

/*
 * The sum over cells of (seen - expected)^2 / expected, which is one for all.
 */
static double chi_square(const uint32_t *seen, size_t cells, double expected)
{
	double sum = 0;

	for (size_t i = 0; i < cells; i++)
		sum += (seen[i] - expected) * (seen[i] - expected) / expected;
	return sum;
}

/*
 * Bytes, and pairs of neighbours at any place of a word, are uniform: chi
 * square lies within 6 sigma of its degrees of freedom.
 */
TEST(near_uniform)
{
	const size_t length = 8 << 20;
	uint8_t *bytes = aligned_alloc(BLOCK, length);
	uint32_t *pairs = calloc(65536, sizeof(*pairs)),
		 single[8][256] = { { 0 } };
	struct content c;

	assert_non_null(bytes);
	assert_non_null(pairs);
	assert_ok(content_init(&c, CONTENT_INCOMPRESSIBLE, 42, 0, length));
	content_fill(&c, bytes, 7, 0, length);
	for (size_t i = 0; i < length; i++)
		single[i % 8][bytes[i]]++;
	for (size_t i = 0; i + 1 < length; i++)
		pairs[bytes[i] << 8 | bytes[i + 1]]++;
	for (int i = 0; i < 8; i++)
		assert_true(chi_square(single[i], 256, length / 8 / 256.0) <
			    255 + 6 * 22.6);
	assert_true(chi_square(pairs, 65536, length / 65536.0) <
		    65535 + 6 * 362.0);
	content_free(&c);
	free(pairs);
	free(bytes);
}

/*
 * Small files are uniform, too, in the first 64 bytes of very many consecutive
 * files. Half of the bits at each place are ones, within 6 sigma.
 */
TEST(small_files_uniform)
{
	enum { FILES = 100000 };
	uint32_t ones[512] = { 0 };
	uint64_t bytes[8];
	struct content c;

	assert_ok(content_init(&c, CONTENT_INCOMPRESSIBLE, 1, 0, 64));
	for (uint64_t file = 1; file <= FILES; file++) {
		content_fill(&c, bytes, file, 0, 64);
		for (int bit = 0; bit < 512; bit++)
			ones[bit] += bytes[bit / 64] >> bit % 64 & 1;
	}
	for (int bit = 0; bit < 512; bit++)
		assert_in_range(ones[bit], FILES / 2 - 950, FILES / 2 + 950);
	content_free(&c);
}

TEST(deterministic)
{
	uint8_t a[1000] __attribute__((aligned(8)));
	uint8_t b[1000] __attribute__((aligned(8)));
	struct content one, other;

	content_init(&one, CONTENT_INCOMPRESSIBLE, 9, 3, 1000);
	content_init(&other, CONTENT_INCOMPRESSIBLE, 9, 4, 2000);
	for (uint64_t file = 1; file < 100; file++) {
		content_fill(&one, a, file, file % 3, 1000);
		content_fill(&other, b, file, file % 3, 1000);
		assert_memory_equal(a, b, 1000);
		/* A short piece is the start of a longer one. */
		content_fill(&other, b, file, file % 3, file);
		assert_memory_equal(a, b, file);
		content_fill(&other, b, file, file % 3 + 1, 1000);
		assert_memory_not_equal(a, b, 1000);
	}
	content_free(&one);
	content_free(&other);
}

/* Nothing is written past the length, whatever its remainder. */
TEST(fill_is_record)
{
	uint8_t a[300] __attribute__((aligned(8)));
	uint8_t b[300] __attribute__((aligned(8)));

	for (int kind = 0; kind < 2; kind++)
		for (size_t length = 0; length <= 280; length++) {
			const uint8_t *bytes;
			struct content c;

			content_init(&c, kind, 11, 5, 280);
			memset(b, 0xee, sizeof(b));
			content_fill(&c, b, 17, 2, length);
			bytes = content_record(&c, a, 17, 2, length);
			assert_memory_equal(bytes, b, length);
			for (size_t i = length; i < sizeof(b); i++)
				assert_int_equal(b[i], 0xee);
			content_free(&c);
		}
}

/* Damages one byte at each place, and then the last byte, too. */
static void damage_at(const struct content *c, uint8_t *bytes, size_t length)
{
	uint8_t expected = 0;

	for (size_t at = 0; at < length; at++) {
		uint8_t was = bytes[at];

		bytes[at] ^= 1u << at % 8;
		assert_int_equal(content_compare(c, bytes, 23, 3, length,
						 &expected),
				 at);
		assert_int_equal(expected, was);
		/* Damage after the compared length is not seen. */
		assert_true(content_compare(c, bytes, 23, 3, at, &expected) ==
			    CONTENT_SAME);
		bytes[length - 1] += at + 1 < length;
		assert_int_equal(content_compare(c, bytes, 23, 3, length,
						 &expected),
				 at);
		bytes[length - 1] -= at + 1 < length;
		bytes[at] = was;
	}
	assert_true(content_compare(c, bytes, 23, 3, length, &expected) ==
		    CONTENT_SAME);
}

TEST(first_difference)
{
	uint8_t bytes[400] __attribute__((aligned(8)));

	/* The pattern is tested as on a processor without AVX2, too. */
	for (int way = 0; way < 3; way++) {
		struct content c;

		content_init(&c, way == 1, 77, 2, 400);
		c.avx2 &= way == 0;
		for (size_t length = 1; length <= 400;
		     length += 1 + length / 40) {
			content_fill(&c, bytes, 23, 3, length);
			damage_at(&c, bytes, length);
		}
		content_free(&c);
	}
}

/* Contents that belong somewhere else are a difference. */
TEST(misplaced)
{
	uint8_t bytes[4096] __attribute__((aligned(8))), expected;
	struct content c;

	content_init(&c, CONTENT_INCOMPRESSIBLE, 1, 0, 4096);
	content_fill(&c, bytes, 5, 1, 4096);
	assert_true(content_compare(&c, bytes, 5, 1, 4096, &expected) ==
		    CONTENT_SAME);
	assert_true(content_compare(&c, bytes, 5, 0, 4096, &expected) < 8);
	assert_true(content_compare(&c, bytes, 6, 1, 4096, &expected) < 8);
	assert_true(content_compare(&c, bytes + 8, 5, 1, 4088, &expected) < 8);
	content_free(&c);
	content_init(&c, CONTENT_PATTERN, 1, 0, 4096);
	content_fill(&c, bytes, 5, 1, 4096);
	assert_int_equal(content_compare(&c, bytes, 6, 1, 4096, &expected), 0);
	assert_int_equal(expected, 6);
	/* smallfile's pattern is the same in both of these places. */
	assert_true(content_compare(&c, bytes, 5 + 128, 1, 4096, &expected) ==
		    CONTENT_SAME);
	content_free(&c);
}
