// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "chunkdata.h"
#include "mix.h"

#define LANES        4u
#define HEADER_WORDS (CHUNKDATA_HEADER_BYTES / sizeof(uint64_t))
#define VERSION      1u

/* Words of a header, as they are before they are masked. */
enum {
	WORD_KEY, /* the block's key: a checksum of all the others */
	WORD_RUN,
	WORD_FILE,
	WORD_OFFSET,
	WORD_CHUNK,
	WORD_THREAD, /* and kind << 32, version << 48 */
	WORD_HOST,
	WORD_ZERO = WORD_HOST + (CHUNKDATA_HOST_MAX + 1) / sizeof(uint64_t),
};

_Static_assert(WORD_ZERO <= HEADER_WORDS, "the host's name has to fit");

static uint64_t thread_word(const struct chunkdata_place *p)
{
	return p->thread | (uint64_t)p->kind << 32 | (uint64_t)VERSION << 48;
}

static uint64_t origin_key(const struct chunkdata_place *p)
{
	uint64_t key = mix_text(mix64(p->run), p->host);

	key = mix_in(key, p->chunk_bytes);
	return mix_in(key, thread_word(p));
}

static uint64_t block_key(uint64_t origin, uint64_t file, uint64_t offset)
{
	return mix_in(mix_in(origin, file), offset);
}

static void make_header(const struct chunkdata_place *p, uint64_t key,
			uint64_t *words)
{
	words[WORD_KEY] = htole64(key);
	words[WORD_RUN] = htole64(p->run);
	words[WORD_FILE] = htole64(p->file);
	words[WORD_OFFSET] = htole64(p->offset_bytes);
	words[WORD_CHUNK] = htole64(p->chunk_bytes);
	words[WORD_THREAD] = htole64(thread_word(p));
	memcpy(words + WORD_HOST, p->host, sizeof(p->host));
	for (size_t i = WORD_ZERO; i < HEADER_WORDS; i++)
		words[i] = 0;
}

/* Masks all but the key, and takes the mask off again. */
static void mask_header(uint64_t key, uint64_t *words)
{
	for (size_t i = 1; i < HEADER_WORDS; i++)
		words[i] ^= htole64(mix64(key + i));
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
	for (size_t i = 0; i < CHUNKDATA_WORDS; i++)
		d->table[i] = htole64(mix64(d->key + i));
}

static void make_lanes(uint64_t key, uint64_t lane[LANES])
{
	for (unsigned int i = 0; i < LANES; i++)
		lane[i] = htole64(mix64(~key + i));
}

/*
 * out[i] = in[i] ^ lane[i % LANES], `words` a multiple of 8. The stores go past
 * the cache: the device is next to read these, and a cache that has to fetch
 * each line first, only to be overwritten, takes twice the time.
 */
static void store(const uint64_t *in, const uint64_t lane[LANES], uint64_t *out,
		  size_t words)
{
#ifdef __SSE2__
	const __m128i low = _mm_loadu_si128((const __m128i *)lane);
	const __m128i high = _mm_loadu_si128((const __m128i *)(lane + 2));

	for (size_t i = 0; i < words; i += 2 * LANES) {
		const __m128i *from = (const __m128i *)(in + i);
		__m128i *to = (__m128i *)(out + i);

		_mm_stream_si128(to, _mm_xor_si128(from[0], low));
		_mm_stream_si128(to + 1, _mm_xor_si128(from[1], high));
		_mm_stream_si128(to + 2, _mm_xor_si128(from[2], low));
		_mm_stream_si128(to + 3, _mm_xor_si128(from[3], high));
	}
#else
	for (size_t i = 0; i < words; i += LANES)
		for (size_t l = 0; l < LANES; l++)
			out[i + l] = in[i + l] ^ lane[l];
#endif
}

