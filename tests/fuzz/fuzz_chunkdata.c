// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of any bytes, as a reader may find them on a disk. If a header is
 * accepted, what it says makes the same header again, to the bit. Verification
 * accepts what chunkdata_fill() makes, and nothing else.
 */
#include "chunk/chunkdata.h"
#include "fuzz.h"

static _Alignas(64) uint8_t block[CHUNKDATA_BLOCK_BYTES];
static _Alignas(64) uint8_t again[CHUNKDATA_BLOCK_BYTES];

FUZZ(data, size)
{
	struct chunkdata_place p;
	struct failure f = { "" };
	struct chunkdata d;

	if (size > sizeof(block))
		size = sizeof(block);
	memset(block, 0, sizeof(block));
	memcpy(block, data, size);
	if (!chunkdata_identify(block, &p)) {
		chunkdata_init(&d, CHUNKDATA_RANDOM, 1, "h", 0, 4096);
		assert(chunkdata_verify(&d, block, 0, 0, sizeof(block), &f) ==
		       -EILSEQ);
		assert(f.text[0]);
		return;
	}
	assert(strlen(p.host) <= CHUNKDATA_HOST_MAX);
	chunkdata_init(&d, p.kind, p.run, p.host, p.thread, p.chunk_bytes);
	if (p.kind == CHUNKDATA_ZERO)
		return;
	chunkdata_paint(&d, again, p.pattern, sizeof(again));
	chunkdata_fill(&d, again, p.pattern, p.file, p.offset_bytes,
		       sizeof(again));
	assert(!memcmp(block, again, CHUNKDATA_HEADER_BYTES));
	assert(chunkdata_verify(&d, again, p.file, p.offset_bytes,
				sizeof(again), &f) == 0);
	assert(!chunkdata_verify(&d, block, p.file, p.offset_bytes,
				 sizeof(block),
				 &f) == !memcmp(block, again, sizeof(again)));
}
