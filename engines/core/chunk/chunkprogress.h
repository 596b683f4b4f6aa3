/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKPROGRESS_H
#define CORE_CHUNKPROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What to tell a person every minute: the rate and the 99th percentile of the
 * latencies since the last time. The percentile comes from a histogram with 16
 * bins to each power of two: it is at most 1/16 too high, never too low.
 */
#define CHUNKPROGRESS_BINS 1024u

struct chunkprogress {
	uint64_t interval_ns; /* 0: say nothing */
	uint64_t since_ns;
	uint64_t bytes;
	uint64_t chunks;
	uint64_t latency_max_ns;
	bool told; /* a text was made */
	uint32_t bin[CHUNKPROGRESS_BINS];
};

void chunkprogress_init(struct chunkprogress *progress, uint64_t interval_ns,
			uint64_t now_ns);
void chunkprogress_add(struct chunkprogress *progress, uint64_t bytes,
		       uint64_t latency_ns);
/* When the next text is due; UINT64_MAX: never. */
uint64_t chunkprogress_due_ns(const struct chunkprogress *progress);
/*
 * The 99th percentile since the last text: the smallest bin bound that 99 % of
 * the latencies do not exceed. 0 without chunks.
 */
uint64_t chunkprogress_p99_ns(const struct chunkprogress *progress);
/*
 * Writes the text, without a line end, and begins anew. oldest_ns: how long
 * the oldest chunk in flight has been so; 0: there is none.
 */
void chunkprogress_text(struct chunkprogress *progress, uint64_t now_ns,
			uint64_t oldest_ns, char *text, size_t size);

#endif
