// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chunk/chunkprogress.h"

#define SUB_BITS 4u
#define SUB_BINS (1u << SUB_BITS)

void chunkprogress_init(struct chunkprogress *p, uint64_t interval_ns,
			uint64_t now_ns)
{
	memset(p, 0, sizeof(*p));
	p->interval_ns = interval_ns;
	p->since_ns = now_ns;
}

/*
 * Values below SUB_BINS have a bin each. Above, each power of two has SUB_BINS
 * bins.
 */
static unsigned int bin_of(uint64_t value)
{
	unsigned int shift;

	if (value < SUB_BINS)
		return (unsigned int)value;
	shift = 63u - (unsigned int)__builtin_clzll(value) - SUB_BITS;
	return (shift << SUB_BITS) + (unsigned int)(value >> shift);
}

/* The largest value of a bin. */
static uint64_t bin_bound(unsigned int bin)
{
	unsigned int shift;

	if (bin < 2 * SUB_BINS)
		return bin;
	shift = (bin >> SUB_BITS) - 1;
	return (((uint64_t)(bin - (shift << SUB_BITS)) + 1) << shift) - 1;
}

void chunkprogress_add(struct chunkprogress *p, uint64_t bytes,
		       uint64_t latency_ns)
{
	p->bytes += bytes;
	p->chunks++;
	if (latency_ns > p->latency_max_ns)
		p->latency_max_ns = latency_ns;
	p->bin[bin_of(latency_ns)]++;
}

uint64_t chunkprogress_due_ns(const struct chunkprogress *p)
{
	return p->interval_ns ? p->since_ns + p->interval_ns : UINT64_MAX;
}

uint64_t chunkprogress_p99_ns(const struct chunkprogress *p)
{
	uint64_t rank = p->chunks - p->chunks / 100, seen = 0, bound;

	if (!p->chunks)
		return 0;
	for (unsigned int i = 0; i < CHUNKPROGRESS_BINS; i++) {
		seen += p->bin[i];
		if (seen < rank)
			continue;
		bound = bin_bound(i);
		return bound < p->latency_max_ns ? bound : p->latency_max_ns;
	}
	return p->latency_max_ns;
}

void chunkprogress_text(struct chunkprogress *p, uint64_t now_ns,
			uint64_t oldest_ns, char *text, size_t size)
{
	double seconds = (double)(now_ns - p->since_ns) / 1e9;
	double mib = (double)p->bytes / (1 << 20);

	if (p->chunks)
		snprintf(text, size,
			 "%.1f MiB/s, p99 %.3f ms, max %.3f ms, %" PRIu64
			 " chunks, %" PRIu64 " bytes in %.1f s",
			 mib / seconds, (double)chunkprogress_p99_ns(p) / 1e6,
			 (double)p->latency_max_ns / 1e6, p->chunks, p->bytes,
			 seconds);
	else if (oldest_ns)
		snprintf(text, size,
			 "STALLED: no chunk done in %.1f s, the oldest has "
			 "been in flight for %.0f s",
			 seconds, (double)oldest_ns / 1e9);
	else
		snprintf(text, size, "no chunk asked for in %.1f s", seconds);
	chunkprogress_init(p, p->interval_ns, now_ns);
	p->told = true;
}
