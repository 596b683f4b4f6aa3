// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorting, selection and percentiles are compared with brute force: qsort() of
 * a copy, and the formula as the textbook has it. Moments are compared with
 * sums in long double.
 */
#include "brute_force.h"
#include "test.h"
#include "stats/sample_set.h"

#define RUNS_MAX  7
#define COUNT_MAX 50000

enum shape {
	SHAPE_UNIFORM,
	SHAPE_TIES,
	SHAPE_CONSTANT,
	SHAPE_DESCENDING,
	SHAPE_ASCENDING,
	SHAPE_EXTREME,
	SHAPE_LONG_TAIL,
	SHAPES,
};

static uint64_t draw(enum shape shape, size_t i, size_t n)
{
	switch (shape) {
	case SHAPE_UNIFORM:
		return random64() % 1000000;
	case SHAPE_TIES:
		return random64() % 5;
	case SHAPE_CONSTANT:
		return 123456789;
	case SHAPE_DESCENDING:
		return (n - i) * 1000;
	case SHAPE_ASCENDING:
		return i * 1000;
	case SHAPE_EXTREME:
		return random64() & 1 ? (uint64_t)INT64_MAX - random64() % 3
				      : random64() % 3;
	default:
		return (random64() >> 1) >> (random64() % 63);
	}
}

/* The same samples as one run and as several. */
struct sets {
	uint64_t *all, *parts;
	struct sample_set whole, part[RUNS_MAX];
	const struct sample_set *whole_pointer, *part_pointer[RUNS_MAX];
	size_t parts_count;
};

/* Adds values as a reader does, in blocks of any size. */
static void add_all(struct sample_set *run, const uint64_t *values, size_t n)
{
	uint64_t scratch[SAMPLE_BLOCK_SAMPLES_MAX];
	size_t whole = random64() & 1
			       ? SAMPLE_BLOCK_SAMPLES_MAX
			       : 1 + random64() % SAMPLE_BLOCK_SAMPLES_MAX;

	while (n) {
		size_t now = n < whole ? n : whole;

		memcpy(scratch, values, now * sizeof(*scratch));
		assert_ok(sample_set_add(run, scratch, now));
		values += now;
		n -= now;
	}
}

static void make_sets(struct sets *sets, enum shape shape, size_t n)
{
	size_t i, at = 0;

	memset(sets, 0, sizeof(*sets));
	sets->all = calloc(n + 1, sizeof(uint64_t));
	sets->parts = calloc(n + 1, sizeof(uint64_t));
	for (i = 0; i < n; i++)
		sets->all[i] = sets->parts[i] = draw(shape, i, n);
	sort_values(sets->all, n);
	sets->whole_pointer = &sets->whole;
	add_all(&sets->whole, sets->parts, n);
	sets->parts_count = 1 + random64() % RUNS_MAX;
	for (i = 0; i < sets->parts_count; i++) {
		struct sample_set *run = &sets->part[i];
		size_t left = n - at;
		bool last = i + 1 == sets->parts_count;

		add_all(run, sets->parts + at,
			last   ? left
			: left ? random64() % left
			       : 0);
		at += run->count;
		sets->part_pointer[i] = run;
	}
}

static void free_sets(struct sets *sets)
{
	size_t i;

	for (i = 0; i < sets->parts_count; i++)
		sample_set_free(&sets->part[i]);
	sample_set_free(&sets->whole);
	free(sets->all);
	free(sets->parts);
}

static void assert_close(long double got, long double want)
{
	if (isnan(got) && isnan(want))
		return;
	if (!(fabsl(got - want) <= fabsl(want) * 1e-17L + 1e-6L))
		fail_msg("got %.6Lf, expected %.6Lf", got, want);
}

static void check_percentiles(const struct sets *sets, size_t n)
{
	static const uint64_t fixed[] = { 0,       50 * E9, 90 * E9,
					  95 * E9, 99 * E9, 100 * E9 };
	long double one[PERCENTILES_MAX], many[PERCENTILES_MAX];
	struct percentiles p = { .count = PERCENTILES_MAX };
	size_t i;

	for (i = 0; i < p.count; i++)
		p.p[i].e9 = i < 6 ? fixed[i] : random64() % (100 * E9 + 1);
	assert_ok(sample_set_percentiles(&sets->whole_pointer, 1, &p, one));
	assert_ok(sample_set_percentiles(sets->part_pointer, sets->parts_count,
					 &p, many));
	for (i = 0; i < p.count; i++) {
		assert_close(one[i], textbook(sets->all, n, p.p[i].e9));
		/*
		 * The results are equal and not only close, because it does not
		 * matter how samples are divided.
		 */
		assert_true(one[i] == many[i] ||
			    (isnan(one[i]) && isnan(many[i])));
	}
}

