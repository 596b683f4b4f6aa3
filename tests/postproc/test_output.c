// SPDX-License-Identifier: GPL-2.0-only
/* Output files are there as a whole or not at all. */
#include <dirent.h>
#include <sys/stat.h>

#include "test.h"
#include "util/output.h"

#define PATH "result"

static int leave_directory(void **state)
{
	unlink(PATH);
	unlink("link");
	return test_leave_directory(state);
}

TEST_FILE_FIXTURE(test_enter_directory, leave_directory)

static int files_here(void)
{
	DIR *dir = opendir(".");
	int n = -2; /* . and .. */

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

TEST(appears_on_close)
{
	struct output output;
	struct stat st;

	umask(027);
	assert_ok(output_open(&output, PATH));
	fputs("one\n", output.file);
	assert_int_equal(access(PATH, F_OK), -1);
	assert_ok(output_close(&output));
	assert_string_equal(contents_of(PATH), "one\n");
	assert_int_equal(files_here(), 1);
	stat(PATH, &st);
	assert_int_equal(st.st_mode & 0777, 0640);
}

TEST(replaces_and_keeps_permissions)
{
	struct output output;
	struct stat st;

	assert_ok(chmod(PATH, 0604));
	assert_ok(output_open(&output, PATH));
	fputs("two\n", output.file);
	fflush(output.file);
	assert_string_equal(contents_of(PATH), "one\n");
	assert_ok(output_close(&output));
	assert_string_equal(contents_of(PATH), "two\n");
	stat(PATH, &st);
	assert_int_equal(st.st_mode & 0777, 0604);
}

TEST(abandoned_leaves_the_old)
{
	struct output output;

	assert_ok(output_open(&output, PATH));
	fputs("three\n", output.file);
	output_abandon(&output);
	assert_string_equal(contents_of(PATH), "two\n");
	assert_int_equal(files_here(), 1);
}

TEST(follows_a_symbolic_link)
{
	struct output output;
	struct stat st;

	assert_ok(symlink(PATH, "link"));
	assert_ok(output_open(&output, "link"));
	fputs("four\n", output.file);
	assert_ok(output_close(&output));
	assert_string_equal(contents_of(PATH), "four\n");
	assert_ok(lstat("link", &st));
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(files_here(), 2);
}

TEST(a_device_stays_a_device)
{
	struct output output;
	struct stat st;

	assert_ok(output_open(&output, "/dev/null"));
	fputs("gone\n", output.file);
	assert_ok(output_close(&output));
	assert_ok(stat("/dev/null", &st));
	assert_true(S_ISCHR(st.st_mode));
}

TEST(errors)
{
	struct output output;

	assert_int_equal(output_open(&output, "no/such/file"), -ENOENT);
	assert_int_equal(output_open(&output, "."), -EISDIR);
	assert_ok(output_open(&output, "/dev/full"));
	fputs("too much\n", output.file);
	assert_int_equal(output_close(&output), -ENOSPC);
	assert_int_equal(files_here(), 2);
}
