// SPDX-License-Identifier: GPL-2.0-only
/*
 * If an input unpacks to a histogram, that histogram can be packed, and unpacks
 * to the same again.
 */
#include "fio/fio_histogram_pack.h"
#include "fuzz.h"

static void check_same(const struct fio_histogram *a,
		       const struct fio_histogram *b)
{
	assert(a->n == b->n && a->samples == b->samples);
	assert(a->coarseness == b->coarseness);
	assert(a->extremes_known == b->extremes_known);
	assert(!a->extremes_known ||
	       (a->min_ns == b->min_ns && a->max_ns == b->max_ns));
	assert(!a->n || !memcmp(a->bin, b->bin, a->n * sizeof(*a->bin)));
}

FUZZ(data, size)
{
	struct fio_histogram bins = { 0 }, again = { 0 };
	unsigned char *packed;
	size_t packed_size;
	int ret = fio_histogram_unpack(&bins, data, size);

	assert(!ret || ret == -EINVAL);
	if (!ret) {
		assert(!fio_histogram_pack(&bins, &packed, &packed_size));
		assert(!fio_histogram_unpack(&again, packed, packed_size));
		check_same(&bins, &again);
		free(packed);
	}
	fio_histogram_free(&again);
	fio_histogram_free(&bins);
}
