/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the bytes of a file or a pipe from the first to the last. gzip and zstd
 * are unpacked, and UTF-16 becomes UTF-8. The first bytes tell which it is, not
 * the name.
 */
#ifndef SMALLFIO_SOURCE_H
#define SMALLFIO_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/input_error.h"

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_ZSTD,
	PACKING_UTF16, /* becomes UTF-8 */
};

/* How many bytes source_peek() gives, if there are so many. */
#define SOURCE_HEAD_BYTES ((size_t)64 << 10)

struct source;

/*
 * Opens `path`, or standard input for "-", and reads the first
 * SOURCE_HEAD_BYTES. Returns 0, or -errno with *error filled in:
 * INPUT_UNREADABLE, INPUT_DAMAGED, or INPUT_COMPRESSED for a packing that this
 * build cannot unpack.
 */
int source_open(struct source **source, const char *path,
		struct input_error *error);

/* Returns the first bytes. source_read() gives them, too. */
const char *source_peek(const struct source *source, size_t *size);

/*
 * Reads the next bytes, up to `size`. Returns their number, 0 at the end, or
 * -errno with *error filled in. Packed data that end too early or do not unpack
 * are INPUT_DAMAGED.
 */
long source_read(struct source *source, char *buffer, size_t size,
		 struct input_error *error);

/* How many bytes of the file were read so far, packed as it is. */
uint64_t source_bytes(const struct source *source);

enum packing source_packing(const struct source *source);
const struct stat *source_stat(const struct source *source);

/* Closes a source and frees it. NULL is ignored. */
void source_close(struct source *source);

#endif
