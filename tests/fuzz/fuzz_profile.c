// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile. Either it is refused with a message of one line, or all that it
 * says agrees: ranges ascend, counts add up, and each level of directories has
 * one count of them.
 */
#include "fuzz.h"
#include "util/profile.h"

static void check(const struct distribution *d)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < d->rows; i++) {
		assert(d->row[i].low <= d->row[i].high);
		assert(!i || d->row[i - 1].high < d->row[i].low);
		assert(d->row[i].below == sum);
		assert(distribution_count(d, i));
		sum += distribution_count(d, i);
		assert(distribution_at(d, d->row[i].below, 0) == d->row[i].low);
		assert(distribution_at(d, sum - 1, UINT64_MAX) <=
		       d->row[i].high);
	}
	assert(sum == d->total && sum <= DISTRIBUTION_TOTAL_MAX);
}

FUZZ(data, size)
{
	struct failure failure;
	struct profile p;
	int ret = profile_parse(&p, "name", (const char *)data, size, &failure);

	if (ret) {
		assert(ret == -EINVAL && failure.text[0]);
		assert(!strchr(failure.text, '\n'));
	} else {
		for (int i = 0; i < PROFILE_KEYS; i++)
			check(&p.of[i]);
		for (unsigned int k = 0; k < p.levels; k++) {
			check(&p.files[k]);
			check(&p.directories[k]);
			assert(p.files[k].total == p.directories[k].total);
		}
	}
	profile_free(&p);
}
