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
	size_t length = strlen(line) + 1;
	char *arguments = malloc(length);
	const char *early, *found;

	assert_non_null(arguments);
	for (size_t i = 0; i < length; i++)
		arguments[i] = line[i] == ' ' ? 0 : line[i];
	early = cmdline_too_early(&files, arguments, length);
	found = printed("%s", early ? early : "fine");
	free(arguments);
	return found;
}

/* The other jobs may have another engine, and mean fio's filesize. */
#define SEVERAL                                                                \
	"fio --name=a --ioengine=psync --files=8k --name=b " SET               \
	" --files=3 --name=c --files=4 " SET

TEST(lines)
{
	static const struct {
		const char *line, *job, *found;
	} rows[] = {
		{ "fio --name=a " SET " --files=10", "a", "fine" },
		{ "fio --name=a --files=10 " SET, "a", "--files=10" },
		{ "fio -name a -files 10 -ioengine fio-smallfile.so", "a",
		  "-files" },
		{ "fio -name a -ioengine fio-smallfile.so -files 10", "a",
		  "fine" },
		{ "fio --name=a --filesize=10 " SET, "a", "fine" },
		{ "fio --name=a --ioengine=psync --files=10 "
		  "--ioengine=external:/x/fio-smallfile.so",
		  "a", "--files=10" },
		/*
		 * Options before the first job are for all jobs, those of job
		 * files too.
		 */
		{ "fio " SET " --files=10 x.fio", "a", "fine" },
		{ "fio --files=10 " SET " x.fio", "a", "--files=10" },
		{ "fio --files=10 x.fio", "a", "--files=10" },
		{ "fio x.fio", "a", "fine" },
		{ "fio " SET " --name=a --files=10", "a", "fine" },
		{ "fio --name=global --files=9 --name=a " SET, "a",
		  "--files=9" },
		{ "fio --name=global " SET " --name=a --files=9", "a", "fine" },
		{ SEVERAL, "a", "--files=8k" },
		{ SEVERAL, "b", "fine" },
		{ SEVERAL, "c", "--files=4" },
		{ "", "a", "fine" },
		{ "fio", "a", "fine" },
		{ "fio --name", "a", "fine" },
		{ "fio - -- --= files=1 =", "a", "fine" },
	};
	const struct cmdline_option files = { "files", "smallfile", "a" };

	for_each_in (row, rows)
		assert_string_equal(asked(row->line, row->job), row->found);
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
