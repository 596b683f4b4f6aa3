// SPDX-License-Identifier: GPL-2.0-only
/* The parser of options: every form, every mistake. */
#include <errno.h>
#include <string.h>

#include "cmocka_all.h"
#include "cli/options.h"

struct values {
	const char *name;
	int flag;
};

static int set_name(void *context, const char *value, char *error)
{
	struct values *values = context;

	if (!strcmp(value, "bad")) {
		strcpy(error, "not this");
		return -EINVAL;
	}
	values->name = value;
	return 0;
}

static int set_flag(void *context, const char *value, char *error)
{
	struct values *values = context;

	assert_null(value);
	values->flag++;
	return 0;
}

static const struct option_row rows[] = {
	{ "name", 'n', "N", "a name", set_name },
	{ "flag", 0, NULL, "a flag", set_flag },
	{ NULL, 'f', NULL, "the same", set_flag },
	{ 0 },
};

#define WORDS_MAX 8

static int parse(struct values *values, const char *line, char **argv,
		 char *error)
{
	static char words[100];
	char *save = NULL, *word;
	int argc = 1;

	memset(values, 0, sizeof(*values));
	strcpy(words, line);
	argv[0] = NULL; /* never looked at */
	for (word = strtok_r(words, " ", &save); word && argc < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return options_parse(rows, values, argc, argv, error);
}

static void forms(void **state)
{
	static const char *const lines[] = { "--name v a b", "--name=v a b",
					     "-n v a b",     "-nv a b",
					     "a --name v b", "a b -nv",
					     "-nv -- a b" };
	struct values values;
	char *argv[WORDS_MAX + 1], error[OPTIONS_ERROR_MAX];
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(parse(&values, lines[i], argv, error), 3);
		assert_string_equal(values.name, "v");
		assert_string_equal(argv[1], "a");
		assert_string_equal(argv[2], "b");
		assert_null(argv[3]);
	}
	assert_int_equal(parse(&values, "--flag -f -- -f - --", argv, error),
			 4);
	assert_int_equal(values.flag, 2);
	assert_string_equal(argv[1], "-f");
	assert_string_equal(argv[2], "-");
	assert_string_equal(argv[3], "--");
	assert_int_equal(parse(&values, "--name=", argv, error), 1);
	assert_string_equal(values.name, "");
}

static void mistakes(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "--none", "--none is no option" },
		{ "--nam v", "--nam is no option" },
		{ "-x", "-x is no option" },
		{ "a --name", "--name needs a value" },
		{ "-n", "-n needs a value" },
		{ "--flag=1", "--flag=1 takes no value" },
		{ "-fx", "-fx takes no value" },
		{ "--name bad", "--name: not this" },
	};
	struct values values;
	char *argv[WORDS_MAX + 1], error[OPTIONS_ERROR_MAX];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(parse(&values, cases[i].line, argv, error),
				 -EINVAL);
		assert_string_equal(error, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
