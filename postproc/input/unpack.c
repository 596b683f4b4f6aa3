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

	/* 16: gzip's header and sum; the largest window there is. */
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

	/* Without input, too: some output may be held back. */
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
		/* Asked for more with nothing left, it names the next header.
		 */
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
