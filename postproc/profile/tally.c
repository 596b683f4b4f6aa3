// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/tally.h"

static uint32_t range_of(uint64_t number)
{
	unsigned int shift;

	if (number < 2 * TALLY_EXACT)
		return (uint32_t)number;
	/* 64 to 127 remain of the number when `shift` bits are left out. */
	shift = 57 - (unsigned int)__builtin_clzll(number);
	return (uint32_t)(number >> shift) + shift * TALLY_EXACT;
}

/* The first number of a range. */
static uint64_t first_of(uint32_t range)
{
	unsigned int shift =
		range < 2 * TALLY_EXACT ? 0 : range / TALLY_EXACT - 1;

	return shift ? (uint64_t)(TALLY_EXACT + range % TALLY_EXACT) << shift
		     : range;
}

int tally_add(struct tally *t, uint64_t number)
{
	uint32_t range;

	if (number > DISTRIBUTION_VALUE_MAX)
		number = DISTRIBUTION_VALUE_MAX;
	range = range_of(number);
	if (range >= t->ranges) {
		uint32_t ranges = range + TALLY_EXACT;
		uint64_t *count =
			reallocarray(t->count, ranges, sizeof(*count));

		if (!count)
			return -ENOMEM;
		memset(count + t->ranges, 0,
		       (ranges - t->ranges) * sizeof(*count));
		t->count = count;
		t->ranges = ranges;
	}
	t->count[range]++;
	return 0;
}

int tally_distribution(const struct tally *t, struct distribution *d)
{
	int ret = 0;

	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; !ret && i < t->ranges; i++) {
		uint64_t high = first_of(i + 1) - 1;

		if (high > DISTRIBUTION_VALUE_MAX)
			high = DISTRIBUTION_VALUE_MAX;
		if (t->count[i])
			ret = distribution_add(d, first_of(i), high,
					       t->count[i]);
	}
	return ret;
}

void tally_free(struct tally *t)
{
	free(t->count);
	memset(t, 0, sizeof(*t));
}
