/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of an input from the first to the last: of a file or a pipe, and
 * unpacked if they are gzip or zstd, and UTF-8 if they are UTF-16 (told by
 * their first bytes, not by a name).
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

/* How much source_peek() sees, if there is so much. */
#define SOURCE_HEAD_BYTES ((size_t)64 << 10)

struct source;

/*
 * Opens `path`, or standard input for "-", and reads as far as
 * SOURCE_HEAD_BYTES need. 0 or -errno with *error filled in (INPUT_UNREADABLE,
 * INPUT_COMPRESSED for what this build cannot unpack, INPUT_DAMAGED).
 */
int source_open(struct source **source, const char *path,
		struct input_error *error);

/* The first bytes; source_read() still gives them. */
const char *source_peek(const struct source *source, size_t *size);

/*
 * The next bytes, up to `size`: more than 0, 0 at the end, or -errno with
 * *error filled in. Packed data that end too early or do not unpack are
 * INPUT_DAMAGED.
 */
long source_read(struct source *source, char *buffer, size_t size,
		 struct input_error *error);

/* Bytes taken from the file so far, as it is packed. */
uint64_t source_bytes(const struct source *source);

enum packing source_packing(const struct source *source);
const struct stat *source_stat(const struct source *source);

/* NULL is allowed. */
void source_close(struct source *source);

#endif
