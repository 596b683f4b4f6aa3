// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fileset_init() refuses, with which code and sentence, and what it
 * accepts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "scratch.h"

static char scratch[PATH_MAX];

static int setup(void **state)
{
	scratch_make(scratch);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(scratch);
	return 0;
}

static struct fileset_layout good(void)
{
	return (struct fileset_layout){ .directory = scratch,
					.host = "host",
					.prefix = "",
					.suffix = "",
					.files = 200,
					.files_per_dir = 100,
					.dirs_per_dir = 10,
					.spread = 1 };
}

/*
 * The layout is refused with -code and a sentence that has `text` in it.
 * Nothing leaks.
 */
static void refused(const struct fileset_layout *l, int code, const char *text)
{
	unsigned int fds = scratch_open_fds();
	struct fileset fs;
	struct failure f;
	int ret = fileset_init(&fs, l, &f);

	if (ret != -code)
		fail_msg("returned %d, expected %d (\"%s\"; text: %s)", ret,
			 -code, text, f.text);
	if (!strstr(f.text, text))
		fail_msg("\"%s\" does not say \"%s\"", f.text, text);
	assert_int_equal(scratch_open_fds(), fds);
	/* All was freed and zeroed: freeing again is harmless. */
	fileset_free(&fs);
}

static void taken(const struct fileset_layout *l)
{
	struct fileset fs;
	struct failure f;
	int ret = fileset_init(&fs, l, &f);

	if (ret)
		fail_msg("returned %d: %s", ret, f.text);
	assert_string_equal(f.text, "");
	fileset_free(&fs);
}

static void numbers(void **state)
{
	struct fileset_layout l = good();

	taken(&l);
	l.files = 0;
	refused(&l, EINVAL, "files=0: expected 1 to 1000000000000");
	l.files = FILESET_FILES_MAX + 1;
	refused(&l, EINVAL, "files=1000000000001: expected 1 to ");
	l.files = UINT64_MAX;
	refused(&l, EINVAL, "files=18446744073709551615: ");
	l.files = FILESET_FILES_MAX;
	taken(&l);
	l.files = 1;
	taken(&l);
	l.files_per_dir = 0;
	refused(&l, EINVAL, "files_per_dir=0: expected 1 to ");
	l.files_per_dir = UINT64_MAX;
	refused(&l, EINVAL, "files_per_dir=18446744073709551615: ");
	l.files_per_dir = FILESET_FILES_MAX;
	taken(&l);
	l = good();
	l.dirs_per_dir = 0;
	refused(&l, EINVAL, "dirs_per_dir=0: expected 2 to ");
	l.dirs_per_dir = 1;
	refused(&l, EINVAL, "dirs_per_dir=1: expected 2 to ");
	l.dirs_per_dir = FILESET_DIRS_PER_DIR_MAX + 1;
	refused(&l, EINVAL, "dirs_per_dir=16777217: ");
	l.dirs_per_dir = FILESET_DIRS_PER_DIR_MAX;
	taken(&l);
	l = good();
	l.spread = 0;
	refused(&l, EINVAL, "spread=0: expected 1 to ");
	l.spread = UINT64_MAX;
	refused(&l, EINVAL, "spread=18446744073709551615: ");
	l.spread = FILESET_FILES_MAX / 100 + 1;
	refused(&l, EINVAL, "spread=10000000001: ");
	l.spread = 1000;
	taken(&l);
}

static void names_that_lead_elsewhere(void **state)
{
	static const char *const bad[] = { "/",   "a/b", "/etc",   "..",
					   "a..", "..b", "../../x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fileset_layout l = good();
		char text[64];

		l.prefix = bad[i];
		scratch_print(text, sizeof(text), "prefix=%s: ", bad[i]);
		refused(&l, EINVAL, text);
		l = good();
		l.suffix = bad[i];
		scratch_print(text, sizeof(text), "suffix=%s: ", bad[i]);
		refused(&l, EINVAL, text);
		l = good();
		l.host = bad[i];
		scratch_print(text, sizeof(text), "host=%s: ", bad[i]);
		refused(&l, EINVAL, text);
	}
}

static void host_names(void **state)
{
	struct fileset_layout l = good();

	l.host = "";
	refused(&l, EINVAL, "host=: expected a host name");
	l.host = ".";
	refused(&l, EINVAL, "host=.: expected a host name");
	l.host = "Capital.Example-1";
	taken(&l);
}

