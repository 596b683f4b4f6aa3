// SPDX-License-Identifier: GPL-2.0-only
/* Output files are there as a whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "util/output.h"

#define PATH "result"

static int enter_directory(void **state)
{
	char template[] = "/tmp/smallfio-output-XXXXXX";

	if (!mkdtemp(template) || chdir(template))
		return -1;
	*state = strdup(template);
	return 0;
}

static int leave_directory(void **state)
{
	int ret;

	unlink(PATH);
	unlink("link");
	ret = chdir("/") || rmdir(*state);
	free(*state);
	return ret;
}

static void expect_content(const char *want)
{
	char got[100] = "";
	FILE *f = fopen(PATH, "r");

	assert_non_null(f);
	assert_true(fread(got, 1, sizeof(got) - 1, f) > 0);
	fclose(f);
	assert_string_equal(got, want);
}

static int files_here(void)
{
	DIR *dir = opendir(".");
	int n = -2; /* . and .. */

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void appears_on_close(void **state)
{
	struct output output;
	struct stat st;

	umask(027);
	assert_int_equal(output_open(&output, PATH), 0);
	fputs("one\n", output.file);
	assert_int_equal(access(PATH, F_OK), -1);
	assert_int_equal(output_close(&output), 0);
	expect_content("one\n");
	assert_int_equal(files_here(), 1);
	stat(PATH, &st);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void replaces_and_keeps_permissions(void **state)
{
	struct output output;
	struct stat st;

	assert_int_equal(chmod(PATH, 0604), 0);
	assert_int_equal(output_open(&output, PATH), 0);
	fputs("two\n", output.file);
	fflush(output.file);
	expect_content("one\n");
	assert_int_equal(output_close(&output), 0);
	expect_content("two\n");
	stat(PATH, &st);
	assert_int_equal(st.st_mode & 0777, 0604);
}

static void abandoned_leaves_the_old(void **state)
{
	struct output output;

	assert_int_equal(output_open(&output, PATH), 0);
	fputs("three\n", output.file);
	output_abandon(&output);
	expect_content("two\n");
	assert_int_equal(files_here(), 1);
}

static void follows_a_symbolic_link(void **state)
{
	struct output output;
	struct stat st;

	assert_int_equal(symlink(PATH, "link"), 0);
	assert_int_equal(output_open(&output, "link"), 0);
	fputs("four\n", output.file);
	assert_int_equal(output_close(&output), 0);
	expect_content("four\n");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(files_here(), 2);
}

static void a_device_stays_a_device(void **state)
{
	struct output output;
	struct stat st;

	assert_int_equal(output_open(&output, "/dev/null"), 0);
	fputs("gone\n", output.file);
	assert_int_equal(output_close(&output), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void errors(void **state)
{
	struct output output;

	assert_int_equal(output_open(&output, "no/such/file"), -ENOENT);
	assert_int_equal(output_open(&output, "."), -EISDIR);
	assert_int_equal(output_open(&output, "/dev/full"), 0);
	fputs("too much\n", output.file);
	assert_int_equal(output_close(&output), -ENOSPC);
	assert_int_equal(files_here(), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appears_on_close),
		cmocka_unit_test(replaces_and_keeps_permissions),
		cmocka_unit_test(abandoned_leaves_the_old),
		cmocka_unit_test(follows_a_symbolic_link),
		cmocka_unit_test(a_device_stays_a_device),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
