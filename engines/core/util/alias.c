// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "util/alias.h"

#define WHOLE ((uint64_t)1 << 32)

/*
 * Turns weights into integers that add up to count * WHOLE. What rounding
 * leaves over goes to the largest.
 */
static void scale(uint64_t *part, const double *weight, uint32_t count)
{
	double sum = 0, whole = (double)count * (double)WHOLE;
	uint64_t left = count * WHOLE;
	uint32_t largest = 0;

	for (uint32_t i = 0; i < count; i++) {
		sum += weight[i];
		if (weight[i] > weight[largest])
			largest = i;
	}
	for (uint32_t i = 0; i < count; i++) {
		part[i] = (uint64_t)(weight[i] / sum * whole);
		if (i != largest)
			left -= part[i];
	}
	part[largest] = left;
}

/*
 * Fills the columns. A number with less than a whole column shares its column
 * with one that has more. `small` holds the numbers with less from its
 * beginning on, and those with more from its end on.
 */
static void fill(struct alias *a, uint64_t *part, uint32_t *small)
{
	uint32_t less = 0, more = a->count;

	for (uint32_t i = 0; i < a->count; i++) {
		a->column[i] = (struct alias_column){ UINT32_MAX, i };
		if (part[i] < WHOLE)
			small[less++] = i;
		else
			small[--more] = i;
	}
	while (less && more < a->count) {
		uint32_t s = small[--less], l = small[more];

		a->column[s].below = (uint32_t)part[s];
		a->column[s].other = l;
		part[l] -= WHOLE - part[s];
		if (part[l] >= WHOLE)
			continue;
		more++;
		small[less++] = l;
	}
}

int alias_init(struct alias *a, const double *weight, uint32_t count)
{
	uint64_t *part = calloc(count, sizeof(*part));
	uint32_t *small = calloc(count, sizeof(*small));
	int ret = -ENOMEM;

	a->count = count;
	a->column = calloc(count, sizeof(*a->column));
	if (part && small && a->column) {
		scale(part, weight, count);
		fill(a, part, small);
		ret = 0;
	} else {
		alias_free(a);
	}
	free(part);
	free(small);
	return ret;
}

void alias_free(struct alias *a)
{
	free(a->column);
	a->column = NULL;
}
