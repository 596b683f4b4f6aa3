// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/distribution.h"

int distribution_add(struct distribution *d, uint64_t low, uint64_t high,
		     uint64_t count)
{
	struct distribution_row *row;

	if (low > high || high > DISTRIBUTION_VALUE_MAX || !count ||
	    count > DISTRIBUTION_TOTAL_MAX - d->total ||
	    d->rows == DISTRIBUTION_ROWS_MAX ||
	    (d->rows && low <= d->row[d->rows - 1].high))
		return -EINVAL;
	/* It is full whenever it has 0 or a power of two of rows. */
	if (!(d->rows & (d->rows - 1))) {
		row = reallocarray(d->row, d->rows ? 2 * d->rows : 1,
				   sizeof(*row));
		if (!row)
			return -ENOMEM;
		d->row = row;
	}
	d->row[d->rows++] = (struct distribution_row){ low, high, d->total };
	d->total += count;
	return 0;
}

void distribution_free(struct distribution *d)
{
	free(d->row);
	memset(d, 0, sizeof(*d));
}

uint64_t distribution_count(const struct distribution *d, uint32_t row)
{
	uint64_t end = row + 1 < d->rows ? d->row[row + 1].below : d->total;

	return end - d->row[row].below;
}

uint64_t distribution_at(const struct distribution *d, uint64_t rank,
			 uint64_t random)
{
	uint32_t from = 0, end = d->rows;
	const struct distribution_row *row;

	while (end - from > 1) {
		uint32_t middle = from + (end - from) / 2;

		if (d->row[middle].below <= rank)
			from = middle;
		else
			end = middle;
	}
	row = &d->row[from];
	return row->low + random % (row->high - row->low + 1);
}

uint64_t distribution_rank(const struct distribution *d, uint64_t i,
			   uint64_t parts)
{
	return (uint64_t)((__uint128_t)(2 * i + 1) * d->total / 2 / parts);
}

double distribution_mean(const struct distribution *d, uint64_t most)
{
	double sum = 0;

	for (uint32_t i = 0; i < d->rows; i++) {
		const struct distribution_row *row = &d->row[i];
		double middle = ((double)row->low + (double)row->high) / 2;

		if (middle > (double)most)
			middle = (double)most;
		sum += middle * (double)distribution_count(d, i);
	}
	return d->total ? sum / (double)d->total : 0;
}

double distribution_up_to(const struct distribution *d, uint64_t value)
{
	double sum = 0;

	for (uint32_t i = 0; i < d->rows && d->row[i].low <= value; i++) {
		const struct distribution_row *row = &d->row[i];
		double count = (double)distribution_count(d, i);

		if (value < row->high)
			count *= (double)(value - row->low + 1) /
				 (double)(row->high - row->low + 1);
		sum += count;
	}
	return sum;
}
