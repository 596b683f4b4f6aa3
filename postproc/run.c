// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define DIGIT_BITS     11
#define DIGIT_SIZE     (1u << DIGIT_BITS)
#define DIGITS         6 /* 66 bits */
#define SMALL_COUNT    64
#define PERCENT_E9_ALL (UINT64_C(100) * 1000000000)

static unsigned digit(uint64_t value, unsigned d)
{
	return (unsigned)(value >> (d * DIGIT_BITS)) & (DIGIT_SIZE - 1);
}

static void insertion_sort(uint64_t *values, size_t count)
{
	size_t i, j;

	for (i = 1; i < count; i++) {
		uint64_t v = values[i];

		for (j = i; j > 0 && values[j - 1] > v; j--)
			values[j] = values[j - 1];
		values[j] = v;
	}
}

/* One pass: from -> to, ordered by digit d. False: all share that digit. */
static bool distribute(const uint64_t *from, uint64_t *to, size_t count,
		       size_t *places, unsigned d)
{
	size_t i, next = 0;

	if (places[digit(from[0], d)] == count)
		return false;
	for (i = 0; i < DIGIT_SIZE; i++) {
		size_t here = places[i];

		places[i] = next;
		next += here;
	}
	for (i = 0; i < count; i++)
		to[places[digit(from[i], d)]++] = from[i];
	return true;
}

int run_sort(uint64_t *values, size_t count)
{
	size_t(*places)[DIGIT_SIZE];
	uint64_t *from = values, *to, *scratch;
	size_t i;
	unsigned d;

	if (count <= SMALL_COUNT) {
		insertion_sort(values, count);
		return 0;
	}
	places = calloc(DIGITS, sizeof(*places));
	scratch = reallocarray(NULL, count, sizeof(*scratch));
	if (!places || !scratch) {
		free(places);
		free(scratch);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		for (d = 0; d < DIGITS; d++)
			places[d][digit(values[i], d)]++;
	}
	to = scratch;
	for (d = 0; d < DIGITS; d++) {
		if (distribute(from, to, count, places[d], d)) {
			uint64_t *swap = from;

			from = to;
			to = swap;
		}
	}
	if (from != values)
		memcpy(values, from, count * sizeof(*values));
	free(places);
	free(scratch);
	return 0;
}

/* How many values of the run are at most `value`. */
static size_t count_up_to(const struct run *run, uint64_t value)
{
	size_t low = 0, high = run->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->latency_ns[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t count_all_up_to(const struct run *const *runs, size_t n,
				uint64_t value)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < n; i++)
		count += count_up_to(runs[i], value);
	return count;
}

uint64_t run_select(const struct run *const *runs, size_t n, uint64_t rank)
{
	uint64_t low = UINT64_MAX, high = 0;
	size_t i;

	if (n == 1)
		return runs[0]->latency_ns[rank];
	for (i = 0; i < n; i++) {
		const struct run *run = runs[i];

		if (!run->count)
			continue;
		if (run->latency_ns[0] < low)
			low = run->latency_ns[0];
		if (run->latency_ns[run->count - 1] > high)
			high = run->latency_ns[run->count - 1];
	}
	/* The smallest value with more than `rank` values up to it. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (count_all_up_to(runs, n, middle) > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

long double run_percentile(const struct run *const *runs, size_t n,
			   uint64_t percent_e9)
{
	uint64_t count = 0, rank, rest, value, next;
	uint128 scaled;
	size_t i;

	for (i = 0; i < n; i++)
		count += runs[i]->count;
	if (!count)
		return NAN;
	scaled = (uint128)(count - 1) * percent_e9;
	rank = (uint64_t)(scaled / PERCENT_E9_ALL);
	rest = (uint64_t)(scaled % PERCENT_E9_ALL);
	value = run_select(runs, n, rank);
	if (!rest)
		return (long double)value;
	next = run_select(runs, n, rank + 1);
	/* Whole ns and the rest apart, so that no digit of either is lost. */
	scaled = (uint128)(next - value) * rest;
	value += (uint64_t)(scaled / PERCENT_E9_ALL);
	rest = (uint64_t)(scaled % PERCENT_E9_ALL);
	return (long double)value +
	       (long double)rest / (long double)PERCENT_E9_ALL;
}