TEST(percentiles_by_brute_force)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 5, 63, 64, 65, 1000 };
	enum shape shape;
	struct sets sets;
	size_t i;

	for (shape = 0; shape < SHAPES; shape++) {
		for (i = 0; i < 30; i++) {
			size_t n = i < 10 ? sizes[i] : random64() % COUNT_MAX;

			make_sets(&sets, shape, n);
			check_percentiles(&sets, n);
			free_sets(&sets);
		}
	}
}

TEST(sorts_like_qsort)
{
	enum shape shape;
	size_t i;

	for (shape = 0; shape < SHAPES; shape++) {
		for (i = 0; i < 20; i++) {
			size_t n = i < 5 ? i : random64() % COUNT_MAX, j;
			uint64_t *a = calloc(n + 1, sizeof(*a));
			uint64_t *b = calloc(n + 1, sizeof(*b));
			uint64_t *scratch = calloc(n + 1, sizeof(*scratch));

			for (j = 0; j < n; j++)
				a[j] = b[j] = draw(shape, j, n);
			sort_values(a, n);
			sample_set_sort(b, scratch, n);
			assert_memory_equal(a, scratch, n * sizeof(*a));
			free(a);
			free(b);
			free(scratch);
		}
	}
}

/* SAMPLE_SET_RANKS_MAX neighbours at a time, a third of all. */
TEST(selects_any_rank)
{
	uint64_t ranks[SAMPLE_SET_RANKS_MAX], values[SAMPLE_SET_RANKS_MAX];
	enum shape shape;

	for (shape = 0; shape < SHAPES; shape++) {
		struct sets sets;
		size_t n = 30000, rank, i;

		make_sets(&sets, shape, n);
		for (rank = 0; rank + SAMPLE_SET_RANKS_MAX <= n;
		     rank += 3 * SAMPLE_SET_RANKS_MAX) {
			for (i = 0; i < SAMPLE_SET_RANKS_MAX; i++)
				ranks[i] = rank + i;
			assert_ok(sample_set_select(
				sets.part_pointer, sets.parts_count, ranks,
				SAMPLE_SET_RANKS_MAX, values));
			assert_memory_equal(values, sets.all + rank,
					    sizeof(values));
		}
		free_sets(&sets);
	}
}

TEST(moments_of_known_values)
{
	static const uint64_t three[] = { 2, 4, 9 };
	const uint64_t huge = INT64_MAX;
	struct moments m = { 0 };

	assert_true(isnan(moments_mean(&m)));
	assert_true(isnan(moments_stddev(&m)));
	moments_add(&m, three, 1);
	assert_true(moments_mean(&m) == 2);
	assert_true(isnan(moments_stddev(&m)));
	moments_add(&m, three + 1, 1);
	assert_true(moments_mean(&m) == 3);
	assert_close(moments_stddev(&m), sqrtl(2));
	moments_add(&m, three + 2, 1);
	assert_true(moments_mean(&m) == 5);
	assert_close(moments_stddev(&m), sqrtl(13));
	/*
	 * With large and nearly equal values simple sums in floating point
	 * fail.
	 */
	memset(&m, 0, sizeof(m));
	moments_add(&m, (uint64_t[]){ huge, huge - 1, huge - 2 }, 3);
	assert_true(moments_mean(&m) == (long double)(huge - 1));
	assert_true(moments_stddev(&m) == 1);
	memset(&m, 0, sizeof(m));
	moments_add(&m, (uint64_t[]){ 0, huge }, 2);
	assert_close(moments_stddev(&m) / (long double)huge, sqrtl(0.5L));
}

TEST(moments_of_many_huge_values)
{
	struct moments m = { 0 };
	uint64_t v[1000];
	size_t i;

	for (i = 0; i < 1000; i++)
		v[i] = (uint64_t)INT64_MAX - (i & 1);
	for (i = 0; i < 1000; i++)
		moments_add(&m, v, 1000);
	/*
	 * A million values that differ by one have the variance n / 4 / (n -
	 * 1).
	 */
	assert_close(moments_stddev(&m), sqrtl(250000.0L / 999999.0L));
	assert_int_equal(m.count, 1000000);
}

static void assert_same_moments(const struct moments *a,
				const struct moments *b)
{
	assert_int_equal(a->count, b->count);
	assert_true(a->sum == b->sum);
	assert_true(a->squares == b->squares);
	assert_int_equal(a->squares_high, b->squares_high);
}

TEST(moments_do_not_depend_on_order)
{
	enum shape shape;
	struct sets sets;
	size_t i;

	for (shape = 0; shape < SHAPES; shape++) {
		struct moments merged = { 0 };

		make_sets(&sets, shape, 3000);
		for (i = sets.parts_count; i-- > 0;)
			moments_merge(&merged, &sets.part[i].moments);
		assert_same_moments(&merged, &sets.whole.moments);
		free_sets(&sets);
	}
}
