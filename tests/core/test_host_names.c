// SPDX-License-Identifier: GPL-2.0-only
#include "test.h"
#include "barrier/host_names.h"

/* Returns all names, each with a blank behind it, and "bad" for an error. */
static const char *all(const char *text)
{
	struct host_names names = { .at = text, .separators = ":," };
	char name[12], *out = calloc(1, 4096);
	size_t used = 0;
	const char *printed_out;
	int ret;

	assert_non_null(out);
	while ((ret = host_names_next(&names, name, sizeof(name))) > 0) {
		used += (size_t)snprintf(out + used, 4096 - used, "%s ", name);
		assert_true(used < 4000);
	}
	printed_out = printed("%s%s", out, ret ? "bad" : "");
	free(out);
	return printed_out;
}

TEST(names)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "a", "a " },
		{ "a:b,c", "a b c " },
		{ "a::b", "a  b " },
		{ "h[1-3]", "h1 h2 h3 " },
		{ "h[1-3,20]x:y", "h1x h2x h3x h20x y " },
		{ "[08-11]", "08 09 10 11 " },
		{ "h[7]:h[7]", "h7 h7 " },
		{ "h[0-0,99-101]", "h0 h99 h100 h101 " },
		{ "a:h[]", "a bad" },
		{ "h[1-", "bad" },
		{ "h[1", "bad" },
		{ "h[3-1]", "bad" },
		{ "h[1-2,]", "h1 h2 bad" },
		{ "h[-1]", "bad" },
		{ "h[ 1]", "bad" },
		{ "h[+1]", "bad" },
		{ "h[1-+2]", "bad" },
		{ "h[1;2]", "bad" },
		{ "h[1-65537]", "bad" },
		{ "h[1-99999999999999999999]", "bad" },
		{ "h[99999999999999999999]", "bad" },
		{ "elevenbytes", "elevenbytes " },
		{ "twelve_bytes", "bad" },
		{ "h_[99999999-100000000]", "h_99999999 h_100000000 " },
		{ "h_[999999999-1000000000]", "h_999999999 bad" },
		{ "a]", "a] " },
	};

	for_each_in (row, rows) {
		const char *found = all((*row)[0]);

		if (strcmp(found, (*row)[1]))
			fail_msg("%s: found \"%s\", expected \"%s\"", (*row)[0],
				 found, (*row)[1]);
	}
}

TEST(many)
{
	struct host_names names = { .at = "node[0001-1000]",
				    .separators = ":" };
	char name[16];

	for (int i = 1; i <= 1000; i++) {
		assert_int_equal(host_names_next(&names, name, sizeof(name)),
				 1);
		assert_string_equal(name, printed("node%04d", i));
	}
	assert_int_equal(host_names_next(&names, name, sizeof(name)), 0);
}

/* No number follows the largest one, so a list cannot go on behind that. */
TEST(largest)
{
	struct host_names names = { .at = "[18446744073709551615,1]",
				    .separators = ":" };
	char name[64];

	assert_int_equal(host_names_next(&names, name, sizeof(name)), -EINVAL);
}
