// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "chunk/chunkdata.h"
#include "util/hash64.h"

#define LANES        4u
#define HEADER_WORDS CHUNKDATA_HEADER_WORDS
#define LINE_WORDS   (CHUNKDATA_LINE_BYTES / sizeof(uint64_t))
#define SECTOR_WORDS (CHUNKDATA_SECTOR_BYTES / sizeof(uint64_t))
#define VERSION      2u

/* The words of a header before they are masked. */
enum {
	WORD_KEY, /* the block's key: a checksum of all the others */
	WORD_RUN,
	WORD_FILE,
	WORD_OFFSET,
	WORD_CHUNK,
	WORD_THREAD, /* and kind << 32, version << 48 */
	WORD_HOST,
	WORD_PATTERN = WORD_HOST + (CHUNKDATA_HOST_MAX + 1) / sizeof(uint64_t),
	/* the pattern, inverted, so that one of the two may be damaged */
	WORD_AGAIN,
	WORD_COUNT,
};

_Static_assert(WORD_COUNT == HEADER_WORDS, "the host's name has to fit");

/*
 * The constant part of a header's mask: hash64() of 0 to 15. Every reader knows
 * the mask, unlike a thread's table.
 */
static const uint64_t mask[HEADER_WORDS] = {
	0xe220a8397b1dcdaf, 0x910a2dec89025cc1, 0x975835de1c9756ce,
	0x1d0b14e4db018fed, 0x6e73e372e2338aca, 0x63033b0ca389c35a,
	0xbd64a5d9adefe000, 0x63cbe1e459320dd7, 0x9e5651b0ef953636,
	0xaeaf52febe706064, 0x088712be8a582fca, 0x50f5647d2380309d,
	0x943ff9fc99de8f03, 0xc4ca37b7f8ad8aff, 0x6aa9d61435dbe63e,
	0x875b9307abf55005,
};

static uint64_t thread_word(const struct chunkdata_place *p)
{
	return p->thread | (uint64_t)p->kind << 32 | (uint64_t)VERSION << 48;
}

static uint64_t origin_key(const struct chunkdata_place *p)
{
	uint64_t key = hash64_text(hash64(p->run), p->host);

	key = hash64_in(key, p->chunk_bytes);
	return hash64_in(key, thread_word(p));
}

static uint64_t block_key(uint64_t origin, uint64_t file, uint64_t offset)
{
	return hash64_in(hash64_in(origin, file), offset);
}

static void make_lanes(uint64_t key, uint64_t lane[LANES])
{
	for (unsigned int i = 0; i < LANES; i++)
		lane[i] = htole64(hash64(~key + i));
}

/*
 * Makes what all headers of a thread have in common, under the constant mask.
 */
static void make_header(struct chunkdata *d)
{
	const struct chunkdata_place *p = &d->place;
	uint64_t *words = d->header;

	words[WORD_RUN] = htole64(p->run);
	words[WORD_CHUNK] = htole64(p->chunk_bytes);
	words[WORD_THREAD] = htole64(thread_word(p));
	memcpy(words + WORD_HOST, p->host, sizeof(p->host));
	for (size_t i = 0; i < HEADER_WORDS; i++)
		words[i] ^= htole64(mask[i]);
}

void chunkdata_init(struct chunkdata *d, enum chunkdata_kind kind, uint64_t run,
		    const char *host, uint32_t thread, uint64_t chunk_bytes)
{
	memset(d, 0, sizeof(*d));
	d->place.kind = kind;
	d->place.run = run;
	d->place.thread = thread;
	d->place.chunk_bytes = chunk_bytes;
	memcpy(d->place.host, host, strnlen(host, CHUNKDATA_HOST_MAX));
	d->key = origin_key(&d->place);
	make_header(d);
	for (size_t i = 0; i < CHUNKDATA_WORDS; i++)
		d->table[i] = htole64(hash64(d->key + i));
}

/*
 * Stores a cache line: out[i] = in[i] ^ lane[i % LANES]. The stores bypass the
 * cache, because the device is next to read these bytes. A cache that first
 * fetches each line, only to have it overwritten, takes twice the time.
 */
