// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/changepoint.h"
#include "util/hash64.h"

#define SEED UINT64_C(0x5f10)

static void shuffle(double *values, size_t n, uint64_t *state)
{
	size_t i;

	for (i = n; i > 1; i--) {
		size_t k = hash64_next(state) % i;
		double value = values[i - 1];

		values[i - 1] = values[k];
		values[k] = value;
	}
}

/*
 * The energy between a part of m values and a part of n values, from the sums
 * of distances within each part and across the parts:
 *   m n / (m + n) (2 across / (m n) - within_m / (m choose 2)
 *                                   - within_n / (n choose 2))
 */
static double energy(double m, double n, double within_m, double within_n,
		     double across)
{
	return m * n / (m + n) *
	       (2 * across / (m * n) - within_m / (m * (m - 1) / 2) -
		within_n / (n * (n - 1) / 2));
}

/*
 * Finds the division with the largest energy: the second part begins at *at.
 * Returns that energy. Of equal energies the first counts.
 */
static double best_division(const double *values, size_t n, size_t *at)
{
	double within_m = 0, within_n = 0, across = 0, best = -INFINITY;
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			within_n += fabs(values[i] - values[k]);
	for (i = 0; i + CHANGEPOINT_SEGMENT < n; i++) {
		double before = 0, after = 0, e;

		/* values[i] moves from the second part to the first. */
		for (k = 0; k < i; k++)
			before += fabs(values[i] - values[k]);
		for (k = i + 1; k < n; k++)
			after += fabs(values[i] - values[k]);
		within_m += before;
		within_n -= after;
		across += after - before;
		if (i + 1 < CHANGEPOINT_SEGMENT)
			continue;
		e = energy((double)(i + 1), (double)(n - i - 1), within_m,
			   within_n, across);
		if (e > best) {
			best = e;
			*at = i + 1;
		}
	}
	return best;
}

/*
 * Whether a division with the energy `found` is rare: few random orders of the
 * same values have a division as good.
 */
static bool is_rare(const double *values, size_t n, double found,
		    double *scratch, uint64_t *state)
{
	int i, as_good = 1;
	size_t at;

	memcpy(scratch, values, n * sizeof(*scratch));
	for (i = 0; i < CHANGEPOINT_SHUFFLES; i++) {
		shuffle(scratch, n, state);
		/* The factor keeps rounding from making equal energies differ.
		 */
		as_good += best_division(scratch, n, &at) >= found * (1 - 1e-9);
		if (as_good > CHANGEPOINT_LEVEL * (CHANGEPOINT_SHUFFLES + 1))
			return false;
	}
	return true;
}

struct segment {
	size_t from, to;
};

int changepoint_find(const double *values, size_t n, bool *changed)
{
	struct segment *open;
	double *scratch;
	uint64_t state = SEED;
	size_t opened = 0;
	int ret = -ENOMEM;

	if (n > CHANGEPOINT_VALUES_MAX)
		return -E2BIG;
	memset(changed, 0, n * sizeof(*changed));
	open = reallocarray(NULL, n + 1, sizeof(*open));
	scratch = reallocarray(NULL, n + 1, sizeof(*scratch));
	if (open && scratch) {
		open[opened++] = (struct segment){ 0, n };
		ret = 0;
	}
	while (opened) {
		struct segment s = open[--opened];
		size_t length = s.to - s.from, at = 0;
		double found;

		if (length < 2 * CHANGEPOINT_SEGMENT)
			continue;
		found = best_division(values + s.from, length, &at);
		if (!(found > 0) ||
		    !is_rare(values + s.from, length, found, scratch, &state))
			continue;
		changed[s.from + at] = true;
		open[opened++] = (struct segment){ s.from + at, s.to };
		open[opened++] = (struct segment){ s.from, s.from + at };
	}
	free(open);
	free(scratch);
	return ret;
}