static void system_directories(void **state)
{
	static const char *const bad[] = {
		"/",       "//",          "/.",
		"/..",     "/etc",        "/etc/",
		"/usr",    "/var",        "/proc",
		"/sys",    "/dev",        "/root",
		"/boot",   "/home",       "/run",
		"/tmp/..", "/usr/../etc", "/proc/self/root"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fileset_layout l = good();
		char text[64];

		if (access(bad[i], X_OK))
			continue;
		l.directory = bad[i];
		scratch_print(text, sizeof(text), "directory=%s: ", bad[i]);
		refused(&l, EINVAL, text);
		refused(&l, EINVAL, "a directory of the system itself");
	}
}

/* On a merged /usr these are links, yet directories of the system. */
static void system_directories_by_link(void **state)
{
	static const char *const bad[] = { "/bin", "/sbin", "/lib", "/lib64" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fileset_layout l = good();

		if (access(bad[i], X_OK))
			continue;
		l.directory = bad[i];
		refused(&l, EINVAL, "a directory of the system itself");
	}
}

/* tests/e2e has short paths that are mount points, because it may mount. */
static void short_paths(void **state)
{
	static const char *const bad[] = { "/srv", "/opt", "/srv/", "/../srv" };
	unsigned int tried = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fileset_layout l = good();
		struct statx st;

		if (statx(AT_FDCWD, bad[i], 0, STATX_TYPE, &st) ||
		    st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			continue;
		tried++;
		l.directory = bad[i];
		refused(&l, EINVAL, "is too short a path: expected 6");
		refused(&l, EINVAL, "/smallfio, and name that");
	}
	if (!tried)
		scratch_skip("/srv and /opt are mount points or not there");
}

static void top_directories(void **state)
{
	char list[66 * 2 + 1] = "", path[PATH_MAX + 16];
	struct fileset_layout l = good();

	l.directory = "";
	refused(&l, EINVAL, "directory=: one of its names is empty");
	l.directory = ":";
	refused(&l, EINVAL, "one of its names is empty");
	scratch_print(path, sizeof(path), "%s:", scratch);
	l.directory = path;
	refused(&l, EINVAL, "one of its names is empty");
	scratch_print(path, sizeof(path), "%s/missing", scratch);
	l.directory = path;
	refused(&l, ENOENT, "/missing: No such file or directory; make it");
	scratch_print(path, sizeof(path), "%s/file", scratch);
	scratch_write(path, "x", 1);
	refused(&l, ENOTDIR, "/file: is not a directory");
	scratch_print(path, sizeof(path), "%s/file/below", scratch);
	refused(&l, ENOTDIR, "/file/below: Not a directory");
	for (int i = 0; i < 65; i++)
		strcat(list, i ? ":." : ".");
	assert_int_equal(chdir(scratch), 0);
	l.directory = list;
	refused(&l, EINVAL, "more than 64 directories");
	list[63 * 2 + 1] = 0;
	taken(&l);
	assert_int_equal(chdir("/"), 0);
}

/*
 * directory= is split as fio splits it: "\:" is a colon in a name, any other
 * '\' stands for itself.
 */
static void escaped_colons(void **state)
{
	char path[PATH_MAX + 16], list[3 * PATH_MAX];
	struct fileset_layout l = good();
	struct fileset fs;
	struct failure f;

	scratch_print(path, sizeof(path), "%s/a:b", scratch);
	assert_int_equal(mkdir(path, 0700), 0);
	scratch_print(path, sizeof(path), "%s/c\\d", scratch);
	assert_int_equal(mkdir(path, 0700), 0);
	scratch_print(list, sizeof(list), "%s/a\\:b:%s/c\\d:%s/a\\:b/..",
		      scratch, scratch, scratch);
	l.directory = list;
	assert_int_equal(fileset_init(&fs, &l, &f), 0);
	assert_int_equal(fs.tops, 3);
	scratch_print(path, sizeof(path), "%s/a:b", scratch);
	assert_string_equal(fs.top[0], path);
	scratch_print(path, sizeof(path), "%s/c\\d", scratch);
	assert_string_equal(fs.top[1], path);
	assert_string_equal(fs.top[2], scratch);
	fileset_free(&fs);
}

/* A relative directory is made absolute: fio may change directory later. */
static void relative_directory(void **state)
{
	struct fileset_layout l = good();
	struct fileset fs;
	struct failure f;

	assert_int_equal(chdir(scratch), 0);
	l.directory = ".";
	assert_int_equal(fileset_init(&fs, &l, &f), 0);
	assert_string_equal(fs.top[0], scratch);
	assert_int_equal(chdir("/"), 0);
	fileset_free(&fs);
}

