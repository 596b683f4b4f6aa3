// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stats/percentiles.h"
#include "util/number.h"

#define E9       UINT64_C(1000000000)
#define ALL_E9   (100 * E9)
#define DECIMALS 9

/*
 * Reads a percentile: "99.9" at *p gives 99900000000, and *p moves behind it.
 * False: there is no number from 0 to 100 with at most 9 decimal places.
 */
static bool parse_one(const char **p, uint64_t *e9)
{
	const char *s = *p, *point;

	if (number_seconds(p, e9) || *e9 > ALL_E9)
		return false;
	point = memchr(s, '.', (size_t)(*p - s));
	return !point || *p - point <= DECIMALS + 1;
}

static void set_name(struct percentile *percentile)
{
	size_t n;

	snprintf(percentile->name, sizeof(percentile->name), "%u.%09u",
		 (unsigned)(percentile->e9 / E9) % 1000,
		 (unsigned)(percentile->e9 % E9));
	n = strlen(percentile->name);
	while (percentile->name[n - 1] == '0')
		n--;
	if (percentile->name[n - 1] == '.')
		n--;
	percentile->name[n] = '\0';
}

static bool has(const struct percentiles *percentiles, uint64_t e9)
{
	size_t i;

	for (i = 0; i < percentiles->count; i++) {
		if (percentiles->p[i].e9 == e9)
			return true;
	}
	return false;
}

static int fail(char *error, const char *list, const char *p,
		const char *message)
{
	snprintf(error, PERCENTILES_ERROR_MAX, "column %zu: %s",
		 (size_t)(p - list) + 1, message);
	return -EINVAL;
}

int percentiles_parse(struct percentiles *percentiles, const char *list,
		      char *error)
{
	const char *p = list;

	percentiles->count = 0;
	for (;;) {
		const char *start = p;
		struct percentile *next;
		uint64_t e9;

		if (percentiles->count == PERCENTILES_MAX)
			return fail(error, list, p,
				    "expected at most 32 percentiles");
		if (!parse_one(&p, &e9))
			return fail(error, list, start,
				    "expected a percentile from 0 to 100 with "
				    "at most 9 decimal places, as in "
				    "50,99,99.9");
		if (has(percentiles, e9))
			return fail(error, list, start,
				    "this percentile is named twice");
		next = &percentiles->p[percentiles->count++];
		next->e9 = e9;
		set_name(next);
		if (!*p)
			return 0;
		if (*p != ',')
			return fail(error, list, p,
				    "expected \",\" between percentiles");
		p++;
	}
}

bool percentile_has_enough(const struct percentile *percentile,
			   uint64_t samples)
{
	uint64_t above = ALL_E9 - percentile->e9;

	if (!above)
		return samples > 0;
	return (unsigned __int128)samples * above >= ALL_E9;
}
