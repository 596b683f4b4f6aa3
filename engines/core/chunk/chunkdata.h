/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKDATA_H
#define CORE_CHUNKDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * What chunks hold: blocks of 4 KiB, no two of them alike in all files,
 * threads, hosts and runs, that do not compress, and that each say where they
 * belong.
 *
 * To make every byte anew for every chunk takes as much of the memory's
 * bandwidth as the write itself. So a thread has a pool of buffers, each filled
 * once with a pattern of its own (chunkdata_paint()), and in a buffer that is
 * used again only a part changes (chunkdata_fill()): of each block the first
 * CHUNKDATA_HEADER_BYTES, which name it, and of each further sector of 512
 * bytes the first cache line. No block and no sector comes twice then, and a
 * compressor finds nothing unless it looks back as far as the pool is large.
 * With CHUNKDATA_FRESH all of it is made anew.
 *
 * All bytes follow from (run, host, thread) and, for what is made anew, from
 * (file, offset), for the rest from the number of the pattern: a table of
 * random words, one a thread and run, each word exclusive-ored with one of four
 * keys. The header says all of these, masked by the block's own keys so that
 * not even it repeats: a reader needs nothing but the block to tell where it
 * belongs and whether any bit of it has changed.
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
	/* Zeroes, but for the first block of a file, which says whose it is. */
	CHUNKDATA_ZERO,
	CHUNKDATA_FRESH,
	CHUNKDATA_KINDS,
};

/* Where a block belongs. */
struct chunkdata_place {
	uint64_t run;
	uint64_t file;
	uint64_t offset_bytes; /* in the file */
	uint64_t chunk_bytes;  /* of the writer */
	uint64_t pattern;      /* 0 where all of it is made anew */
	uint32_t thread;
	enum chunkdata_kind kind;
	char host[CHUNKDATA_HOST_MAX + 1]; /* zeroes behind its end */
};

/* Of one thread in one run. */
struct chunkdata {
	struct chunkdata_place place; /* of no block */
	uint64_t key;                 /* stands for run, host and thread */
	/* Aligned as malloc() does, and as vectors want it. */
	_Alignas(16) uint64_t header[CHUNKDATA_HEADER_WORDS]; /* of any block */
	_Alignas(16) uint64_t table[CHUNKDATA_WORDS];
};

/* host: at most CHUNKDATA_HOST_MAX bytes; longer ones are cut. */
void chunkdata_init(struct chunkdata *data, enum chunkdata_kind kind,
		    uint64_t run, const char *host, uint32_t thread,
		    uint64_t chunk_bytes);

/* Whether chunkdata_fill() wants its buffers painted. */
static inline bool chunkdata_paints(enum chunkdata_kind kind)
{
	return kind == CHUNKDATA_RANDOM;
}

/*
 * Fills `bytes` at `out` with patterns, `pattern` in the first block and the
 * next number in each after it. out: aligned to 64 bytes; bytes: a multiple of
 * 512.
 */
void chunkdata_paint(const struct chunkdata *data, void *out, uint64_t pattern,
		     size_t bytes);

/*
 * Makes of `bytes` at `out` what belongs at `offset_bytes` of file number
 * `file`. Blocks count from the start of what is asked for, so a part of a
 * chunk has to begin at a multiple of CHUNKDATA_BLOCK_BYTES in it. out:
 * aligned to 64 bytes; bytes: a multiple of 512.
 *
 * CHUNKDATA_RANDOM: `out` must have been painted, with that `pattern`.
 * CHUNKDATA_ZERO: `out` must be zeroes already, or have been filled by this;
 * only its first block is touched.
 */
void chunkdata_fill(const struct chunkdata *data, void *out, uint64_t pattern,
		    uint64_t file, uint64_t offset_bytes, size_t bytes);

/*
 * Reads the header of a block of at least CHUNKDATA_HEADER_BYTES. False if it
 * is none that chunkdata_fill() has made.
 */
bool chunkdata_identify(const void *block, struct chunkdata_place *place);

/*
 * Compares what was read with what belongs there. 0, or -EILSEQ with a
 * sentence without the file's name: at which offset, and what was found
 * instead. `found`: aligned to 8 bytes.
 */
int chunkdata_verify(const struct chunkdata *data, const void *found,
		     uint64_t file, uint64_t offset_bytes, size_t bytes,
		     struct failure *failure);

#endif
