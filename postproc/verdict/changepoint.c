// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/changepoint.h"
#include "util/hash64.h"

#define SEED UINT64_C(0x5f10)
/* A normal value is so many spreads above its mean in 5 % of cases. */
#define ONE_IN_20 1.645

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

/* What a search needs: room for values in another order, and for sums. */
struct workspace {
	double *values, *sums;
	uint64_t state; /* of the random orders */
};

/* A part [from, to) of a series, and how far it lies from the rest. */
struct division {
	size_t from, to;
	double energy;
};

typedef struct division find_division(const double *values, size_t n,
				      double *sums);

/*
 * Finds where to cut the series in two with the largest energy: the part from
 * the cut to the end. Of equal energies the first counts.
 */
static struct division best_cut(const double *values, size_t n, double *sums)
{
	double within_m = 0, within_n = 0, across = 0;
	struct division best = { 0, n, -INFINITY };
	size_t i, k;

	(void)sums;
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
		if (e > best.energy)
			best = (struct division){ i + 1, n, e };
	}
	return best;
}

/*
 * Fills in sums[i * (n + 1) + k], the sum of the distances between any of the
 * first i values and any of the first k values.
 */
static void sum_distances(const double *values, size_t n, double *sums)
{
	size_t i, k, row = n + 1;

	memset(sums, 0, row * sizeof(*sums));
	for (i = 1; i <= n; i++) {
		double along = 0;

		sums[i * row] = 0;
		for (k = 1; k <= n; k++) {
			along += fabs(values[i - 1] - values[k - 1]);
			sums[i * row + k] = sums[(i - 1) * row + k] + along;
		}
	}
}

/*
 * Finds the part in the middle of the series that lies farthest from what is
 * before and behind it together. `sums` has room for (n + 1)^2 numbers.
 */
static struct division best_middle(const double *values, size_t n, double *sums)
{
	struct division best = { 0, n, -INFINITY };
	size_t from, to, row = n + 1;
	double all;

	sum_distances(values, n, sums);
	all = sums[n * row + n] / 2;
	for (from = CHANGEPOINT_SEGMENT; from < n; from++) {
		for (to = from + CHANGEPOINT_SEGMENT;
		     to + CHANGEPOINT_SEGMENT <= n; to++) {
			double within = (sums[to * row + to] -
					 2 * sums[to * row + from] +
					 sums[from * row + from]) /
					2;
			double across = sums[to * row + n] -
					sums[from * row + n] - 2 * within;
			double e = energy((double)(to - from),
					  (double)(n - to + from), within,
					  all - within - across, across);

			if (e > best.energy)
				best = (struct division){ from, to, e };
		}
	}
	return best;
}

/*
 * Whether a division with the energy `found` is rare: at most `most` of the
 * random orders of the same values have a division as good.
 */
static bool is_rare(const double *values, size_t n, double found,
		    find_division *divide, int most, struct workspace *work)
{
	int i, as_good = 0;

	memcpy(work->values, values, n * sizeof(*values));
	for (i = 0; i < CHANGEPOINT_SHUFFLES && as_good <= most; i++) {
		shuffle(work->values, n, &work->state);
		/*
		 * The factor keeps rounding from making equal energies differ.
		 */
		as_good += divide(work->values, n, work->sums).energy >=
			   found * (1 - 1e-9);
	}
	return as_good <= most;
}

/*
 * Divides a series: by a cut, and where no cut stands, around a part in the
 * middle. Returns whether a division stands.
 */
static bool divide(const double *values, size_t n, struct division *found,
		   struct workspace *work)
{
	static const struct {
		find_division *find;
		size_t least; /* number of levels */
		int most;     /* random orders that may do as well */
	} ways[] = {
		{ best_cut, 2, 1 },
		{ best_middle, 3, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (n < ways[i].least * CHANGEPOINT_SEGMENT)
			continue;
		*found = ways[i].find(values, n, work->sums);
		if (found->energy > 0 &&
		    is_rare(values, n, found->energy, ways[i].find,
			    ways[i].most, work))
			return true;
	}
	return false;
}

/* Marks the levels of one segment of the series, and of its parts. */
static void mark(const double *values, size_t from, size_t to, bool *changed,
		 struct workspace *work)
{
	struct division d;

	if (!divide(values + from, to - from, &d, work))
		return;
	changed[from + d.from] = true;
	mark(values, from, from + d.from, changed, work);
	mark(values, from + d.from, from + d.to, changed, work);
	if (from + d.to == to)
		return;
	changed[from + d.to] = true;
	mark(values, from + d.to, to, changed, work);
}

int changepoint_find(const double *values, size_t n, bool *changed)
{
	struct workspace work = { .state = SEED };
	int ret;

	if (n > CHANGEPOINT_VALUES_MAX)
		return -E2BIG;
	memset(changed, 0, n * sizeof(*changed));
	work.values = reallocarray(NULL, n + 1, sizeof(*work.values));
	work.sums = reallocarray(NULL, (n + 1) * (n + 1), sizeof(*work.sums));
	if (work.values && work.sums)
		mark(values, 0, n, changed, &work);
	ret = work.values && work.sums ? 0 : -ENOMEM;
	free(work.values);
	free(work.sums);
	return ret;
}

bool changepoint_alike(const double *values, size_t n, const bool *changed)
{
	double squares = 0, products = 0;
	size_t from, to, i, levels = 0;

	for (from = 0; from < n; from = to, levels++) {
		double mean = 0;

		for (to = from + 1; to < n && !changed[to];)
			to++;
		for (i = from; i < to; i++)
			mean += values[i] / (double)(to - from);
		for (i = from; i < to; i++) {
			double x = values[i] - mean;

			squares += x * x;
			if (i > from)
				products += x * (values[i - 1] - mean);
		}
	}
	return n >= 2 * CHANGEPOINT_SEGMENT && squares > 0 &&
	       products / squares + (double)levels / (double)n >
		       ONE_IN_20 / sqrt((double)n);
}

struct changepoint_level {
	double mean, span;
};

static struct changepoint_level level_of(const double *value, size_t n)
{
	double sum = 0, least = value[0], most = value[0];
	size_t i;

	for (i = 0; i < n; i++) {
		sum += value[i];
		least = fmin(least, value[i]);
		most = fmax(most, value[i]);
	}
	return (struct changepoint_level){ sum / (double)n, most - least };
}

bool changepoint_stands_out(const double *values, size_t n, const bool *changed,
			    size_t at)
{
	size_t from = at - 1, to = at + 1;
	struct changepoint_level before, after;

	while (from && !changed[from])
		from--;
	while (to < n && !changed[to])
		to++;
	before = level_of(values + from, at - from);
	after = level_of(values + at, to - at);
	return fabs(after.mean - before.mean) >
	       2 * fmax(before.span, after.span);
}
