// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "profile/profile_series.h"

void profile_series(const struct profile *p,
		    struct profile_series series[PROFILE_SERIES])
{
#define OF(key, title, charted, doubling)                                      \
	{                                                                      \
		profile_key[key], title, charted, doubling, &p->of[key], 1, 0  \
	}
	const struct profile_series all[PROFILE_SERIES] = {
		OF(PROFILE_SIZE, "bytes of a file", true, true),
		{ "files", "files in a directory", true, true, p->files,
		  p->levels, 0 },
		{ "directories", "directories in a directory", true, true,
		  p->directories, p->levels, 0 },
		OF(PROFILE_DEPTH, "directories above a file", true, false),
		OF(PROFILE_NAME, "bytes of a file's name", false, false),
		OF(PROFILE_DIR_NAME, "bytes of a directory's name", false,
		   false),
		OF(PROFILE_XATTRS, "attributes of a file", false, false),
		OF(PROFILE_XATTR_BYTES, "bytes of its attributes", false, true),
		OF(PROFILE_LINKS, "hard links of a file", false, false),
		OF(PROFILE_HOLES, "percent of a file in holes", false, false),
	};
#undef OF

	for (int i = 0; i < PROFILE_SERIES; i++) {
		series[i] = all[i];
		for (unsigned int k = 0; k < all[i].parts; k++)
			series[i].total += all[i].part[k].total;
	}
}

double profile_series_mean(const struct profile_series *s)
{
	double sum = 0;

	for (unsigned int k = 0; k < s->parts; k++)
		sum += distribution_mean(&s->part[k], UINT64_MAX) *
		       (double)s->part[k].total;
	return sum / (double)s->total;
}

uint64_t profile_series_most(const struct profile_series *s)
{
	uint64_t most = 0;

	for (unsigned int k = 0; k < s->parts; k++) {
		const struct distribution *d = &s->part[k];

		if (d->rows && d->row[d->rows - 1].high > most)
			most = d->row[d->rows - 1].high;
	}
	return most;
}

double profile_series_up_to(const struct profile_series *s, uint64_t value)
{
	double sum = 0;

	for (unsigned int k = 0; k < s->parts; k++)
		sum += distribution_up_to(&s->part[k], value);
	return sum;
}

uint64_t profile_series_quantile(const struct profile_series *s, double share)
{
	uint64_t low = 0, high = profile_series_most(s);
	/* Sums of parts of ranges may miss a whole number by a little. */
	double wanted = share * (double)s->total - 1e-6;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (profile_series_up_to(s, middle) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The largest difference at the ends of the ranges of `at`. */
static double distance_at(const struct profile_series *a,
			  const struct profile_series *b,
			  const struct distribution *at)
{
	double most = 0;

	for (uint32_t i = 0; i < 2 * at->rows; i++) {
		const struct distribution_row *row = &at->row[i / 2];
		uint64_t value = i % 2 ? row->high : row->low - 1;
		double difference;

		if (!(i % 2) && !row->low)
			continue;
		difference =
			fabs(profile_series_up_to(a, value) / (double)a->total -
			     profile_series_up_to(b, value) / (double)b->total);
		if (difference > most)
			most = difference;
	}
	return most;
}

double profile_series_distance(const struct profile_series *a,
			       const struct profile_series *b)
{
	double most = 0;

	if (!a->total || !b->total)
		return NAN;
	for (unsigned int k = 0; k < a->parts; k++)
		most = fmax(most, distance_at(a, b, &a->part[k]));
	for (unsigned int k = 0; k < b->parts; k++)
		most = fmax(most, distance_at(a, b, &b->part[k]));
	return most;
}