/* The masked header, and the keys of the rest. */
static void start_block(const struct chunkdata *d, uint64_t file,
			uint64_t offset, uint64_t header[HEADER_WORDS],
			uint64_t lane[LANES])
{
	uint64_t key = block_key(d->key, file, offset);
	struct chunkdata_place place = d->place;

	place.file = file;
	place.offset_bytes = offset;
	make_header(&place, key, header);
	mask_header(key, header);
	make_lanes(key, lane);
}

static void fill_block(const struct chunkdata *d, uint64_t *out, uint64_t file,
		       uint64_t offset, size_t bytes)
{
	static const uint64_t as_it_is[LANES];
	_Alignas(64) uint64_t header[HEADER_WORDS];
	uint64_t lane[LANES];

	start_block(d, file, offset, header, lane);
	store(header, as_it_is, out, HEADER_WORDS);
	store(d->table + HEADER_WORDS, lane, out + HEADER_WORDS,
	      bytes / sizeof(uint64_t) - HEADER_WORDS);
}

static bool block_differs(const struct chunkdata *d, const uint64_t *found,
			  uint64_t file, uint64_t offset, size_t bytes)
{
	uint64_t header[HEADER_WORDS], lane[LANES], difference = 0;
	const uint64_t *table = d->table;

	start_block(d, file, offset, header, lane);
	if (memcmp(found, header, sizeof(header)))
		return true;
	for (size_t i = HEADER_WORDS; i < bytes / sizeof(*found); i += LANES)
		for (size_t l = 0; l < LANES; l++)
			difference |= found[i + l] ^ table[i + l] ^ lane[l];
	return difference;
}

/* The bytes of the block that begins `at` bytes into a piece of `bytes`. */
static size_t block_bytes(size_t at, size_t bytes)
{
	return bytes - at < CHUNKDATA_BLOCK_BYTES ? bytes - at
						  : CHUNKDATA_BLOCK_BYTES;
}

void chunkdata_fill(const struct chunkdata *d, void *out, uint64_t file,
		    uint64_t offset, size_t bytes)
{
	if (d->place.kind == CHUNKDATA_ZERO) {
		bytes = block_bytes(0, bytes);
		if (offset) {
			memset(out, 0, bytes);
			return;
		}
	}
	for (size_t at = 0; at < bytes; at += CHUNKDATA_BLOCK_BYTES)
		fill_block(d, (uint64_t *)((char *)out + at), file, offset + at,
			   block_bytes(at, bytes));
#ifdef __SSE2__
	_mm_sfence();
#endif
}

bool chunkdata_identify(const void *block, struct chunkdata_place *p)
{
	uint64_t words[HEADER_WORDS], key, last;

	memcpy(words, block, sizeof(words));
	key = le64toh(words[WORD_KEY]);
	mask_header(key, words);
	memset(p, 0, sizeof(*p));
	p->run = le64toh(words[WORD_RUN]);
	p->file = le64toh(words[WORD_FILE]);
	p->offset_bytes = le64toh(words[WORD_OFFSET]);
	p->chunk_bytes = le64toh(words[WORD_CHUNK]);
	last = le64toh(words[WORD_THREAD]);
	p->thread = (uint32_t)last;
	p->kind = last >> 32 & 1;
	memcpy(p->host, words + WORD_HOST, sizeof(p->host));
	/* Bits that have no meaning are zero: no two headers say the same. */
	for (size_t i = strnlen(p->host, CHUNKDATA_HOST_MAX);
	     i < sizeof(p->host); i++)
		if (p->host[i])
			return false;
	for (size_t i = WORD_ZERO; i < HEADER_WORDS; i++)
		if (words[i])
			return false;
	return last == thread_word(p) &&
	       block_key(origin_key(p), p->file, p->offset_bytes) == key;
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

/* Says what stands at `offset`. */
static int wrong(const struct chunkdata *d, const uint8_t *found, uint64_t file,
		 uint64_t offset, size_t bytes, struct failure *f)
{
	_Alignas(64) uint8_t expected[CHUNKDATA_BLOCK_BYTES];
	struct chunkdata_place p;
	size_t at = 0;

	fill_block(d, (uint64_t *)expected, file, offset, bytes);

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