static inline void store_line(const uint64_t *in, const uint64_t lane[LANES],
			      uint64_t *out)
{
#ifdef __SSE2__
	const __m128i low = _mm_loadu_si128((const __m128i *)lane);
	const __m128i high = _mm_loadu_si128((const __m128i *)(lane + 2));
	const __m128i *from = (const __m128i *)in;
	__m128i *to = (__m128i *)out;

	_mm_stream_si128(to, _mm_xor_si128(from[0], low));
	_mm_stream_si128(to + 1, _mm_xor_si128(from[1], high));
	_mm_stream_si128(to + 2, _mm_xor_si128(from[2], low));
	_mm_stream_si128(to + 3, _mm_xor_si128(from[3], high));
#else
	for (size_t i = 0; i < LINE_WORDS; i++)
		out[i] = in[i] ^ lane[i % LANES];
#endif
}

/* Call it after the last line, so that the device sees all lines. */
static inline void end_stores(void)
{
#ifdef __SSE2__
	_mm_sfence();
#endif
}

/* One block: its lanes, and its header not yet masked by the lanes. */
struct data_block {
	_Alignas(64) uint64_t header[HEADER_WORDS];
	uint64_t lane[LANES];
};

static void start_block(const struct chunkdata *d, uint64_t file,
			uint64_t offset, struct data_block *b)
{
	uint64_t key = block_key(d->key, file, offset);

	make_lanes(key, b->lane);
	memcpy(b->header, d->header, sizeof(b->header));
	/* This word alone is not masked: the lanes follow from it. */
	b->header[WORD_KEY] = htole64(key) ^ b->lane[WORD_KEY];
	b->header[WORD_FILE] ^= htole64(file);
	b->header[WORD_OFFSET] ^= htole64(offset);
}

static void set_pattern(struct data_block *b, uint64_t pattern)
{
	b->header[WORD_PATTERN] ^= htole64(pattern);
	b->header[WORD_AGAIN] ^= htole64(~pattern);
}

/*
 * Where the lines that are made anew begin in a block, and how far apart they
 * are.
 */
static size_t first_line(const struct chunkdata *d)
{
	return chunkdata_paints(d->place.kind) ? SECTOR_WORDS : HEADER_WORDS;
}

static size_t line_distance(const struct chunkdata *d)
{
	return chunkdata_paints(d->place.kind) ? SECTOR_WORDS : LINE_WORDS;
}

static void fill_block(const struct chunkdata *d, uint64_t *out,
		       uint64_t pattern, uint64_t file, uint64_t offset,
		       size_t bytes)
{
	size_t words = bytes / sizeof(*out), distance = line_distance(d);
	struct data_block b;

	start_block(d, file, offset, &b);
	set_pattern(&b, pattern);
	store_line(b.header, b.lane, out);
	store_line(b.header + LINE_WORDS, b.lane, out + LINE_WORDS);
	for (size_t i = first_line(d); i < words; i += distance)
		store_line(d->table + i, b.lane, out + i);
}

static void paint_lanes(const struct chunkdata *d, uint64_t pattern,
			uint64_t lane[LANES])
{
	make_lanes(hash64_in(~d->key, pattern), lane);
}

static void paint_block(const struct chunkdata *d, uint64_t *out,
			uint64_t pattern, size_t bytes)
{
	uint64_t lane[LANES];

	paint_lanes(d, pattern, lane);
	for (size_t i = 0; i < bytes / sizeof(*out); i += LINE_WORDS)
		store_line(d->table + i, lane, out + i);
}

/*
 * How many bytes the block has that begins `at` bytes into a stretch of
 * `bytes`.
 */
static size_t block_bytes(size_t at, size_t bytes)
{
	return bytes - at < CHUNKDATA_BLOCK_BYTES ? bytes - at
						  : CHUNKDATA_BLOCK_BYTES;
}