/* The longest accepted names do work, with what operations add to them. */
static void name_length(void **state)
{
	static const char *const endings[] = { ".tmp", ".d", ".s" };
	struct fileset_layout l = good();
	char prefix[NAME_MAX * 2], path[PATH_MAX + NAME_MAX + 64];
	struct fileset fs;
	struct failure f;
	size_t longest = 0;

	l.prefix = prefix;
	for (size_t n = 1; n < NAME_MAX * 2 - 1; n++) {
		memset(prefix, 'p', n);
		prefix[n] = 0;
		if (!fileset_init(&fs, &l, &f)) {
			assert_int_equal(n, longest + 1);
			longest = n;
			fileset_free(&fs);
		}
	}
	prefix[longest + 1] = 0;
	memset(prefix, 'p', longest + 1);
	refused(&l, ENAMETOOLONG, "file names would be longer than 255 bytes");
	assert_true(longest > 200);
	prefix[longest] = 0;
	for (size_t i = 0; i < 3; i++) {
		char name[NAME_MAX * 3];

		expected_name(&l, l.files, name);
		scratch_print(path, sizeof(path), "%s/%s%s", scratch, name,
			      endings[i]);
		scratch_write(path, "", 0);
	}
}

/* Makes a path of about `length` bytes, if the system allows it. */
static void long_directory(size_t length, char out[PATH_MAX])
{
	strcpy(out, scratch);
	while (strlen(out) + 1 < length) {
		size_t n = length - strlen(out) - 1;
		char *end = out + strlen(out);

		if (n > 200)
			n = 200;
		*end = '/';
		memset(end + 1, 'x', n);
		end[1 + n] = 0;
		mkdir(out, 0700);
	}
}

/*
 * Finds the longest top directory with which a layout is accepted. Its longest
 * path, with what operations add, must then fit the limit.
 */
static void longest_paths(struct fileset_layout *l)
{
	char top[PATH_MAX], path[2 * PATH_MAX];
	struct fileset fs;
	struct failure f;
	size_t length;
	int ret = -1;

	l->directory = top;
	for (length = PATH_MAX - 2; ret && length > 1000; length--) {
		long_directory(length, top);
		ret = fileset_init(&fs, l, &f);
		if (ret) {
			assert_int_equal(ret, -ENAMETOOLONG);
			assert_non_null(strstr(f.text, "longer than 4096"));
		}
	}
	assert_int_equal(ret, 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t n = l->files - (scratch_random() % l->files) / 8;

		length = fileset_path(&fs, TREE_DST, fileset_dir(&fs, n), 0, n,
				      true, path);
		assert_true(length + strlen(".tmp") < PATH_MAX);
	}
	fileset_free(&fs);
}

static void path_length(void **state)
{
	struct fileset_layout l = good();

	longest_paths(&l);
	l.files = FILESET_FILES_MAX;
	l.files_per_dir = 1;
	l.dirs_per_dir = 2;
	longest_paths(&l);
	l.hash_into_dirs = true;
	longest_paths(&l);
	/*
	 * With this D, (D - 1) * 900593 mod D is 1: the last component is not
	 * the longest.
	 */
	l.dirs_per_dir = 900594;
	longest_paths(&l);
	l.dirs_per_dir = FILESET_DIRS_PER_DIR_MAX;
	longest_paths(&l);
}

static void spread_needs_an_inverse(void **state)
{
	struct fileset_layout l = good();

	l.files = 900593 * 2;
	l.hash_into_dirs = true;
	taken(&l);
	l.spread = 2;
	refused(&l, EINVAL,
		"spread=2 with hash_into_dirs: files must not be a "
		"multiple of 900593");
	l.hash_into_dirs = false;
	taken(&l);
	l.hash_into_dirs = true;
	l.files++;
	taken(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(names_that_lead_elsewhere),
		cmocka_unit_test(host_names),
		cmocka_unit_test(system_directories),
		cmocka_unit_test(system_directories_by_link),
		cmocka_unit_test(short_paths),
		cmocka_unit_test(top_directories),
		cmocka_unit_test(escaped_colons),
		cmocka_unit_test(relative_directory),
		cmocka_unit_test(name_length),
		cmocka_unit_test(path_length),
		cmocka_unit_test(spread_needs_an_inverse),
	};

	return cmocka_run_group_tests_name("fileset_limits", tests, setup,
					   teardown);
}
