// SPDX-License-Identifier: GPL-2.0-only
/* Numbers in logs: their values, where a reader stops, and what is refused. */
#include "test.h"
#include "util/number.h"

struct row {
	const char *text;
	int ret;
	uint64_t value;
	size_t used; /* bytes */
};

typedef int (*number_function)(const char **p, uint64_t *value);

static int u63(const char **p, uint64_t *value)
{
	return number_u63(p, value);
}

static void check(number_function f, const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *p = rows[i].text;
		uint64_t value = 77;

		if (f(&p, &value) != rows[i].ret)
			fail_msg("\"%s\": wrong return", rows[i].text);
		assert_int_equal(p - rows[i].text, rows[i].used);
		if (!rows[i].ret && value != rows[i].value)
			fail_msg("\"%s\": read as %llu", rows[i].text,
				 (unsigned long long)value);
		if (rows[i].ret)
			assert_int_equal(value, 77);
	}
}

#define CHECK(f, rows) check(f, rows, sizeof(rows) / sizeof(*(rows)))

TEST(whole_numbers)
{
	static const struct row rows[] = {
		{ "0\n", 0, 0, 1 },
		{ "7,", 0, 7, 1 },
		{ "123x", 0, 123, 3 },
		{ "007\n", 0, 7, 3 },
		{ "999999999999999999\n", 0, 999999999999999999, 18 },
		{ "9223372036854775807\n", 0, INT64_MAX, 19 },
		{ "9223372036854775808\n", -ERANGE, 0, 0 },
		{ "9999999999999999999\n", -ERANGE, 0, 0 },
		{ "18446744073709551616\n", -ERANGE, 0, 0 },
		{ "99999999999999999999999999999999\n", -ERANGE, 0, 0 },
		{ "\n", -EINVAL, 0, 0 },
		{ "-1\n", -EINVAL, 0, 0 },
		{ "+1\n", -EINVAL, 0, 0 },
		{ " 1\n", -EINVAL, 0, 0 },
		{ "x\n", -EINVAL, 0, 0 },
	};

	CHECK(u63, rows);
}

TEST(seconds)
{
	static const struct row rows[] = {
		{ "0\n", 0, 0, 1 },
		{ "1.5\n", 0, 1500000000, 3 },
		{ "0.000001,", 0, 1000, 8 },
		{ "40.000000\n", 0, 40000000000, 9 },
		{ "12.345678901999\n", 0, 12345678901, 15 },
		{ "9223372036.854775807\n", 0, INT64_MAX, 20 },
		{ "9223372036.854775808\n", -ERANGE, 0, 0 },
		{ "9223372037\n", -ERANGE, 0, 0 },
		{ "1e3\n", 0, 1000000000, 1 },
		{ "1.\n", -EINVAL, 0, 0 },
		{ ".5\n", -EINVAL, 0, 0 },
		{ "nan\n", -EINVAL, 0, 0 },
		{ "inf\n", -EINVAL, 0, 0 },
		{ "-0.5\n", -EINVAL, 0, 0 },
	};

	CHECK(number_seconds, rows);
}

TEST(hexadecimal)
{
	static const struct row rows[] = {
		{ "0x0\n", 0, 0, 3 },
		{ "0x4004,", 0, 0x4004, 6 },
		{ "0xFfFfFfFf\n", 0, UINT32_MAX, 10 },
		{ "0x100000000\n", -ERANGE, 0, 0 },
		{ "0x\n", -EINVAL, 0, 0 },
		{ "12\n", -EINVAL, 0, 0 },
		{ "\n", -EINVAL, 0, 0 },
	};

	CHECK(number_hex, rows);
}

/*
 * A quick reader either refuses a number, or reads what the careful one reads.
 */
TEST(quick_numbers_agree)
{
	static const char *const texts[] = {
		"0,",
		"7\n",
		"12345678 ",
		"123456789,",
		"999999999999999,",
		"1000000000000000,",
		"18446744073709551616,",
		"-1,",
		"x,",
		",",
		"00000000001,",
		"12a4,",
		"1234567/",
		"1234567:",
		"\xb0\xb1,",
		"0.000001,",
		"12.5,",
		"1234567.1234567,",
		"12345678.1,",
		"1.12345678,",
		"1.,",
		".5,",
		"1.x,",
		"1,5",
		"-0.5,",
	};

	for_each_in (row, texts) {
		char text[64] = { 0 };
		const char *p, *q = text;
		uint64_t quick, careful;

		strcpy(text, *row);
		p = number_quick(text, &quick);
		if (p) {
			assert_ok(number_u63(&q, &careful));
			assert_int_equal(quick, careful);
			assert_ptr_equal(p, q);
		}
		q = text;
		p = number_seconds_quick(text, &quick);
		if (p) {
			assert_ok(number_seconds(&q, &careful));
			assert_int_equal(quick, careful);
			assert_ptr_equal(p, q);
		}
	}
}

/* The quick readers accept the numbers that logs usually have. */
TEST(quick_numbers_of_all_lengths)
{
	uint64_t value = 1, got = 0;
	unsigned digits;

	for (digits = 1; digits <= 15; digits++) {
		char text[64] = { 0 };
		const char *p;

		snprintf(text, sizeof(text), "%llu,",
			 (unsigned long long)value);
		p = number_quick(text, &got);
		assert_non_null(p);
		assert_int_equal(got, value);
		assert_int_equal(*p, ',');
		value = value * 10 + (digits + 1) % 10;
	}
}
