// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>

#include "test.h"
#include "util/start_yield.h"

TEST(parse)
{
	assert_int_equal(start_yield_parse("0.37 1.02 2.50 3/456 7890\n"), 3);
	assert_int_equal(start_yield_parse("0.00 0.00 0.00 513/1024 1"), 513);
	assert_int_equal(start_yield_parse("0.00 0.00 0.00 999999999/1 1"),
			 999999999);
	assert_int_equal(start_yield_parse(""), 0);
	assert_int_equal(start_yield_parse("0.37 1.02"), 0);
	assert_int_equal(start_yield_parse("0.37 1.02 2.50 many/456"), 0);
}

TEST(nobody_waits_without_need)
{
	assert_int_equal(start_yield_pause_ns(0, 2), 0);
	assert_int_equal(start_yield_pause_ns(2, 2), 0);
	assert_int_equal(start_yield_pause_ns(64, 64), 0);
	/* The number of processors is not known. */
	assert_int_equal(start_yield_pause_ns(500, 0), 0);
}

TEST(a_turn_for_each)
{
	assert_int_equal(start_yield_pause_ns(3, 1), 3 * START_YIELD_TURN_NS);
	assert_int_equal(start_yield_pause_ns(256, 2),
			 128 * START_YIELD_TURN_NS);
	assert_int_equal(start_yield_pause_ns(UINT_MAX, 1),
			 START_YIELD_PAUSE_NS);
	assert_true(START_YIELD_PAUSE_NS < 1000000000);
}
