// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contents of chunks: no two blocks are alike, a block says where it
 * belongs, and nothing wrong in it passes.
 */
#include <endian.h>
#include <inttypes.h>

#include "chunk/chunkdata.h"
#include "scratch.h"

#define BLOCK CHUNKDATA_BLOCK_BYTES
#define CHUNK ((size_t)64 << 10)
/* The checksum of the first chunk of run 1, host h, thread 0. */
#define CHUNKDATA_GOLDEN 0xc27078cea1464e7fu

static _Alignas(64) uint8_t buffer[CHUNK], other[CHUNK];

static void make(struct chunkdata *d, uint64_t run, const char *host,
		 uint32_t thread)
{
	chunkdata_init(d, CHUNKDATA_RANDOM, run, host, thread, CHUNK);
}

/* Fills a buffer that has not been used yet, the third of the pool. */
static void fill(const struct chunkdata *d, void *out, uint64_t file,
		 uint64_t offset, size_t bytes)
{
	uint64_t pattern = 2 * CHUNK / BLOCK;

	if (chunkdata_paints(d->place.kind))
		chunkdata_paint(d, out, pattern, bytes);
	chunkdata_fill(d, out, pattern, file, offset, bytes);
}

TEST(says_where_it_belongs)
{
	struct chunkdata_place p;
	struct chunkdata d;

	make(&d, 0x1122334455667788, "node-7.example", 123456);
	fill(&d, buffer, 42, 10 * CHUNK, CHUNK);
	for (size_t at = 0; at < CHUNK; at += BLOCK) {
		assert_true(chunkdata_identify(buffer + at, &p));
		assert_int_equal(p.run, 0x1122334455667788);
		assert_string_equal(p.host, "node-7.example");
		assert_int_equal(p.thread, 123456);
		assert_int_equal(p.file, 42);
		assert_int_equal(p.offset_bytes, 10 * CHUNK + at);
		assert_int_equal(p.chunk_bytes, CHUNK);
		assert_int_equal(p.kind, CHUNKDATA_RANDOM);
		assert_int_equal(p.pattern, (2 * CHUNK + at) / BLOCK);
	}
}

/* Chunks on disks must stay readable. A change of them needs a new VERSION. */
TEST(does_not_change)
{
	uint64_t sum = 0, word;
	struct chunkdata d;

	make(&d, 1, "h", 0);
	fill(&d, buffer, 0, 0, CHUNK);
	for (size_t at = 0; at < CHUNK; at += sizeof(word)) {
		memcpy(&word, buffer + at, sizeof(word));
		sum = sum * 0x100000001b3u ^ le64toh(word);
	}
	assert_int_equal(sum, CHUNKDATA_GOLDEN);
}

TEST(longest_name)
{
	char host[CHUNKDATA_HOST_MAX + 20];
	struct chunkdata_place p;
	struct chunkdata d;

	memset(host, 'x', sizeof(host));
	host[sizeof(host) - 1] = 0;
	make(&d, 1, host, 0);
	fill(&d, buffer, 1, 0, BLOCK);
	assert_true(chunkdata_identify(buffer, &p));
	assert_int_equal(strlen(p.host), CHUNKDATA_HOST_MAX);
}

static const struct {
	uint64_t run;
	const char *host;
	uint32_t thread;
	uint64_t file, offset;
} places[] = {
	{ 1, "a", 0, 0, 0 },       { 2, "a", 0, 0, 0 },
	{ 1, "b", 0, 0, 0 },       { 1, "a", 1, 0, 0 },
	{ 1, "a", 0, 1, 0 },       { 1, "a", 0, 0, CHUNK },
	{ 1, "a", 0, 1000000, 0 }, { 1, "aa", 0, 0, 1ull << 40 },
};
#define PLACES (sizeof(places) / sizeof(*places))

/* Makes the chunks of all places in one buffer. The caller frees the copies. */
static uint8_t *chunks_of_all(enum chunkdata_kind kind)
{
	uint8_t *all = malloc(PLACES * CHUNK);
	struct chunkdata d;

	assert_non_null(all);
	for (size_t i = 0; i < PLACES; i++) {
		chunkdata_init(&d, kind, places[i].run, places[i].host,
			       places[i].thread, CHUNK);
		fill(&d, buffer, places[i].file, places[i].offset, CHUNK);
		memcpy(all + i * CHUNK, buffer, CHUNK);
	}
	return all;
}

static size_t piece_bytes;

static int compare_pieces(const void *a, const void *b)
{
	return memcmp(a, b, piece_bytes);
}

static void assert_distinct(uint8_t *all, size_t bytes, size_t piece)
{
	piece_bytes = piece;
	qsort(all, bytes / piece, piece, compare_pieces);
	for (size_t at = piece; at < bytes; at += piece)
		assert_true(memcmp(all + at, all + at - piece, piece));
}

/*
 * content=fresh: any two blocks have no word of 8 bytes in common. Runs, hosts,
 * threads, files and offsets each make another block.
 */
TEST(no_word_comes_twice)
{
	uint8_t *all = chunks_of_all(CHUNKDATA_FRESH);

	assert_distinct(all, PLACES * CHUNK, sizeof(uint64_t));
	free(all);
}

/* content=random: no two sectors are alike, though the buffer is used again. */
TEST(no_sector_comes_twice)
{
	uint8_t *all = chunks_of_all(CHUNKDATA_RANDOM);

	assert_distinct(all, PLACES * CHUNK, CHUNKDATA_SECTOR_BYTES);
	free(all);
}

