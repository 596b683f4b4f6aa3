// SPDX-License-Identifier: GPL-2.0-only
/* Which files a mix draws. */
#include <math.h>

#include "op/mix_state.h"
#include "rig.h"
#include "util/hash64.h"

TEST(draws_by_rank)
{
	struct population p;
	uint64_t random = 1, seen[10001] = { 0 };

	assert_ok(population_init(&p, 10001, false));
	for (uint64_t i = 0; i < p.size; i += 7)
		population_set(&p, i, true);
	for (uint64_t i = 0; i < p.count; i++)
		assert_int_equal(population_nth(&p, i, true), 7 * i);
	for (uint64_t i = 0; i < p.size - p.count; i++)
		assert_int_equal(population_nth(&p, i, false),
				 i / 6 * 7 + 1 + i % 6);
	/* With few of them, the counts of blocks lead to one. */
	for (uint64_t i = 0; i < p.size; i++)
		population_set(&p, i, i == 3 || i == 5000 || i == 10000);
	assert_int_equal(p.count, 3);
	for (int i = 0; i < 30000; i++)
		seen[population_draw(&p, true, &random)]++;
	/* 10,000 each, with a standard deviation of 82. */
	assert_in_range(seen[3], 9600, 10400);
	assert_in_range(seen[5000], 9600, 10400);
	assert_int_equal(seen[3] + seen[5000] + seen[10000], 30000);
	memset(p.bits, 0xff, population_words(&p) * 8);
	population_count(&p);
	assert_int_equal(p.count, 10001);
	population_set(&p, 77, false);
	assert_int_equal(population_draw(&p, false, &random), 77);
	population_free(&p);
}

/* Ten million draws with these weights: each share is within 3 sigma. */
TEST(shares)
{
	static const double weight[] = { 10, 55, 0.5, 20, 5, 5, 5, 1e-3 };
	const unsigned int n = sizeof(weight) / sizeof(*weight);
	const double draws = 1e7;
	uint64_t random = 1, count[8] = { 0 };
	double sum = 0;
	struct alias a;

	for (unsigned int i = 0; i < n; i++)
		sum += weight[i];
	assert_ok(alias_init(&a, weight, n));
	for (uint64_t i = 0; i < (uint64_t)draws; i++)
		count[alias_draw(&a, hash64_next(&random))]++;
	for (unsigned int i = 0; i < n; i++) {
		double share = weight[i] / sum;
		double sigma = sqrt(draws * share * (1 - share));

		if (fabs((double)count[i] - draws * share) > 3 * sigma)
			fail_msg("weight %g: %llu of %g draws, expected %.0f "
				 "+- %.0f",
				 weight[i], (unsigned long long)count[i], draws,
				 draws * share, 3 * sigma);
	}
	alias_free(&a);
}

/* Counts how often each of a million draws meets a file. */
static uint64_t *demand(struct choice *c, const struct population *p)
{
	uint64_t *count = calloc(p->size, sizeof(*count)), random = 3;

	assert_non_null(count);
	for (int i = 0; i < 1000000; i++)
		count[choice_draw(c, p, &random)]++;
	return count;
}

/* The demand for the file of rank r is as r^-T. */
TEST(zipf)
{
	const uint64_t size = 100000;
	struct failure f;
	struct population p;
	struct choice c;
	double all = 0;
	uint64_t *count;

	assert_ok(choice_parse(&c, "zipf:1.2", &f));
	assert_ok(choice_init(&c, size, 7));
	assert_ok(population_init(&p, size, false));
	for (uint64_t i = 0; i < size; i++) {
		population_set(&p, i, true);
		all += pow((double)i + 1, -1.2);
	}
	count = demand(&c, &p);
	for (uint64_t rank = 0; rank < 100; rank++) {
		double want = 1e6 * pow((double)rank + 1, -1.2) / all;
		double got = (double)count[permutation_at(&c.rank, rank)];

		if (fabs(got - want) > 5 * sqrt(want) + want / 100)
			fail_msg("rank %llu: %g, expected %g",
				 (unsigned long long)rank + 1, got, want);
	}
	free(count);
	/* A file that is not there is not drawn. */
	population_set(&p, permutation_at(&c.rank, 0), false);
	count = demand(&c, &p);
	assert_int_equal(count[permutation_at(&c.rank, 0)], 0);
	free(count);
	population_free(&p);
	choice_free(&c);
}

/* The mean age in files is the one asked for. */
TEST(recent)
{
	const uint64_t size = 100000;
	struct failure f;
	struct population p;
	struct choice c;
	uint64_t *count;
	double mean = 0;

	assert_ok(choice_parse(&c, "recent:50", &f));
	assert_ok(choice_init(&c, size, 7));
	assert_ok(population_init(&p, size, false));
	for (uint64_t i = 0; i < size; i++) {
		population_set(&p, i, true);
		choice_note(&c, i);
	}
	count = demand(&c, &p);
	for (uint64_t i = 0; i < size; i++)
		mean += (double)count[i] * (double)(size - 1 - i) / 1e6;
	assert_true(mean > 49 && mean < 51);
	assert_true(count[size - 1] > count[size - 40]);
	free(count);
	population_free(&p);
	choice_free(&c);
}

TEST(refuses_distributions)
{
	static const char *const bad[] = {
		"zipf",    "zipf:",    "zipf:0",     "zipf:-1", "zipf:nan",
		"zipf:1x", "recent:0", "recent:1e9", "pareto:1"
	};
	struct failure f;
	struct choice c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(choice_parse(&c, bad[i], &f), -EINVAL);
		assert_says(f.text, "expected uniform, zipf:T");
	}
}
