// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms of any samples. The first byte of the input is the coarseness, the
 * second says where to divide the samples, the third is the percentile. Each
 * sample after that has 8 bytes. The order of merging changes nothing. The
 * percentile of the samples lies within the bounds.
 */
#include "fio/fio_histogram.h"
#include "fuzz.h"

#define SAMPLES_MAX 2048
#define STEP_E9     UINT64_C(400000000) /* 250 of them are 100 % */

static int by_value(const void *a, const void *b)
{
	uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;

	return (l > r) - (l < r);
}

static void add_all(struct fio_histogram *bins, const uint64_t *values,
		    size_t n)
{
	uint32_t mask = (1u << bins->coarseness) - 1;
	size_t i;

	for (i = 0; i < n; i++)
		assert(!fio_histogram_add(
			bins, fio_histogram_index(values[i]) & ~mask, 1));
}

static void check_same(const struct fio_histogram *a,
		       const struct fio_histogram *b)
{
	assert(a->n == b->n && a->samples == b->samples);
	assert(a->coarseness == b->coarseness);
	assert(!a->n || !memcmp(a->bin, b->bin, a->n * sizeof(*a->bin)));
}

static void check_bounds(const struct fio_histogram *bins, uint64_t *values,
			 size_t n, uint64_t percent_e9)
{
	const uint64_t whole = UINT64_C(100000000000);
	struct bounded b = fio_histogram_percentile(bins, percent_e9);
	unsigned __int128 at = (unsigned __int128)(n - 1) * percent_e9;
	size_t k = (size_t)(at / whole);
	long double f = (long double)(uint64_t)(at % whole) / 1e11L, want;

	qsort(values, n, sizeof(*values), by_value);
	want = (long double)values[k];
	if (f > 0)
		want += f * ((long double)values[k + 1] - want);
	assert(b.low_ns <= b.value_ns && b.value_ns <= b.high_ns);
	assert(b.low_ns <= want * (1 + 1e-18L));
	assert(want <= b.high_ns * (1 + 1e-18L));
}

FUZZ(data, size)
{
	static uint64_t values[SAMPLES_MAX];
	struct fio_histogram a = { 0 }, b = { 0 }, ab = { 0 }, ba = { 0 };
	size_t n, first;

	if (size < 3 + sizeof(*values))
		return;
	n = (size - 3) / sizeof(*values);
	n = n > SAMPLES_MAX ? SAMPLES_MAX : n;
	memcpy(values, data + 3, n * sizeof(*values));
	first = data[1] % (n + 1);
	a.coarseness = data[0] % (FIO_HISTOGRAM_COARSENESS_MAX + 1);
	b.coarseness = data[0] / 16 % (FIO_HISTOGRAM_COARSENESS_MAX + 1);
	add_all(&a, values, first);
	add_all(&b, values + first, n - first);
	assert(!fio_histogram_merge(&ab, &a) && !fio_histogram_merge(&ab, &b));
	assert(!fio_histogram_merge(&ba, &b) && !fio_histogram_merge(&ba, &a));
	check_same(&ab, &ba);
	check_bounds(&ab, values, n, data[2] % 251 * STEP_E9);
	fio_histogram_free(&a);
	fio_histogram_free(&b);
	fio_histogram_free(&ab);
	fio_histogram_free(&ba);
}
