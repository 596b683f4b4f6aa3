// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_histogram.h"
#include "util/array.h"

#define BITS  6
#define GROUP (1u << BITS)
#define EXACT (2 * GROUP) /* each value below it has a bin of its own */

uint32_t fio_histogram_index(uint64_t ns)
{
	unsigned int shift;
	uint32_t index;

	if (ns < EXACT)
		return (uint32_t)ns;
	shift = 63 - BITS - (unsigned int)__builtin_clzll(ns);
	index = ((shift + 1) << BITS) + (uint32_t)((ns >> shift) % GROUP);
	return index < FIO_HISTOGRAM_BINS ? index : FIO_HISTOGRAM_BINS - 1;
}

uint64_t fio_histogram_low_ns(uint32_t index)
{
	if (index < EXACT)
		return index;
	return (uint64_t)(GROUP + index % GROUP) << (index / GROUP - 1);
}

uint64_t fio_histogram_high_ns(uint32_t index, unsigned int coarseness)
{
	uint32_t next = index + (1u << coarseness);

	return next < FIO_HISTOGRAM_BINS ? fio_histogram_low_ns(next) - 1
					 : UINT64_MAX;
}

/*
 * The middle of a bin as fio computes it: base + (k + 0.5) * width, which is a
 * whole number for a width of 2 or more.
 */
static uint64_t middle_ns(uint32_t index)
{
	uint64_t width = index < EXACT ? 1 : 1ull << (index / GROUP - 1);

	return fio_histogram_low_ns(index) + width / 2;
}

int fio_histogram_index_of_middle(uint64_t ns)
{
	uint32_t index = fio_histogram_index(ns);

	return middle_ns(index) == ns ? (int)index : -EINVAL;
}

