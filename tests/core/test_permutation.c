// SPDX-License-Identifier: GPL-2.0-only
#include "test.h"
#include "util/permutation.h"

/* Checks that each number below n comes once. */
static void check_once(uint64_t n, uint64_t key)
{
	uint8_t *seen = calloc(1, n);
	struct permutation p;

	assert_non_null(seen);
	permutation_init(&p, n, key);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t number = permutation_at(&p, i);

		assert_true(number < n);
		assert_int_equal(seen[number], 0);
		seen[number] = 1;
	}
	free(seen);
}

TEST(each_once)
{
	static const uint64_t counts[] = {
		97, 101, 1009, 10007, 100003, 200000
	};

	for (uint64_t n = 1; n <= 70; n++)
		for (uint64_t key = 0; key < 5; key++)
			check_once(n, key);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		check_once(counts[i], i);
	for (unsigned int bits = 7; bits <= 17; bits++)
		for (uint64_t n = (1u << bits) - 1; n <= (1u << bits) + 1; n++)
			check_once(n, bits);
}

/* There are too many numbers to note each. Neighbours are never the same. */
TEST(of_many)
{
	const uint64_t n = (1ull << 40) + 12345;
	struct permutation p;
	uint64_t sum = 0;

	permutation_init(&p, n, 1);
	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t number = permutation_at(&p, i);

		assert_true(number < n);
		assert_int_not_equal(number, permutation_at(&p, i + 1));
		sum += number / 100000;
	}
	/* The mean of 100,000 numbers lies within 5 standard deviations. */
	assert_in_range(sum, n / 2 - n / 200, n / 2 + n / 200);
}

/* Checks that over many keys each place has each number about equally often. */
static void check_places(uint64_t n, uint64_t keys)
{
	uint64_t *count = calloc(n * n, sizeof(*count));
	double expected = (double)keys / (double)n, sum = 0;
	/* Chi squared has this mean, and a variance of twice as much. */
	double freedom = (double)(n - 1) * (double)(n - 1);

	assert_non_null(count);
	for (uint64_t key = 0; key < keys; key++) {
		struct permutation p;

		permutation_init(&p, n, key);
		for (uint64_t i = 0; i < n; i++)
			count[i * n + permutation_at(&p, i)]++;
	}
	for (uint64_t i = 0; i < n * n; i++) {
		double d = (double)count[i] - expected;

		sum += d * d / expected;
	}
	free(count);
	/* Five standard deviations, and 5 more for the least freedom. */
	if ((sum - freedom) * (sum - freedom) > 50 * freedom + 100)
		fail_msg("%llu numbers: chi squared is %g of %g",
			 (unsigned long long)n, sum, freedom);
}

TEST(any_place)
{
	static const uint64_t counts[] = {
		2, 3, 4, 5, 8, 9, 16, 17, 31, 64, 100
	};

	for_each_in (row, counts)
		check_places(*row, 20000);
}

/*
 * Neighbours are as far apart as numbers drawn at random: n / 3 on average,
 * with a standard deviation of 0.24 n.
 */
TEST(neighbours_apart)
{
	for (uint64_t n = 1000; n <= 1000000; n = n * 10 + 7) {
		struct permutation p;
		double sum = 0, mean, last = 0;

		permutation_init(&p, n, n);
		for (uint64_t i = 0; i < n; i++) {
			double number = (double)permutation_at(&p, i);

			if (i)
				sum += number > last ? number - last
						     : last - number;
			last = number;
		}
		mean = sum / (double)(n - 1) / (double)n;
		assert_true(mean > 1 / 3. - 0.04 && mean < 1 / 3. + 0.04);
	}
}

TEST(by_key)
{
	struct permutation a, b, c;
	unsigned int same = 0;

	permutation_init(&a, 10000, 1);
	permutation_init(&b, 10000, 1);
	permutation_init(&c, 10000, 2);
	assert_memory_equal(&a, &b, sizeof(a));
	for (uint64_t i = 0; i < 10000; i++)
		same += permutation_at(&a, i) == permutation_at(&c, i);
	assert_in_range(same, 0, 10);
}
