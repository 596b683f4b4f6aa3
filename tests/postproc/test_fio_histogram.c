// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms are compared with the samples in them. Whatever the distribution,
 * the percentile of the samples lies within the bounds of the histogram.
 */
#include "fio/fio_histogram.h"
#include "brute_force.h"
#include "test.h"

#define COUNT_MAX 5000
#define PARTS     5
/* Above this value fio has only one bin. */
#define LAST_LOW ((UINT64_C(1) << 34) - (UINT64_C(1) << 27))

enum shape {
	SHAPE_UNIFORM,
	SHAPE_TIES,
	SHAPE_CONSTANT,
	SHAPE_SMALL,
	SHAPE_TWO_PEAKS,
	SHAPE_BOUNDARIES, /* first and last value of bins */
	SHAPE_LONG_TAIL,
	SHAPE_BEYOND, /* above fio's last bin, too */
	SHAPES,
};

static uint64_t draw(enum shape shape)
{
	uint32_t bin = (uint32_t)(random64() % FIO_HISTOGRAM_BINS);

	switch (shape) {
	case SHAPE_UNIFORM:
		return random64() % 1000000;
	case SHAPE_TIES:
		return random64() % 5 * 1001;
	case SHAPE_CONSTANT:
		return 123456789;
	case SHAPE_SMALL:
		return random64() % 300;
	case SHAPE_TWO_PEAKS:
		return random64() % 100 ? 5000 + random64() % 3000
					: 90000000 + random64() % 5000000;
	case SHAPE_BOUNDARIES:
		return fio_histogram_low_ns(bin) - (bin && random64() & 1);
	case SHAPE_LONG_TAIL:
		return (random64() >> 30) >> (random64() % 34);
	default:
		return LAST_LOW - 1000 + random64() % 2000 +
		       (random64() % 3 ? 0 : random64() % (UINT64_C(1) << 40));
	}
}

TEST(bins_follow_each_other)
{
	uint32_t i;

	assert_int_equal(fio_histogram_low_ns(0), 0);
	for (i = 0; i < FIO_HISTOGRAM_BINS; i++) {
		uint64_t low = fio_histogram_low_ns(i),
			 high = fio_histogram_high_ns(i, 0);

		assert_int_equal(fio_histogram_index(low), i);
		if (i == FIO_HISTOGRAM_BINS - 1) {
			assert_int_equal(low, LAST_LOW);
			assert_int_equal(high, UINT64_MAX);
			break;
		}
		assert_int_equal(fio_histogram_index(high), i);
		assert_int_equal(fio_histogram_low_ns(i + 1), high + 1);
		/* A bin is at most 1/64 of its lower bound wide. */
		assert_true((high - low) * 64 < low || low == high);
	}
	assert_int_equal(fio_histogram_index(UINT64_MAX),
			 FIO_HISTOGRAM_BINS - 1);
}

/*
 * Middles of bins are computed as fio's source describes it: index =
 * (error_bits + 1) * 64 + offset, and back to the middle of the bin (base + (k
 * + 0.5) * width).
 */
TEST(middles_are_fios)
{
	uint32_t i;

	for (i = 0; i < FIO_HISTOGRAM_BINS; i++) {
		uint32_t bits = i < 64 ? 0 : i / 64 - 1;
		double base = i < 64 ? 0 : ldexp(1, (int)bits + 6);
		double width = ldexp(1, (int)bits);
		uint64_t middle =
			i < 128 ? i : (uint64_t)(base + (i % 64 + 0.5) * width);

		assert_int_equal(fio_histogram_index_of_middle(middle), i);
		if (i >= 192) {
			assert_int_equal(
				fio_histogram_index_of_middle(middle + 1),
				-EINVAL);
			assert_int_equal(
				fio_histogram_index_of_middle(middle - 1),
				-EINVAL);
		}
	}
	assert_int_equal(fio_histogram_index_of_middle(UINT64_MAX), -EINVAL);
}