void chunkdata_paint(const struct chunkdata *d, void *out, uint64_t pattern,
		     size_t bytes)
{
	for (size_t at = 0; at < bytes; at += CHUNKDATA_BLOCK_BYTES)
		paint_block(d, (uint64_t *)((char *)out + at),
			    pattern + at / CHUNKDATA_BLOCK_BYTES,
			    block_bytes(at, bytes));
	end_stores();
}

void chunkdata_fill(const struct chunkdata *d, void *out, uint64_t pattern,
		    uint64_t file, uint64_t offset, size_t bytes)
{
	bool paints = chunkdata_paints(d->place.kind);

	if (d->place.kind == CHUNKDATA_ZERO) {
		bytes = block_bytes(0, bytes);
		if (offset) {
			memset(out, 0, bytes);
			return;
		}
	}
	for (size_t at = 0; at < bytes; at += CHUNKDATA_BLOCK_BYTES)
		fill_block(d, (uint64_t *)((char *)out + at),
			   paints ? pattern + at / CHUNKDATA_BLOCK_BYTES : 0,
			   file, offset + at, block_bytes(at, bytes));
	end_stores();
}

/* Copies the words of a header and takes their mask off. */
static void unmask(const void *block, uint64_t words[HEADER_WORDS])
{
	uint64_t lane[LANES];

	memcpy(words, block, HEADER_WORDS * sizeof(*words));
	make_lanes(le64toh(words[WORD_KEY]), lane);
	for (size_t i = WORD_KEY + 1; i < HEADER_WORDS; i++)
		words[i] ^= lane[i % LANES] ^ htole64(mask[i]);
}

bool chunkdata_identify(const void *block, struct chunkdata_place *p)
{
	uint64_t words[HEADER_WORDS], key, last;

	unmask(block, words);
	key = le64toh(words[WORD_KEY]);
	memset(p, 0, sizeof(*p));
	p->run = le64toh(words[WORD_RUN]);
	p->file = le64toh(words[WORD_FILE]);
	p->offset_bytes = le64toh(words[WORD_OFFSET]);
	p->chunk_bytes = le64toh(words[WORD_CHUNK]);
	p->pattern = le64toh(words[WORD_PATTERN]);
	last = le64toh(words[WORD_THREAD]);
	p->thread = (uint32_t)last;
	p->kind = last >> 32 & 3;
	memcpy(p->host, words + WORD_HOST, sizeof(p->host));
	/*
	 * Bits that have no meaning must be zero, so that no two headers say
	 * the same.
	 */
	for (size_t i = strnlen(p->host, CHUNKDATA_HOST_MAX);
	     i < sizeof(p->host); i++)
		if (p->host[i])
			return false;
	return p->kind < CHUNKDATA_KINDS && last == thread_word(p) &&
	       ~p->pattern == le64toh(words[WORD_AGAIN]) &&
	       (!p->pattern || chunkdata_paints(p->kind)) &&
	       block_key(origin_key(p), p->file, p->offset_bytes) == key;
}

/*
 * Finds the pattern of a block, even if a part of its header is damaged. Of the
 * two words that hold the pattern, the one counts that fits the bytes after the
 * header.
 */
static uint64_t found_pattern(const struct chunkdata *d, const uint64_t *found,
			      const struct data_block *b)
{
	const uint64_t *first = found + HEADER_WORDS;
	uint64_t lane[LANES], pattern, again;

	if (!chunkdata_paints(d->place.kind))
		return 0;
	pattern = le64toh(found[WORD_PATTERN] ^ b->lane[WORD_PATTERN % LANES] ^
			  d->header[WORD_PATTERN]);
	again = ~le64toh(found[WORD_AGAIN] ^ b->lane[WORD_AGAIN % LANES] ^
			 d->header[WORD_AGAIN]);
	paint_lanes(d, pattern, lane);
	return *first == (d->table[HEADER_WORDS] ^ lane[0]) ? pattern : again;
}

static uint64_t line_difference(const uint64_t *found, const uint64_t *in,
				const uint64_t lane[LANES])
{
	uint64_t difference = 0;

	for (size_t i = 0; i < LINE_WORDS; i++)
		difference |= found[i] ^ in[i] ^ lane[i % LANES];
	return difference;
}

