/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CONTENT_H
#define CORE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum content_kind {
	CONTENT_PATTERN, /* smallfile's own bytes, with a period of 128 */
	/*
	 * No two blocks of 4 KiB are alike in all files of one seed and layout.
	 */
	CONTENT_INCOMPRESSIBLE,
};

/*
 * What must be in each file. It follows from kind, key, thread, file number and
 * record number. It does not change once made, so any number of threads may use
 * it.
 */
struct content {
	enum content_kind kind;
	uint32_t thread;
	uint64_t key; /* from seed, host and thread */
	uint8_t *pattern;
	size_t pattern_bytes;
	bool avx2; /* whether this processor has AVX2 */
};

/*
 * max_bytes is the most that will ever be asked for at once. Returns 0 or
 * -ENOMEM.
 */
int content_init(struct content *content, enum content_kind kind, uint64_t key,
		 uint32_t thread, size_t max_bytes);
void content_free(struct content *content);

/*
 * Returns the first `length` bytes of record number `record` of file number
 * `file`. If the bytes have to be made, they are made in `scratch` (8-byte
 * aligned, with room for length rounded up to 8). If they exist already (the
 * pattern), nothing is copied and the answer points to them.
 */
const uint8_t *content_record(const struct content *content, void *scratch,
			      uint64_t file, uint64_t record, size_t length);

/*
 * Does the same, but always copies to `out`: for buffers that must be aligned.
 */
void content_fill(const struct content *content, void *out, uint64_t file,
		  uint64_t record, size_t length);

#define CONTENT_SAME ((size_t)-1)

/*
 * Returns the offset of the first byte of `found` that differs from what must
 * be there, or CONTENT_SAME. Stores the byte that should be there in
 * `expected`.
 */
size_t content_compare(const struct content *content, const void *found,
		       uint64_t file, uint64_t record, size_t length,
		       uint8_t *expected);

#endif
