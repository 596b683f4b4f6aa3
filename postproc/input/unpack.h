/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacks gzip (by zlib) and zstd (by libzstd), if the build has the library.
 * Each packing is a row and three functions. Several streams behind each other
 * are one, as with gzip(1) and zstd(1). UTF-16 becomes UTF-8 in the same way:
 * the > of Windows PowerShell makes UTF-16 of any text.
 */
#ifndef SMALLFIO_UNPACK_H
#define SMALLFIO_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* The pointers move on and the sizes shrink as bytes are used and made. */
struct unpack_buffers {
	const char *in;
	size_t in_left;
	char *out;
	size_t out_left;
};

struct unpacker {
	/* Returns the state of a new stream, or NULL without memory. */
	void *(*begin)(void);
	/*
	 * Unpacks until the input or the room is used up. Returns 0, -EINVAL
	 * for damaged data, or -ENOMEM. *between: all streams so far are
	 * complete, so the input may end here.
	 */
	int (*step)(void *state, struct unpack_buffers *buffers, bool *between);
	void (*end)(void *state);
};

/* Each returns NULL if this build lacks the library. */
const struct unpacker *unpack_gzip(void);
const struct unpacker *unpack_zstd(void);

/*
 * For UTF-16 that begins with its byte order mark, which is left out, or with a
 * character of ASCII.
 */
const struct unpacker *unpack_utf16(void);

#endif