TEST(adds_in_any_order)
{
	struct fio_histogram up = { 0 }, down = { 0 };
	uint32_t i;

	for (i = 0; i < 100; i++) {
		assert_ok(fio_histogram_add(&up, i * 3, i + 1));
		assert_ok(fio_histogram_add(&down, (99 - i) * 3, 100 - i));
	}
	assert_ok(fio_histogram_add(&up, 7, 0)); /* makes no bin */
	assert_int_equal(up.n, 100);
	assert_int_equal(up.samples, 5050);
	assert_int_equal(down.n, up.n);
	for (i = 0; i < 100; i++) {
		assert_int_equal(up.bin[i].index, i * 3);
		assert_int_equal(up.bin[i].count, i + 1);
		assert_int_equal(down.bin[i].index, i * 3);
		assert_int_equal(down.bin[i].count, i + 1);
	}
	fio_histogram_free(&up);
	fio_histogram_free(&down);
	assert_null(up.bin);
	assert_int_equal(up.samples, 0);
}

TEST(refuses_what_is_no_bin)
{
	struct fio_histogram bins = { 0 }, coarse = { .coarseness = 3 };

	assert_int_equal(fio_histogram_add(&bins, FIO_HISTOGRAM_BINS, 1),
			 -ERANGE);
	assert_int_equal(fio_histogram_add(&bins, UINT32_MAX, 1), -ERANGE);
	assert_int_equal(fio_histogram_add(&coarse, 4, 1), -ERANGE);
	assert_ok(fio_histogram_add(&coarse, 8, 1));
	assert_ok(fio_histogram_add(&bins, 5, INT64_MAX));
	assert_int_equal(fio_histogram_add(&bins, 5, 1), -EOVERFLOW);
	assert_int_equal(fio_histogram_add(&bins, 6, 1), -EOVERFLOW);
	assert_int_equal(fio_histogram_merge(&bins, &coarse), -EOVERFLOW);
	fio_histogram_free(&bins);
	fio_histogram_free(&coarse);
}

TEST(nothing_has_no_percentile)
{
	struct fio_histogram bins = { 0 };
	struct bounded b;

	fio_histogram_extremes(&bins, 5, 7);
	assert_false(bins.extremes_known);
	b = fio_histogram_percentile(&bins, 50 * E9);
	assert_true(isnan(b.value_ns) && isnan(b.low_ns) && isnan(b.high_ns));
}

TEST(last_bin_has_no_end)
{
	struct fio_histogram bins = { 0 };
	struct bounded b;

	fio_histogram_add(&bins, FIO_HISTOGRAM_BINS - 1, 4);
	b = fio_histogram_percentile(&bins, 50 * E9);
	assert_true(b.low_ns == (long double)LAST_LOW);
	assert_true(b.value_ns == b.low_ns && isinf(b.high_ns));
	fio_histogram_extremes(&bins, LAST_LOW + 5, LAST_LOW + 15);
	b = fio_histogram_percentile(&bins, 50 * E9);
	assert_true(b.low_ns == (long double)(LAST_LOW + 5));
	assert_true(b.high_ns == (long double)(LAST_LOW + 15));
	assert_true(b.value_ns > b.low_ns && b.value_ns < b.high_ns);
	fio_histogram_free(&bins);
}

/* Makes a histogram of values[from .. to) with this coarseness. */
static void make_bins(struct fio_histogram *bins, const uint64_t *values,
		      size_t from, size_t to, unsigned int coarseness)
{
	uint64_t min_ns = UINT64_MAX, max_ns = 0;
	size_t i;

	memset(bins, 0, sizeof(*bins));
	bins->coarseness = coarseness;
	for (i = from; i < to; i++) {
		uint32_t index = fio_histogram_index(values[i]);

		index &= ~((1u << coarseness) - 1);
		assert_ok(fio_histogram_add(bins, index, 1));
		min_ns = values[i] < min_ns ? values[i] : min_ns;
		max_ns = values[i] > max_ns ? values[i] : max_ns;
	}
	fio_histogram_extremes(bins, min_ns, max_ns);
}

