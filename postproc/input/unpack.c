// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "input/unpack.h"

#ifdef SMALLFIO_ZLIB
#include <zlib.h>

static void *gzip_begin(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	/* 16 is for gzip's header and sum. MAX_WBITS is the largest window. */
	if (z && inflateInit2(z, 16 + MAX_WBITS) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static unsigned clamp(size_t n)
{
	return n > 1u << 30 ? 1u << 30 : (unsigned)n;
}

static int gzip_step(void *state, struct unpack_buffers *buffers, bool *between)
{
	z_stream *z = state;
	int ret = Z_OK;

	/* Needed without input, too: some output may be held back. */
	while (buffers->out_left && ret == Z_OK &&
	       (buffers->in_left || !*between)) {
		unsigned in = clamp(buffers->in_left);
		unsigned out = clamp(buffers->out_left);

		/* zlib does not write to its input. */
		z->next_in = (Bytef *)(uintptr_t)buffers->in;
		z->avail_in = in;
		z->next_out = (Bytef *)buffers->out;
		z->avail_out = out;
		ret = inflate(z, Z_NO_FLUSH);
		buffers->in += in - z->avail_in;
		buffers->in_left -= in - z->avail_in;
		buffers->out += out - z->avail_out;
		buffers->out_left -= out - z->avail_out;
		*between = ret == Z_STREAM_END;
		if (ret == Z_STREAM_END)
			ret = inflateReset(z);
	}
	if (ret == Z_MEM_ERROR)
		return -ENOMEM;
	return ret == Z_OK || ret == Z_BUF_ERROR ? 0 : -EINVAL;
}

static void gzip_end(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct unpacker *unpack_gzip(void)
{
	static const struct unpacker row = { gzip_begin, gzip_step, gzip_end };

	return &row;
}
#else
const struct unpacker *unpack_gzip(void)
{
	return NULL;
}
#endif

#ifdef SMALLFIO_ZSTD
#include <zstd.h>

static void *zstd_begin(void)
{
	return ZSTD_createDStream();
}

static int zstd_step(void *state, struct unpack_buffers *buffers, bool *between)
{
	ZSTD_inBuffer in = { buffers->in, buffers->in_left, 0 };
	ZSTD_outBuffer out = { buffers->out, buffers->out_left, 0 };
	size_t ret = 0;

	while (out.pos < out.size) {
		size_t before = in.pos, made = out.pos;

		ret = ZSTD_decompressStream(state, &out, &in);
		if (ZSTD_isError(ret))
			return -EINVAL;
		/* A call that did nothing returns the next header's size. */
		if (in.pos == before && out.pos == made)
			break;
		*between = ret == 0;
		if (in.pos == in.size && *between)
			break;
	}
	buffers->in += in.pos;
	buffers->in_left -= in.pos;
	buffers->out += out.pos;
	buffers->out_left -= out.pos;
	return 0;
}

static void zstd_end(void *state)
{
	ZSTD_freeDStream(state);
}

const struct unpacker *unpack_zstd(void)
{
	static const struct unpacker row = { zstd_begin, zstd_step, zstd_end };

	return &row;
}
#else
const struct unpacker *unpack_zstd(void)
{
	return NULL;
}
#endif

#define MARK            0xfeffu
#define MARK_SWAPPED    0xfffeu
#define REPLACEMENT     0xfffdu
#define HIGH_SURROGATES 0xd800u
#define LOW_SURROGATES  0xdc00u
#define SURROGATES_END  0xe000u
#define UTF8_BYTES_MAX  4

/* The state of a stream. All zeros: at the beginning. */
struct utf16 {
	bool begun, big_endian;
	bool has_byte; /* `byte` is the first of a unit */
	unsigned char byte;
	uint32_t high; /* a surrogate that waits for its second half, or 0 */
	char out[2 * UTF8_BYTES_MAX]; /* made, and not given yet */
	size_t made, given;
};

static void *utf16_begin(void)
{
	return calloc(1, sizeof(struct utf16));
}

static void put_utf8(struct utf16 *u, uint32_t c)
{
	char *out = u->out + u->made;

	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		*out++ = (char)(0x80 | (c & 0x3f));
	u->made = (size_t)(out - u->out);
}

/* Takes a unit of UTF-16. Half a surrogate pair becomes REPLACEMENT. */
static void take_unit(struct utf16 *u, uint32_t unit)
{
	bool low = unit >= LOW_SURROGATES && unit < SURROGATES_END;

	if (u->high && low) {
		put_utf8(u, 0x10000 + ((u->high - HIGH_SURROGATES) << 10) +
				    (unit - LOW_SURROGATES));
		u->high = 0;
		return;
	}
	if (u->high)
		put_utf8(u, REPLACEMENT);
	u->high = 0;
	if (unit >= HIGH_SURROGATES && unit < LOW_SURROGATES)
		u->high = unit;
	else
		put_utf8(u, low ? REPLACEMENT : unit);
}

static void take_byte(struct utf16 *u, unsigned char byte)
{
	uint32_t unit;

	u->has_byte = !u->has_byte;
	if (u->has_byte) {
		u->byte = byte;
		return;
	}
	unit = u->big_endian ? (uint32_t)u->byte << 8 | byte
			     : (uint32_t)byte << 8 | u->byte;
	if (!u->begun) {
		u->begun = true;
		/* Without a mark, the text begins with a character of ASCII. */
		u->big_endian = unit != MARK && unit > 0x7f;
		if (unit == MARK || unit == MARK_SWAPPED)
			return;
		if (u->big_endian)
			unit >>= 8;
	}
	take_unit(u, unit);
}

static int utf16_step(void *state, struct unpack_buffers *b, bool *between)
{
	struct utf16 *u = state;

	while (b->out_left) {
		if (u->given < u->made) {
			*b->out++ = u->out[u->given++];
			b->out_left--;
			continue;
		}
		u->given = u->made = 0;
		if (!b->in_left)
			break;
		take_byte(u, (unsigned char)*b->in++);
		b->in_left--;
	}
	*between = u->given == u->made && !u->has_byte && !u->high;
	return 0;
}

const struct unpacker *unpack_utf16(void)
{
	static const struct unpacker row = { utf16_begin, utf16_step, free };

	return &row;
}