/* The place in bin[] where `index` is or would be. */
static size_t find(const struct fio_histogram *bins, uint32_t index)
{
	size_t low = 0, high = bins->n;

	if (high && bins->bin[high - 1].index < index)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (bins->bin[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int fio_histogram_add(struct fio_histogram *bins, uint32_t index,
		      uint64_t count)
{
	size_t at;

	if (index >= FIO_HISTOGRAM_BINS || index % (1u << bins->coarseness))
		return -ERANGE;
	if (!count)
		return 0;
	if (count > INT64_MAX - bins->samples)
		return -EOVERFLOW;
	at = find(bins, index);
	if (at == bins->n || bins->bin[at].index != index) {
		if (!array_add(&bins->bin, &bins->n))
			return -ENOMEM;
		memmove(bins->bin + at + 1, bins->bin + at,
			(bins->n - 1 - at) * sizeof(*bins->bin));
		bins->bin[at] = (struct fio_histogram_bin){ .index = index };
	}
	bins->bin[at].count += count;
	bins->samples += count;
	return 0;
}

void fio_histogram_extremes(struct fio_histogram *bins, uint64_t min_ns,
			    uint64_t max_ns)
{
	if (!bins->samples)
		return;
	bins->extremes_known = true;
	bins->min_ns = min_ns;
	bins->max_ns = max_ns;
}

/* Pools bins, so that they are at least as coarse as `coarseness`. */
static void coarsen(struct fio_histogram *bins, unsigned int coarseness)
{
	uint32_t mask = (1u << coarseness) - 1;
	size_t i, n = 0;

	if (bins->coarseness >= coarseness)
		return;
	for (i = 0; i < bins->n; i++) {
		struct fio_histogram_bin bin = bins->bin[i];

		bin.index &= ~mask;
		if (n && bins->bin[n - 1].index == bin.index)
			bins->bin[n - 1].count += bin.count;
		else
			bins->bin[n++] = bin;
	}
	bins->n = n;
	bins->coarseness = coarseness;
}

static void merge_extremes(struct fio_histogram *to,
			   const struct fio_histogram *from)
{
	if (!from->samples)
		return;
	if (!to->samples) {
		to->extremes_known = from->extremes_known;
		to->min_ns = from->min_ns;
		to->max_ns = from->max_ns;
		return;
	}
	to->extremes_known &= from->extremes_known;
	if (from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
}

/*
 * Does the same as fio_histogram_add(), but quicker for a bin that exists. The
 * bin is at *at or behind, and *at moves on.
 */
static int add_from(struct fio_histogram *to, size_t *at, uint32_t index,
		    uint64_t count)
{
	while (*at < to->n && to->bin[*at].index < index)
		++*at;
	if (*at == to->n || to->bin[*at].index != index ||
	    count > INT64_MAX - to->samples)
		return fio_histogram_add(to, index, count);
	to->bin[*at].count += count;
	to->samples += count;
	return 0;
}

int fio_histogram_merge(struct fio_histogram *to,
			const struct fio_histogram *from)
{
	uint32_t mask;
	size_t i, at = 0;
	int ret = 0;

	coarsen(to, from->coarseness);
	mask = (1u << to->coarseness) - 1;
	merge_extremes(to, from);
	for (i = 0; i < from->n && !ret; i++)
		ret = add_from(to, &at, from->bin[i].index & ~mask,
			       from->bin[i].count);
	return ret;
}

static long double narrowed(const struct fio_histogram *bins, uint64_t ns)
{
	if (bins->extremes_known && ns < bins->min_ns)
		ns = bins->min_ns;
	if (bins->extremes_known && ns > bins->max_ns)
		ns = bins->max_ns;
	return ns == UINT64_MAX ? INFINITY : (long double)ns;
}

/* The rank-th smallest sample, counted from 0, with its bounds. */
static struct bounded at_rank(const struct fio_histogram *bins, uint64_t rank)
{
	uint64_t below = 0, in_bin;
	struct bounded b;
	size_t i = 0;

	if (bins->extremes_known && (!rank || rank == bins->samples - 1)) {
		b.value_ns = rank ? bins->max_ns : bins->min_ns;
		b.low_ns = b.high_ns = b.value_ns;
		return b;
	}
	while (below + bins->bin[i].count <= rank)
		below += bins->bin[i++].count;
	in_bin = rank - below;
	b.low_ns = narrowed(bins, fio_histogram_low_ns(bins->bin[i].index));
	b.high_ns = narrowed(bins, fio_histogram_high_ns(bins->bin[i].index,
							 bins->coarseness));
	b.value_ns = b.low_ns;
	if (!isinf(b.high_ns))
		b.value_ns += (b.high_ns - b.low_ns) *
			      ((long double)in_bin + 0.5L) /
			      (long double)bins->bin[i].count;
	return b;
}

static long double between(long double a, long double b, long double fraction)
{
	/* b may be infinite, and infinity times 0 is not a number. */
	return fraction > 0 ? a + (b - a) * fraction : a;
}

struct bounded fio_histogram_percentile(const struct fio_histogram *bins,
					uint64_t percent_e9)
{
	const uint64_t whole = UINT64_C(100000000000);
	struct bounded low, high;
	long double fraction;
	unsigned __int128 at;
	uint64_t rank;

	if (!bins->samples)
		return (struct bounded){ NAN, NAN, NAN };
	at = (unsigned __int128)(bins->samples - 1) * percent_e9;
	rank = (uint64_t)(at / whole);
	fraction = (long double)(uint64_t)(at % whole) / (long double)whole;
	low = at_rank(bins, rank);
	if (!(fraction > 0))
		return low;
	high = at_rank(bins, rank + 1);
	return (struct bounded){
		.value_ns = between(low.value_ns, high.value_ns, fraction),
		.low_ns = between(low.low_ns, high.low_ns, fraction),
		.high_ns =
			isinf(high.high_ns)
				? INFINITY
				: between(low.high_ns, high.high_ns, fraction),
	};
}

void fio_histogram_free(struct fio_histogram *bins)
{
	free(bins->bin);
	memset(bins, 0, sizeof(*bins));
}
