// SPDX-License-Identifier: GPL-2.0-only
/* The list of percentiles, and when there are too few samples for one. */
#include "test.h"
#include "stats/percentiles.h"

/* What the last parse() has left. */
static struct percentiles p;
static char error[PERCENTILES_ERROR_MAX];

static int parse(const char *list)
{
	return percentiles_parse(&p, list, error);
}

TEST(good_lists)
{
	assert_ok(parse("50"));
	assert_int_equal(p.count, 1);
	assert_int_equal(p.p[0].e9, UINT64_C(50000000000));
	assert_string_equal(p.p[0].name, "50");
	assert_ok(parse("99.90,0,100,99.999999999,5.0"));
	assert_int_equal(p.count, 5);
	assert_string_equal(p.p[0].name, "99.9");
	assert_string_equal(p.p[1].name, "0");
	assert_string_equal(p.p[2].name, "100");
	assert_string_equal(p.p[3].name, "99.999999999");
	assert_int_equal(p.p[3].e9, UINT64_C(99999999999));
	assert_string_equal(p.p[4].name, "5");
	assert_ok(parse(PERCENTILES_DEFAULT));
	assert_int_equal(p.count, 4);
}

TEST(bad_lists)
{
	static const struct {
		const char *list, *column;
	} rows[] = {
		{ "", "column 1: " },
		{ ",", "column 1: " },
		{ "50,", "column 4: " },
		{ "50,,90", "column 4: " },
		{ "50;90", "column 3: " },
		{ "50 90", "column 3: " },
		{ "101", "column 1: " },
		{ "100.000000001", "column 1: " },
		{ "99999999999999999999", "column 1: " },
		{ "-1", "column 1: " },
		{ "p50", "column 1: " },
		{ "50.", "column 1: " },
		{ ".5", "column 1: " },
		{ "1.0000000001", "column 1: " },
		{ "nan", "column 1: " },
		{ "50,90,50.0", "column 7: " },
		{ "50%", "column 3: " },
	};

	for_each_in (row, rows) {
		if (parse(row->list) != -EINVAL)
			fail_msg("\"%s\" was taken", row->list);
		if (strncmp(error, row->column, strlen(row->column)) != 0)
			fail_msg("\"%s\": %s", row->list, error);
	}
}

TEST(at_most_32)
{
	char list[200] = "0";
	int i;

	for (i = 1; i < PERCENTILES_MAX; i++)
		sprintf(list + strlen(list), ",%d", i);
	assert_ok(parse(list));
	assert_int_equal(p.count, PERCENTILES_MAX);
	strcat(list, ",99");
	assert_int_equal(parse(list), -EINVAL);
	assert_says(error, "32");
}

TEST(enough_samples)
{
	static const struct {
		const char *percentile;
		uint64_t needed;
	} rows[] = {
		{ "0", 1 },       { "50", 2 },
		{ "90", 10 },     { "99", 100 },
		{ "99.9", 1000 }, { "99.999999999", 100000000000 },
		{ "95", 20 },     { "100", 1 },
		{ "66.7", 4 },
	};

	for_each_in (row, rows) {
		uint64_t n = row->needed;

		parse(row->percentile);
		assert_true(percentile_has_enough(&p.p[0], n));
		assert_false(percentile_has_enough(&p.p[0], n - 1));
		assert_true(percentile_has_enough(&p.p[0], UINT64_MAX));
	}
}