/* Two buffers of the pool have nothing in common. */
TEST(no_word_of_a_pattern_comes_twice)
{
	uint8_t *all = aligned_alloc(64, 8 * CHUNK);
	struct chunkdata d;

	assert_non_null(all);
	make(&d, 1, "h", 0);
	chunkdata_paint(&d, all, 0, 8 * CHUNK);
	chunkdata_fill(&d, all, 0, 3, CHUNK, 8 * CHUNK);
	assert_distinct(all, 8 * CHUNK, sizeof(uint64_t));
	free(all);
}

/* Nothing that a buffer held before is left in a new chunk. */
TEST(buffers_can_be_used_again)
{
	struct chunkdata d;

	make(&d, 1, "h", 0);
	fill(&d, buffer, 1, 0, CHUNK);
	chunkdata_fill(&d, buffer, 2 * CHUNK / BLOCK, 7, CHUNK, CHUNK);
	fill(&d, other, 7, CHUNK, CHUNK);
	assert_memory_equal(buffer, other, CHUNK);
}

TEST(pieces_make_the_whole)
{
	struct chunkdata d;

	make(&d, 1, "h", 0);
	fill(&d, buffer, 3, CHUNK, CHUNK);
	chunkdata_paint(&d, other, 2 * CHUNK / BLOCK, CHUNK);
	for (size_t at = 0; at < CHUNK; at += 4 * BLOCK)
		chunkdata_fill(&d, other + at, (2 * CHUNK + at) / BLOCK, 3,
			       CHUNK + at, 4 * BLOCK);
	assert_memory_equal(buffer, other, CHUNK);
}

static void good_data_passes(enum chunkdata_kind kind)
{
	static const size_t sizes[] = {
		512, 1024, BLOCK, BLOCK + 512, 3 * BLOCK - 512, CHUNK
	};
	struct failure f;
	struct chunkdata d;

	chunkdata_init(&d, kind, 9, "h", 2, CHUNK);
	for_each_in (row, sizes) {
		memset(buffer, 0xee, CHUNK);
		fill(&d, buffer, 5, 512, *row);
		assert_ok(chunkdata_verify(&d, buffer, 5, 512, *row, &f));
		for (size_t at = *row; at < CHUNK; at++)
			assert_int_equal(buffer[at], 0xee);
	}
}

static void refused(const struct chunkdata *d, uint64_t file, uint64_t offset,
		    const char *words)
{
	struct failure f = { "" };

	assert_int_equal(chunkdata_verify(d, buffer, file, offset, CHUNK, &f),
			 -EILSEQ);
	assert_says(f.text, words);
}

/* Each damaged bit is found. */
static void damage_is_found(enum chunkdata_kind kind)
{
	struct failure f = { "" };
	struct chunkdata d;

	chunkdata_init(&d, kind, 1, "h", 0, CHUNK);
	fill(&d, buffer, 0, 0, CHUNK);
	for (unsigned int i = 0; i < 2000; i++) {
		size_t bit = scratch_random() % (CHUNK * 8);

		buffer[bit / 8] ^= 1u << bit % 8;
		refused(&d, 0, 0,
			printed("offset %zu: found 0x%02x", bit / 8,
				buffer[bit / 8]));
		buffer[bit / 8] ^= 1u << bit % 8;
	}
	assert_ok(chunkdata_verify(&d, buffer, 0, 0, CHUNK, &f));
	buffer[BLOCK + 2000] ^= 1;
	refused(&d, 0, 0, "is the right one, and damaged");
	buffer[BLOCK + 20] ^= 1;
	refused(&d, 0, 0, "none that this engine writes");
}

TEST(other_blocks_are_named)
{
	struct chunkdata d, e;

	make(&d, 1, "here", 0);
	make(&e, 2, "there", 7);
	fill(&d, buffer, 0, 0, CHUNK);
	memset(buffer + 3 * BLOCK, 0, BLOCK);
	refused(&d, 0, 0, "offset 12288: found 4096 bytes of zeroes");
	fill(&e, buffer, 8, 5 * CHUNK, CHUNK);
	refused(&d, 0, 0,
		"offset 0: found the block of host there, thread 07, file 8, "
		"offset 327680, run 0000000000000002");
	fill(&d, buffer, 0, 0, CHUNK);
	refused(&d, 0, CHUNK, "file 0, offset 0");
	refused(&d, 1, 0, "file 0, offset 0");
	memset(buffer, 0x5a, CHUNK);
	refused(&d, 0, 0, "none that this engine writes");
}

TEST(zeroes)
{
	struct chunkdata_place p;
	struct failure f;
	struct chunkdata d;

	chunkdata_init(&d, CHUNKDATA_ZERO, 1, "h", 0, CHUNK);
	memset(buffer, 0, CHUNK);
	fill(&d, buffer, 0, 0, CHUNK);
	assert_true(chunkdata_identify(buffer, &p));
	assert_int_equal(p.kind, CHUNKDATA_ZERO);
	for (size_t at = BLOCK; at < CHUNK; at++)
		assert_int_equal(buffer[at], 0);
	assert_ok(chunkdata_verify(&d, buffer, 0, 0, CHUNK, &f));
	/* The same buffer is used again for another chunk. */
	fill(&d, buffer, 0, CHUNK, CHUNK);
	for (size_t at = 0; at < CHUNK; at++)
		assert_int_equal(buffer[at], 0);
	assert_ok(chunkdata_verify(&d, buffer, 0, CHUNK, CHUNK, &f));
	buffer[CHUNK - 1] = 1;
	refused(&d, 0, CHUNK, "offset 131071: found 0x01 where zeroes");
}

/* The same for each kind of contents that does not compress. */
TEST(each_kind)
{
	static const enum chunkdata_kind kinds[] = { CHUNKDATA_RANDOM,
						     CHUNKDATA_FRESH };

	for_each_in (kind, kinds) {
		good_data_passes(*kind);
		damage_is_found(*kind);
	}
}
