// SPDX-License-Identifier: GPL-2.0-only
/* Whether a rate was kept, and what had not begun at the end. */
#include <math.h>

#include "run/pace.h"
#include "test.h"

static struct phase phase_of(uint64_t rate, uint64_t threads, uint64_t units,
			     uint64_t requested, long double seconds)
{
	return (struct phase){
		.asked.rate = rate,
		.cluster = { .threads = threads,
			     .units = units,
			     .requested = requested,
			     .elapsed_s = seconds,
			     .whole.units_per_s =
				     seconds >= 0.1L
					     ? (long double)units / seconds
					     : NAN },
	};
}

TEST(pace)
{
	static const struct {
		uint64_t rate, threads, units, requested;
		long double seconds;
		bool kept;
		uint64_t behind;
	} rows[] = {
		{ 1000, 2, 20000, 20000, 10, true, 0 },
		/* One percent, and what chance does, is no lag. */
		{ 1000, 2, 19500, RESULT_UNKNOWN, 10, true, 0 },
		{ 1000, 2, 19000, RESULT_UNKNOWN, 10, false, 1000 },
		/* All files are done, but too late: nothing is left to do. */
		{ 1000, 2, 20000, 20000, 15, false, 0 },
		/* The schedule ends with the files that were asked for. */
		{ 1000, 1, 400, 1000, 2, false, 600 },
		/* Few operations: a random schedule may have as few. */
		{ 10, 1, 5, RESULT_UNKNOWN, 1, true, 0 },
		/* Too short for a rate. */
		{ 1000, 1, 2, 100, 0.05L, true, 0 },
	};

	for_each_in (row, rows) {
		struct phase phase =
			phase_of(row->rate, row->threads, row->units,
				 row->requested, row->seconds);
		struct pace pace = pace_of(&phase);

		assert_int_equal(pace.kept, row->kept);
		assert_int_equal(pace.behind, row->behind);
		assert_true(pace.asked_per_s ==
			    (long double)(row->rate * row->threads));
	}
}

TEST(no_rate)
{
	struct phase phase = phase_of(0, 1, 10, 10, 1);

	assert_true(isnan(pace_of(&phase).asked_per_s));
	assert_true(pace_of(&phase).kept);
}