static bool block_differs(const struct chunkdata *d, const uint64_t *found,
			  uint64_t file, uint64_t offset, size_t bytes)
{
	uint64_t painted[LANES], difference = 0, pattern;
	size_t distance = line_distance(d);
	struct data_block b;

	start_block(d, file, offset, &b);
	pattern = found_pattern(d, found, &b);
	set_pattern(&b, pattern);
	paint_lanes(d, pattern, painted);
	for (size_t i = 0; i < HEADER_WORDS; i += LINE_WORDS)
		difference |= line_difference(found + i, b.header + i, b.lane);
	for (size_t i = HEADER_WORDS; i < bytes / sizeof(*found);
	     i += LINE_WORDS)
		difference |= line_difference(found + i, d->table + i,
					      i % distance ? painted : b.lane);
	return difference;
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

/* Reports what the block at `offset` holds instead of what was written. */
static int wrong(const struct chunkdata *d, const uint8_t *found, uint64_t file,
		 uint64_t offset, size_t bytes, struct failure *f)
{
	_Alignas(64) uint8_t expected[CHUNKDATA_BLOCK_BYTES];
	struct chunkdata_place p;
	uint64_t pattern;
	struct data_block b;
	size_t at = 0;

	start_block(d, file, offset, &b);
	pattern = found_pattern(d, (const uint64_t *)found, &b);
	paint_block(d, (uint64_t *)expected, pattern, bytes);
	fill_block(d, (uint64_t *)expected, pattern, file, offset, bytes);
	if (is_zero(found, bytes))
		return failure_set(f, EILSEQ,
				   "offset %" PRIu64 ": found %zu bytes of "
				   "zeroes, as where nothing was written",
				   offset, bytes);
	while (at < bytes && found[at] == expected[at])
		at++;
	if (!chunkdata_identify(found, &p))
		return failure_set(f, EILSEQ,
				   "offset %" PRIu64 ": found 0x%02x where "
				   "0x%02x was written; the block at %" PRIu64
				   " is none that this engine writes, or its "
				   "first %u bytes are damaged",
				   offset + at, found[at], expected[at], offset,
				   CHUNKDATA_HEADER_BYTES);
	if (at >= CHUNKDATA_HEADER_BYTES)
		return failure_set(f, EILSEQ,
				   "offset %" PRIu64 ": found 0x%02x where "
				   "0x%02x was written; the block at %" PRIu64
				   " is the right one, and damaged",
				   offset + at, found[at], expected[at],
				   offset);
	return failure_set(f, EILSEQ,
			   "offset %" PRIu64 ": found the block of host %s, "
			   "thread %02u, file %" PRIu64 ", offset %" PRIu64
			   ", run %016" PRIx64,
			   offset, p.host, p.thread, p.file, p.offset_bytes,
			   p.run);
}

static int verify_zeroes(uint64_t offset, const uint8_t *found, size_t bytes,
			 struct failure *f)
{
	size_t at = 0;

	if (!bytes || is_zero(found, bytes))
		return 0;
	while (!found[at])
		at++;
	return failure_set(f, EILSEQ,
			   "offset %" PRIu64 ": found 0x%02x where zeroes were "
			   "written",
			   offset + at, found[at]);
}

int chunkdata_verify(const struct chunkdata *d, const void *found,
		     uint64_t file, uint64_t offset, size_t bytes,
		     struct failure *f)
{
	const uint8_t *in = found;
	bool zeroes = d->place.kind == CHUNKDATA_ZERO;

	for (size_t at = 0; at < bytes; at += CHUNKDATA_BLOCK_BYTES) {
		size_t n = block_bytes(at, bytes);

		if (zeroes && offset + at)
			return verify_zeroes(offset + at, in + at, bytes - at,
					     f);
		if (block_differs(d, (const uint64_t *)(in + at), file,
				  offset + at, n))
			return wrong(d, in + at, file, offset + at, n, f);
	}
	return 0;
}
