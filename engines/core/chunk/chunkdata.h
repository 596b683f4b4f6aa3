/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKDATA_H
#define CORE_CHUNKDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * What chunks hold: blocks of 4 KiB that do not compress, and that each say
 * where they belong. No two blocks are alike in all files, threads, hosts and
 * runs.
 *
 * To make every byte anew for every chunk takes as much of the memory's
 * bandwidth as the write itself. So a thread has a pool of buffers, each filled
 * once with a pattern of its own (chunkdata_paint()). When a buffer is used
 * again, only a part of it changes (chunkdata_fill()): in each block the first
 * CHUNKDATA_HEADER_BYTES, which name the block, and in each further sector of
 * 512 bytes the first cache line. Then no block and no sector comes twice. A
 * compressor finds nothing unless it looks back as far as the pool is large.
 * With CHUNKDATA_FRESH all bytes are made anew.
 *
 * All bytes follow from (run, host, thread). Bytes made anew also follow from
 * (file, offset), the others from the number of the pattern. Each thread of a
 * run has a table of random words, and each word is exclusive-ored with one of
 * four keys. The header says all of these numbers. It is masked by the block's
 * own keys, so that not even the header repeats. A reader needs nothing but the
 * block to tell where it belongs and whether any bit of it has changed.
 */
#define CHUNKDATA_BLOCK_BYTES  4096u
#define CHUNKDATA_SECTOR_BYTES 512u
#define CHUNKDATA_LINE_BYTES   64u
#define CHUNKDATA_HEADER_BYTES 128u
#define CHUNKDATA_HOST_MAX     63u
#define CHUNKDATA_WORDS        (CHUNKDATA_BLOCK_BYTES / sizeof(uint64_t))
#define CHUNKDATA_HEADER_WORDS (CHUNKDATA_HEADER_BYTES / sizeof(uint64_t))

enum chunkdata_kind {
	CHUNKDATA_RANDOM,
	/*
	 * Zeroes, except for the first block of a file, which says whose file
	 * it is.
	 */
	CHUNKDATA_ZERO,
	CHUNKDATA_FRESH,
	CHUNKDATA_KINDS,
};

/* Where a block belongs. */
struct chunkdata_place {
	uint64_t run;
	uint64_t file;
	uint64_t offset_bytes; /* in the file */
	uint64_t chunk_bytes;  /* the writer's chunk size */
	uint64_t pattern;      /* 0 if all bytes are made anew */
	uint32_t thread;
	enum chunkdata_kind kind;
	char host[CHUNKDATA_HOST_MAX + 1]; /* filled up with zeroes */
};

/* What the contents of one thread in one run are made from. */
struct chunkdata {
	struct chunkdata_place place; /* without file, offset and pattern */
	uint64_t key; /* from run, host, thread, chunk_bytes, kind */
	/*
	 * What all headers have in common. Aligned as vectors need it, and no
	 * more than malloc() gives.
	 */
	_Alignas(16) uint64_t header[CHUNKDATA_HEADER_WORDS];
	_Alignas(16) uint64_t table[CHUNKDATA_WORDS];
};

/* Longer names of hosts are cut after CHUNKDATA_HOST_MAX bytes. */
void chunkdata_init(struct chunkdata *data, enum chunkdata_kind kind,
		    uint64_t run, const char *host, uint32_t thread,
		    uint64_t chunk_bytes);

/* Whether chunkdata_fill() needs buffers that chunkdata_paint() has filled. */
static inline bool chunkdata_paints(enum chunkdata_kind kind)
{
	return kind == CHUNKDATA_RANDOM;
}

/*
 * Fills `bytes` at `out` with patterns: number `pattern` in the first block,
 * and the next number in each block after it. `out` is aligned to 64 bytes, and
 * `bytes` is a multiple of 512.
 */
void chunkdata_paint(const struct chunkdata *data, void *out, uint64_t pattern,
		     size_t bytes);

/*
 * Makes the contents of `bytes` bytes at `offset_bytes` of file number `file`,
 * and stores them at `out`. Blocks count from the start of what is asked for,
 * so a part of a chunk has to begin at a multiple of CHUNKDATA_BLOCK_BYTES in
 * it. `out` is aligned to 64 bytes, and `bytes` is a multiple of 512.
 *
 * CHUNKDATA_RANDOM: `out` must have been painted with that `pattern`.
 * CHUNKDATA_ZERO: `out` must hold zeroes, or what an earlier call has stored
 * there. Only its first block is touched.
 */
void chunkdata_fill(const struct chunkdata *data, void *out, uint64_t pattern,
		    uint64_t file, uint64_t offset_bytes, size_t bytes);

/*
 * Reads the header of a block of at least CHUNKDATA_HEADER_BYTES. Returns false
 * if chunkdata_fill() has not made that header.
 */
bool chunkdata_identify(const void *block, struct chunkdata_place *place);

/*
 * Compares what was read with what belongs there. Returns 0, or -EILSEQ with a
 * sentence that says at which offset they differ and what was found instead.
 * The sentence does not name the file. `found` is aligned to 8 bytes.
 */
int chunkdata_verify(const struct chunkdata *data, const void *found,
		     uint64_t file, uint64_t offset_bytes, size_t bytes,
		     struct failure *failure);

#endif
