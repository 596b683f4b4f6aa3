/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking gzip (by zlib) and zstd (by libzstd), each where the build has its
 * library: a row and three functions. Several streams behind each other are
 * one, as with gzip(1) and zstd(1). UTF-16, which Windows PowerShell's > makes
 * of any text, becomes UTF-8 in the same way.
 */
#ifndef SMALLFIO_UNPACK_H
#define SMALLFIO_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* Moves along as bytes are used and made. */
struct unpack_buffers {
	const char *in;
	size_t in_left;
	char *out;
	size_t out_left;
};

struct unpacker {
	/* NULL: no memory. */
	void *(*begin)(void);
	/*
	 * Unpacks until input or room is used up. 0; -EINVAL: the data are
	 * damaged; -ENOMEM. *between: all streams so far are complete, the
	 * input may end here.
	 */
	int (*step)(void *state, struct unpack_buffers *buffers, bool *between);
	void (*end)(void *state);
};

/* NULL: built without the library. */
const struct unpacker *unpack_gzip(void);
const struct unpacker *unpack_zstd(void);

/* UTF-16 that begins with its byte order mark, which is left out. */
const struct unpacker *unpack_utf16(void);

#endif
