// SPDX-License-Identifier: GPL-2.0-only
/* Options that fio reads before it knows the engine that they belong to. */
#include "util/cmdline.h"
#include "test.h"

#define SET "--ioengine=fio-smallfile.so"

/*
 * Blanks in `line` separate arguments. The memory is no larger than the line.
 */
static const char *asked(const char *line, const char *job)
{
	const struct cmdline_option files = { "files", "smallfile", job };
	static char found[64];
	size_t length = strlen(line) + 1;
	char *arguments = malloc(length);
	const char *early;

	assert_non_null(arguments);
	for (size_t i = 0; i < length; i++)
		arguments[i] = line[i] == ' ' ? 0 : line[i];
	early = cmdline_too_early(&files, arguments, length);
	snprintf(found, sizeof(found), "%s", early ? early : "fine");
	free(arguments);
	return found;
}

TEST(one_job)
{
	assert_string_equal(asked("fio --name=a " SET " --files=10", "a"),
			    "fine");
	assert_string_equal(asked("fio --name=a --files=10 " SET, "a"),
			    "--files=10");
	assert_string_equal(asked("fio -name a -files 10 -ioengine "
				  "fio-smallfile.so",
				  "a"),
			    "-files");
	assert_string_equal(asked("fio -name a -ioengine fio-smallfile.so "
				  "-files 10",
				  "a"),
			    "fine");
	assert_string_equal(asked("fio --name=a --filesize=10 " SET, "a"),
			    "fine");
	assert_string_equal(asked("fio --name=a --ioengine=psync --files=10 "
				  "--ioengine=external:/x/fio-smallfile.so",
				  "a"),
			    "--files=10");
}

/* Options before the first job are for all jobs, those of job files too. */
TEST(all_jobs)
{
	assert_string_equal(asked("fio " SET " --files=10 x.fio", "a"), "fine");
	assert_string_equal(asked("fio --files=10 " SET " x.fio", "a"),
			    "--files=10");
	assert_string_equal(asked("fio --files=10 x.fio", "a"), "--files=10");
	assert_string_equal(asked("fio x.fio", "a"), "fine");
	assert_string_equal(asked("fio " SET " --name=a --files=10", "a"),
			    "fine");
	assert_string_equal(asked("fio --name=global --files=9 --name=a " SET,
				  "a"),
			    "--files=9");
	assert_string_equal(
		asked("fio --name=global " SET " --name=a --files=9", "a"),
		"fine");
}

/* The other jobs may have another engine, and mean fio's filesize. */
TEST(several_jobs)
{
	static const char line[] =
		"fio --name=a --ioengine=psync --files=8k --name=b " SET
		" --files=3 --name=c --files=4 " SET;

	assert_string_equal(asked(line, "a"), "--files=8k");
	assert_string_equal(asked(line, "b"), "fine");
	assert_string_equal(asked(line, "c"), "--files=4");
}

TEST(odd_lines)
{
	const struct cmdline_option files = { "files", "smallfile", "a" };

	assert_string_equal(asked("", "a"), "fine");
	assert_string_equal(asked("fio", "a"), "fine");
	assert_string_equal(asked("fio --name", "a"), "fine");
	assert_string_equal(asked("fio - -- --= files=1 =", "a"), "fine");
	assert_null(cmdline_too_early(&files, "", 0));
	/* The command line is cut off: its last zero is missing. */
	assert_null(cmdline_too_early(&files, "fio\0--files", 11));
}

TEST(own_line)
{
	char *arguments;
	size_t length;

	assert_ok(cmdline_read(&arguments, &length));
	assert_true(length > 1);
	assert_says(arguments, "test_core");
	assert_string_equal(arguments + strlen(arguments) + 1, "cmdline");
	assert_int_equal(arguments[length - 1], 0);
	free(arguments);
}
