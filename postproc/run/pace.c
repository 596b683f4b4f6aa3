// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "run/pace.h"

#define LEAST_SHARE   0.99L
#define SPREADS       3
#define UNITS_AT_MOST 1e18L

struct pace pace_of(const struct phase *phase)
{
	const struct part *all = &phase->cluster;
	struct pace pace = { .asked_per_s = NAN,
			     .reached_per_s = all->whole.units_per_s,
			     .kept = true };
	long double due, least;

	if (!phase->asked.rate)
		return pace;
	pace.asked_per_s =
		(long double)phase->asked.rate * (long double)all->threads;
	due = pace.asked_per_s * all->elapsed_s;
	if (isnan(pace.reached_per_s) || !(due < UNITS_AT_MOST))
		return pace;
	least = LEAST_SHARE * due - SPREADS * sqrtl(due) -
		(long double)all->threads;
	pace.kept = (long double)all->units >= least;
	if (all->requested != RESULT_UNKNOWN &&
	    due > (long double)all->requested)
		due = (long double)all->requested;
	if (!pace.kept && due > (long double)all->units)
		pace.behind = (uint64_t)due - all->units;
	return pace;
}