static void check_bounds(const struct fio_histogram *bins,
			 const uint64_t *sorted, size_t n)
{
	size_t i;

	for (i = 0; i < 24; i++) {
		uint64_t e9 =
			i < 11 ? i * 10 * E9 : random64() % (100 * E9 + 1);
		struct bounded b = fio_histogram_percentile(bins, e9);
		long double want = textbook(sorted, n, e9);
		long double slack = want * 1e-18L;

		if (!(b.low_ns <= want + slack && want <= b.high_ns + slack &&
		      b.low_ns <= b.value_ns && b.value_ns <= b.high_ns))
			fail_msg("p%.9f of %zu: %.3Lf not in %.3Lf ... %.3Lf",
				 (double)e9 / 1e9, n, want, b.low_ns,
				 b.high_ns);
		if (!bins->extremes_known || (i && i < 10))
			continue;
		if (e9 == 0 || e9 == 100 * E9)
			assert_true(b.value_ns == want && b.low_ns == want &&
				    b.high_ns == want);
		/* The bounds are as near as the documents promise: 1/64. */
		if (!bins->coarseness && want < (long double)LAST_LOW)
			assert_true(b.high_ns - b.low_ns <= b.low_ns / 64 + 1 ||
				    n < 1000);
	}
}

TEST(samples_lie_within_the_bounds)
{
	static uint64_t values[COUNT_MAX];
	enum shape shape;
	struct fio_histogram bins;
	size_t i, n, round;

	for (shape = 0; shape < SHAPES; shape++) {
		for (round = 0; round < 40; round++) {
			n = 1 + (round < 8 ? round : random64() % COUNT_MAX);
			for (i = 0; i < n; i++)
				values[i] = draw(shape);
			make_bins(&bins, values, 0, n,
				  (unsigned int)(round % 3 ? 0 : round % 7));
			bins.extremes_known = round & 1;
			sort_values(values, n);
			check_bounds(&bins, values, n);
			fio_histogram_free(&bins);
		}
	}
}

static void assert_same(const struct fio_histogram *a,
			const struct fio_histogram *b)
{
	assert_int_equal(a->samples, b->samples);
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->coarseness, b->coarseness);
	assert_int_equal(a->extremes_known, b->extremes_known);
	if (a->extremes_known && a->samples) {
		assert_int_equal(a->min_ns, b->min_ns);
		assert_int_equal(a->max_ns, b->max_ns);
	}
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->bin[i].index, b->bin[i].index);
		assert_int_equal(a->bin[i].count, b->bin[i].count);
	}
}

/* Histograms are merged in any order, each with its own coarseness. */
TEST(order_of_merging_changes_nothing)
{
	static uint64_t values[COUNT_MAX];
	struct fio_histogram part[PARTS], one, other;
	size_t i, n, from, round;

	for (round = 0; round < 100; round++) {
		n = 1 + random64() % COUNT_MAX;
		for (i = 0; i < n; i++)
			values[i] = draw((enum shape)(random64() % SHAPES));
		for (i = 0, from = 0; i < PARTS; i++) {
			size_t to = i + 1 < PARTS
					    ? from + random64() % (n - from + 1)
					    : n;
			unsigned int coarseness =
				round % 4 ? 0 : (unsigned int)(random64() % 7);

			make_bins(&part[i], values, from, to, coarseness);
			from = to;
		}
		memset(&one, 0, sizeof(one));
		memset(&other, 0, sizeof(other));
		for (i = 0; i < PARTS; i++) {
			assert_ok(fio_histogram_merge(&one, &part[i]));
			assert_ok(fio_histogram_merge(&other,
						      &part[PARTS - 1 - i]));
		}
		assert_same(&one, &other);
		if (round % 4) {
			fio_histogram_free(&other);
			make_bins(&other, values, 0, n, 0);
			assert_same(&one, &other);
		}
		sort_values(values, n);
		check_bounds(&one, values, n);
		fio_histogram_free(&one);
		fio_histogram_free(&other);
		for (i = 0; i < PARTS; i++)
			fio_histogram_free(&part[i]);
	}
}

TEST(unknown_extremes_stay_unknown)
{
	struct fio_histogram known = { 0 }, unknown = { 0 }, sum = { 0 };

	fio_histogram_add(&known, 5, 1);
	fio_histogram_extremes(&known, 5, 5);
	fio_histogram_add(&unknown, 300, 1);
	assert_ok(fio_histogram_merge(&sum, &known));
	assert_true(sum.extremes_known);
	assert_ok(fio_histogram_merge(&sum, &unknown));
	assert_false(sum.extremes_known);
	assert_ok(fio_histogram_merge(&sum, &known));
	assert_false(sum.extremes_known);
	assert_int_equal(sum.samples, 3);
	fio_histogram_free(&known);
	fio_histogram_free(&unknown);
	fio_histogram_free(&sum);
}
