// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list that was parsed, and printed as names, is parsed to the same list
 * again.
 */
#include "fuzz.h"
#include "stats/percentiles.h"

#define LIST_MAX 1024

static void check_round_trip(const struct percentiles *p)
{
	char list[PERCENTILES_MAX * (PERCENTILE_NAME_MAX + 1)] = "";
	char error[PERCENTILES_ERROR_MAX];
	struct percentiles again;
	size_t i;

	for (i = 0; i < p->count; i++) {
		assert(p->p[i].e9 <= UINT64_C(100000000000));
		sprintf(list + strlen(list), "%s%s", i ? "," : "",
			p->p[i].name);
	}
	assert(!percentiles_parse(&again, list, error));
	assert(again.count == p->count);
	for (i = 0; i < p->count; i++)
		assert(again.p[i].e9 == p->p[i].e9);
}

FUZZ(data, size)
{
	char list[LIST_MAX], error[PERCENTILES_ERROR_MAX] = "";
	struct percentiles p;
	int ret;

	if (!fuzz_text(list, sizeof(list), data, size))
		return;
	ret = percentiles_parse(&p, list, error);
	assert(!ret || (ret == -EINVAL && error[0]));
	if (!ret)
		check_round_trip(&p);
}
