// SPDX-License-Identifier: GPL-2.0-only
/* The parser of options, with every form and every mistake. */
#include "test.h"
#include "cli/options.h"

struct values {
	const char *name, *text;
	int flag;
	bool on;
	uint64_t whole, ns;
	double percent;
	const struct colour {
		const char *name;
	} * colour;
};

static const struct colour colours[] = {
	{ "red" }, { "green" }, { "blue" }, { 0 }
};

static int set_name(void *context, const char *value, char *said)
{
	struct values *v = context;

	if (!strcmp(value, "bad")) {
		strcpy(said, "not this");
		return -EINVAL;
	}
	v->name = value;
	return 0;
}

static int set_flag(void *context, const char *value, char *said)
{
	struct values *v = context;

	assert_null(value);
	v->flag++;
	return 0;
}

static const struct option_row rows[] = {
	{ "name", 'n', "N", "a name", OPTION_SET(set_name) },
	{ "flag", 0, NULL, "a flag", OPTION_SET(set_flag) },
	{ NULL, 'f', NULL, "the same", OPTION_SET(set_flag) },
	{ "text", 0, "T", "a text", OPTION_TEXT(struct values, text) },
	{ "on", 0, NULL, "a switch", OPTION_FLAG(struct values, on) },
	{ "whole", 0, "N", "3 to 7", OPTION_WHOLE(struct values, whole, 3, 7) },
	{ "wait", 0, "S", "half a second or more",
	  OPTION_SECONDS(struct values, ns, 500000000) },
	{ "part", 0, "P", "1 to 100 percent",
	  OPTION_PERCENT(struct values, percent, 1, 100) },
	{ "colour", 0, "C", "one of three",
	  OPTION_CHOICE(struct values, colour, colours) },
	{ 0 },
};

#define WORDS_MAX 8

/* What the last parse() has left. */
static struct values values;
static char *argv[WORDS_MAX + 1], error[OPTIONS_ERROR_MAX];

static int parse(const char *line)
{
	static char words[100];
	char *save = NULL, *word;
	int argc = 1;

	memset(&values, 0, sizeof(values));
	strcpy(words, line);
	argv[0] = NULL; /* never looked at */
	for (word = strtok_r(words, " ", &save); word && argc < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return options_parse(rows, &values, argc, argv, error);
}

TEST(forms)
{
	static const char *const lines[] = { "--name v a b", "--name=v a b",
					     "-n v a b",     "-nv a b",
					     "a --name v b", "a b -nv",
					     "-nv -- a b",   "--na v a b" };

	for_each_in (row, lines) {
		assert_int_equal(parse(*row), 3);
		assert_string_equal(values.name, "v");
		assert_string_equal(argv[1], "a");
		assert_string_equal(argv[2], "b");
		assert_null(argv[3]);
	}
	assert_int_equal(parse("--flag -f -- -f - --"), 4);
	assert_int_equal(values.flag, 2);
	assert_string_equal(argv[1], "-f");
	assert_string_equal(argv[2], "-");
	assert_string_equal(argv[3], "--");
	assert_int_equal(parse("--name="), 1);
	assert_string_equal(values.name, "");
}

TEST(types)
{
	assert_int_equal(parse("--text=a --on --whole=7 --wait=0.5 --part=2.5% "
			       "--colour=blue"),
			 1);
	assert_string_equal(values.text, "a");
	assert_true(values.on);
	assert_int_equal(values.whole, 7);
	assert_int_equal(values.ns, 500000000);
	assert_true(values.percent == 2.5);
	assert_ptr_equal(values.colour, &colours[2]);
	assert_int_equal(parse("a --help b"), OPTIONS_HELP);
	assert_int_equal(parse("a -h"), OPTIONS_HELP);
	assert_int_equal(parse("-- -h"), 2);
}

TEST(mistakes)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "--none", "--none is no option; did you mean --name?" },
		{ "--w 3", "--w is no option, or the beginning of several" },
		{ "--text=", "--text: expected T, found nothing" },
		{ "--whole 2",
		  "--whole: expected a number, 3 to 7, found \"2\"" },
		{ "--whole 8",
		  "--whole: expected a number, 3 to 7, found \"8\"" },
		{ "--whole -4",
		  "--whole: expected a number, 3 to 7, found \"-4\"" },
		{ "--wait 0.4",
		  "--wait: expected seconds, 0.5 or more, found \"0.4\"" },
		{ "--part nan",
		  "--part: expected percent, 1 to 100, found \"nan\"" },
		{ "--part 101%",
		  "--part: expected percent, 1 to 100, found \"101%\"" },
		{ "--colour pink", "--colour: expected red, green or blue, "
				   "found \"pink\"" },
		{ "-x", "-x is no option" },
		{ "a --name", "--name needs a value" },
		{ "-n", "-n needs a value" },
		{ "--flag=1", "--flag=1 takes no value" },
		{ "-fx", "-x is no option" },
		{ "--name bad", "--name: not this" },
	};

	for_each_in (row, cases) {
		assert_int_equal(parse(row->line), -EINVAL);
		assert_string_equal(error, row->error);
	}
}
