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

int tally_add(struct tally *t, uint64_t number)
{
	struct tally_range *seen;
	uint32_t range;

	if (number > DISTRIBUTION_VALUE_MAX)
		number = DISTRIBUTION_VALUE_MAX;
	range = range_of(number);
	if (range >= t->ranges) {
		uint32_t ranges = range + TALLY_EXACT;

		seen = reallocarray(t->seen, ranges, sizeof(*seen));
		if (!seen)
			return -ENOMEM;
		memset(seen + t->ranges, 0,
		       (ranges - t->ranges) * sizeof(*seen));
		t->seen = seen;
		t->ranges = ranges;
	}
	seen = &t->seen[range];
	if (!seen->count || number < seen->least)
		seen->least = number;
	if (number > seen->most)
		seen->most = number;
	seen->count++;
	return 0;
}

int tally_distribution(const struct tally *t, struct distribution *d)
{
	int ret = 0;

	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; !ret && i < t->ranges; i++) {
		const struct tally_range *seen = &t->seen[i];

		if (seen->count)
			ret = distribution_add(d, seen->least, seen->most,
					       seen->count);
	}
	return ret;
}

void tally_free(struct tally *t)
{
	free(t->seen);
	memset(t, 0, sizeof(*t));
}
