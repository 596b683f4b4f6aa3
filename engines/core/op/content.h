/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CONTENT_H
#define CORE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum content_kind {
	CONTENT_PATTERN, /* smallfile's own bytes, period 128 */
	/* No two 4 KiB blocks alike in all files of one seed and layout. */
	CONTENT_INCOMPRESSIBLE,
};

/*
 * What must be in each file: a function of (kind, key, thread, file number,
 * record number). Immutable once made; any number of threads may use one.
 */
struct content {
	enum content_kind kind;
	uint32_t thread;
	uint64_t key; /* stands for (seed, host, thread) */
	uint8_t *pattern;
	size_t pattern_bytes;
	bool avx2; /* that this processor has it */
};

/*
 * max_bytes: the longest piece that will ever be asked for.
 * Returns 0 or -ENOMEM.
 */
int content_init(struct content *content, enum content_kind kind, uint64_t key,
		 uint32_t thread, size_t max_bytes);
void content_free(struct content *content);

/*
 * The bytes that record number `record` of file number `file` begins with,
 * `length` of them. `scratch` (8-byte aligned, room for length rounded up to
 * 8) is filled where the bytes have to be made; where they are there already
 * (the pattern), the answer points to them instead and nothing is copied.
 */
const uint8_t *content_record(const struct content *content, void *scratch,
			      uint64_t file, uint64_t record, size_t length);

/* As above, but always copied to `out`: for buffers that must be aligned. */
void content_fill(const struct content *content, void *out, uint64_t file,
		  uint64_t record, size_t length);

#define CONTENT_SAME ((size_t)-1)

/*
 * The offset of the first byte of `found` that differs from what must be
 * there, or CONTENT_SAME. `expected` gets the byte that should be there.
 */
size_t content_compare(const struct content *content, const void *found,
		       uint64_t file, uint64_t record, size_t length,
		       uint8_t *expected);

#endif
