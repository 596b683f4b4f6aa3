/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKPROGRESS_H
#define CORE_CHUNKPROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes the progress messages for a person: the rate and the 99th percentile of
 * the latencies since the last message. The percentile comes from a histogram
 * with 16 bins for each power of two. It is at most 1/16 too high, and never
 * too low.
 */
#define CHUNKPROGRESS_BINS 1024u

struct chunkprogress {
	uint64_t interval_ns; /* 0: no messages */
	uint64_t since_ns;
	uint64_t bytes;
	uint64_t chunks;
	uint64_t latency_max_ns;
	bool told; /* a message was made */
	uint32_t bin[CHUNKPROGRESS_BINS];
};

void chunkprogress_init(struct chunkprogress *progress, uint64_t interval_ns,
			uint64_t now_ns);
void chunkprogress_add(struct chunkprogress *progress, uint64_t bytes,
		       uint64_t latency_ns);
/* When the next message is due; UINT64_MAX: never. */
uint64_t chunkprogress_due_ns(const struct chunkprogress *progress);
/*
 * The 99th percentile since the last message: the smallest bound of a bin that
 * 99 % of the latencies do not exceed. 0 without chunks.
 */
uint64_t chunkprogress_p99_ns(const struct chunkprogress *progress);
/*
 * Writes the message, without a line end, and begins anew. oldest_ns is how
 * long the oldest chunk in flight has been in flight; 0: there is none.
 */
void chunkprogress_text(struct chunkprogress *progress, uint64_t now_ns,
			uint64_t oldest_ns, char *text, size_t size);

#endif
