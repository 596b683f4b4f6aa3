// SPDX-License-Identifier: GPL-2.0-only
/* The gate's rules: their grammar, units and files. */
#include <math.h>

#include "test.h"
#include "verdict/limit.h"

/* What the last parse() has left: a rule, or what is wrong with it. */
static struct limit limit;
static unsigned int column;
static char said[LIMIT_ERROR_MAX];

static int parse(const char *text)
{
	return limit_parse(&limit, text, &column, said);
}

TEST(good_rules)
{
	static const struct {
		const char *text, *operation, *host, *metric;
		enum limit_comparison comparison;
		double value;
	} rows[] = {
		{ "create p99 < 2ms", "create", "", "p99", LIMIT_LESS, 2e6 },
		{ "create files/s > 20000", "create", "", "files/s",
		  LIMIT_GREATER, 20000 },
		{ "files/s>=20k", "", "", "files/s", LIMIT_GREATER_OR_EQUAL,
		  20000 },
		{ "  read@n1   p99.90<=1.5 s ", "read", "n1", "p99.9",
		  LIMIT_LESS_OR_EQUAL, 1.5e9 },
		{ "errors = 0", "", "", "errors", LIMIT_EQUAL, 0 },
		{ "stat mean < 20\xc2\xb5s", "stat", "", "mean", LIMIT_LESS,
		  2e4 },
		{ "MiB/s > 1.5GiB/s", "", "", "MiB/s", LIMIT_GREATER, 1536 },
	};

	for_each_in (row, rows) {
		int ret = parse(row->text);

		if (ret)
			print_message("# %s: %s\n", row->text, said);
		assert_ok(ret);
		assert_string_equal(limit.operation, row->operation);
		assert_string_equal(limit.host, row->host);
		assert_string_equal(limit.metric.name, row->metric);
		assert_int_equal(limit.comparison, row->comparison);
		assert_true(fabs(limit.value - row->value) < 1e-6);
	}
}

TEST(bad_rules)
{
	static const struct {
		const char *text;
		unsigned int column;
		const char *sentence;
	} rows[] = {
		{ "", 1, "expected a comparison" },
		{ "create p99", 11, "expected a comparison" },
		{ "< 2ms", 1, "expected [OPERATION] METRIC" },
		{ "a b p99 < 2ms", 9, "expected [OPERATION] METRIC" },
		{ "create p99 < 2", 14, "needs its unit" },
		{ "create p99 < 2kg", 14, "needs its unit" },
		{ "create p99 < 2ms 3", 14, "needs its unit" },
		{ "create files/s > 20ms", 18, "a rate has no unit" },
		{ "create errors = 0%", 17, "a count has no unit" },
		{ "create p99 != 2ms", 12, "another operator" },
		{ "create p99 =< 2ms", 12, "another operator" },
		{ "create p99 << 2ms", 12, "another operator" },
		{ "create p101 < 2ms", 8, "is no metric" },
		{ "create p99,50 < 2ms", 8, "is no metric" },
		{ "create speed > 2", 8, "is no metric" },
		{ "create p99 < -2ms", 14, "expected a number" },
		{ "create p99 < nan", 14, "expected a number" },
		{ "create p99 < infs", 14, "expected a number" },
		{ "create p99 < 0x2ms", 14, "expected a number" },
		{ "create p99 <", 13, "expected a number" },
		{ "@n1 p99 < 2ms", 1, "OPERATION@HOST" },
		{ "create@ p99 < 2ms", 1, "OPERATION@HOST" },
	};

	for_each_in (row, rows) {
		assert_int_equal(parse(row->text), -EINVAL);
		if (!strstr(said, row->sentence) || column != row->column)
			print_message("# \"%s\": %u: %s\n", row->text, column,
				      said);
		assert_says(said, row->sentence);
		assert_int_equal(column, row->column);
	}
}

TEST(too_long)
{
	char text[LIMIT_TEXT_MAX + 20];

	memset(text, 'x', sizeof(text));
	strcpy(text + sizeof(text) - 10, " p99<2ms");
	assert_int_equal(parse(text), -EINVAL);
	assert_says(said, "at most");
}

TEST(at_the_limit)
{
	static const struct {
		const char *rule;
		int below, at, above;
	} rows[] = {
		{ "p50 < 5ns", 1, 0, 0 },  { "p50 <= 5ns", 1, 1, 0 },
		{ "p50 > 5ns", 0, 0, 1 },  { "p50 >= 5ns", 0, 1, 1 },
		{ "p50 == 5ns", 0, 1, 0 },
	};

	for_each_in (row, rows) {
		assert_ok(parse(row->rule));
		assert_int_equal(limit_holds(&limit, 4), row->below);
		assert_int_equal(limit_holds(&limit, 5), row->at);
		assert_int_equal(limit_holds(&limit, 6), row->above);
		assert_false(limit_holds(&limit, NAN));
	}
}

static int read_text(const char *text, struct limits *limits,
		     struct input_error *error)
{
	char path[] = "/tmp/smallfio-limits.XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ret = limits_read(limits, path, error);
	unlink(path);
	return ret;
}

TEST(files)
{
	struct limits limits = { 0 };
	struct input_error error = { 0 };

	assert_ok(read_text("# rules\n\n  create p99 < 2ms # ours\r\n"
			    "errors = 0",
			    &limits, &error));
	assert_int_equal(limits.count, 2);
	assert_string_equal(limits.limit[0].text, "create p99 < 2ms");
	limits_free(&limits);
	assert_int_equal(read_text("errors = 0\n\n  p99 < 2\n", &limits,
				   &error),
			 -EINVAL);
	assert_int_equal(error.line, 3);
	assert_int_equal(error.column, 9);
	limits_free(&limits);
	assert_int_equal(read_text("# nothing\n", &limits, &error), -EINVAL);
	assert_says(error.message, "found none");
	limits_free(&limits);
	assert_int_equal(limits_read(&limits, "/nowhere", &error), -EINVAL);
	assert_int_equal(error.code, INPUT_UNREADABLE);
}

static void add_text(struct limits *limits, const char *text)
{
	assert_ok(parse(text));
	assert_ok(limits_add(limits, &limit));
}

/*
 * A rule that is given twice, in whatever form, counts once. Rules that differ
 * count separately.
 */
TEST(twice)
{
	struct limits limits = { 0 };
	struct input_error error = { 0 };

	add_text(&limits, "create p99 < 2ms");
	add_text(&limits, " create  p99.0<2000us");
	assert_int_equal(limits.count, 1);
	assert_string_equal(limits.limit[0].text, "create p99 < 2ms");
	add_text(&limits, "create p99 <= 2ms");
	add_text(&limits, "create p99 < 3ms");
	add_text(&limits, "create p95 < 2ms");
	add_text(&limits, "create@n1 p99 < 2ms");
	add_text(&limits, "p99 < 2ms");
	assert_int_equal(limits.count, 6);
	/* A file whose rules were all given before is not called empty. */
	assert_ok(read_text("p99 < 2ms\np99 < 2ms\n", &limits, &error));
	assert_int_equal(limits.count, 6);
	limits_free(&limits);
}
