// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what the contents of chunks cost: the best of many fills of buffers
 * that are in no cache, as those of fio-diskwrite.so are.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "chunk/chunkdata.h"

#define CHUNK   ((size_t)10 << 20)
#define BUFFERS 6u
#define ROUNDS  120u

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t cycles(void)
{
#ifdef __x86_64__
	return __rdtsc();
#else
	return 0;
#endif
}

static void measure(const char *name, enum chunkdata_kind kind, uint8_t *memory)
{
	static struct chunkdata data;
	uint64_t best_ns = UINT64_MAX, best_cycles = UINT64_MAX;
	const size_t blocks = CHUNK / CHUNKDATA_BLOCK_BYTES;

	chunkdata_init(&data, kind, 1, "bench", 0, CHUNK);
	chunkdata_paint(&data, memory, 0, BUFFERS * CHUNK);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int buffer = i % BUFFERS;
		uint64_t ns = now_ns(), c = cycles();

		chunkdata_fill(&data, memory + buffer * CHUNK, buffer * blocks,
			       i, 0, CHUNK);
		c = cycles() - c;
		ns = now_ns() - ns;
		if (ns < best_ns)
			best_ns = ns;
		if (c < best_cycles)
			best_cycles = c;
	}
	printf("content=%-6s %5.1f ns a KiB, %5.1f GB/s, %.3f TSC cycles a "
	       "byte\n",
	       name, (double)best_ns / (CHUNK / 1024.0),
	       (double)CHUNK / (double)best_ns, (double)best_cycles / CHUNK);
}

int main(void)
{
	uint8_t *memory = aligned_alloc(2 << 20, BUFFERS * CHUNK);

	if (!memory)
		return 1;
	madvise(memory, BUFFERS * CHUNK, MADV_HUGEPAGE);
	memset(memory, 1, BUFFERS * CHUNK);
	measure("random", CHUNKDATA_RANDOM, memory);
	measure("fresh", CHUNKDATA_FRESH, memory);
	free(memory);
	return 0;
}
