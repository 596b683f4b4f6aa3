// SPDX-License-Identifier: GPL-2.0-only
/*
 * readdir and ls-l: which files must be there, which may be, and which are
 * missing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "rig.h"

static const char *const listings[] = { "readdir", "ls-l" };

/*
 * Checks that only the directory of missing file n fails, and names the file.
 */
static void without(struct rig *rig, const char *operation, uint64_t n)
{
	char path[PATH_MAX], text[NAME_MAX + 64];
	struct worker *w = &rig->worker;

	rig_path(rig, TREE_SRC, n, "", path);
	rig_start(rig, operation);
	for (uint64_t unit = 0; unit < w->units; unit++) {
		const struct fileset *fs = &w->fileset;

		if (unit / fs->tops != fileset_dir(fs, n) ||
		    unit % fs->tops != fileset_top(fs, n)) {
			rig_ok(rig, unit, false);
			continue;
		}
		sprintf(text, "%s is missing: ", strrchr(path, '/') + 1);
		rig_fails(rig, unit, ENOENT, text);
		sprintf(text, ": %llu of %llu files are there",
			(unsigned long long)rig->request.expected - 1,
			(unsigned long long)rig->request.expected);
		rig_fails(rig, unit, ENOENT, text);
		*strrchr(path, '/') = 0;
		rig_fails(rig, unit, ENOENT, path);
	}
	rig_stop(rig);
}

static void missing_in(struct rig *rig)
{
	rig->options.empty = true;
	rig_all(rig, "create");
	for (int i = 0; i < 2; i++)
		for (uint64_t n = 1; n <= rig->options.layout.files; n++) {
			char path[PATH_MAX];

			rig_path(rig, TREE_SRC, n, "", path);
			assert_int_equal(unlink(path), 0);
			without(rig, listings[i], n);
			scratch_write(path, "", 0);
		}
	rig_all(rig, "readdir");
	rig_all(rig, "cleanup");
}

static void missing_file(void **state)
{
	struct rig *rig = *state;

	missing_in(rig);
	rig->options.layout.hash_into_dirs = true;
	missing_in(rig);
	rig_two_tops(rig);
	missing_in(rig);
	rig->options.layout.hash_into_dirs = false;
	missing_in(rig);
	rig->options.max_fds = 2;
	rig->options.layout.spread = 4;
	missing_in(rig);
}

/* Files of others do not matter, however like a file's name their names are. */
static void foreign_entries(void **state)
{
	static const char *const names[] = { "_host_00_0_",  "_host_00_03_",
					     "_host_00_99_", "_host_01_3_",
					     "_host_00_3_x", ".hidden",
					     "_host_00_3_.d" };
	struct rig *rig = *state;
	char path[2 * PATH_MAX];

	rig_all(rig, "create");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		sprintf(path, "%s/file_srcdir/host/thrd_00/d_001/%s",
			rig->top[0], names[i]);
		if (i == 5)
			assert_int_equal(symlink("/nowhere", path), 0);
		else if (i == 6)
			assert_int_equal(mkdir(path, 0700), 0);
		else
			scratch_write(path, "", 0);
	}
	/* A file of the set, but in another directory than its own. */
	sprintf(path, "%s/file_srcdir/host/thrd_00/d_001/_host_00_1_",
		rig->top[0]);
	scratch_write(path, "", 0);
	rig_all(rig, "readdir");
	rig_all(rig, "ls-l");
}

/* A file in the wrong directory is missing in the right one. */
static void moved_file(void **state)
{
	struct rig *rig = *state;
	char from[PATH_MAX], to[2 * PATH_MAX];

	rig_all(rig, "create");
	rig_path(rig, TREE_SRC, 3, "", from);
	sprintf(to, "%s/file_srcdir/host/thrd_00/d_000/_host_00_3_",
		rig->top[0]);
	assert_int_equal(rename(from, to), 0);
	rig_start(rig, "readdir");
	rig_ok(rig, 0, false);
	rig_fails(rig, 1, ENOENT, "_host_00_3_ is missing: 2 of 3 files");
}

static void missing_directory(void **state)
{
	struct rig *rig = *state;
	char path[PATH_MAX + 64];

	rig_all(rig, "create");
	sprintf(path, "%s/file_srcdir/host/thrd_00/d_002", rig->top[0]);
	scratch_remove(path);
	rig_start(rig, "ls-l");
	rig_ok(rig, 1, false);
	rig_fails(rig, 2, ENOENT, "d_002: open of the directory: No such");
}

/* Of two threads in one tree, each sees only its own files. */
static void shared_directories(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.same_dir = true;
	rig_all(rig, "create");
	rig->options.layout.thread = 1;
	rig_all(rig, "create");
	rig_all(rig, "readdir");
	rig->options.layout.thread = 0;
	rig_all(rig, "delete");
	rig->options.layout.thread = 1;
	rig_all(rig, "ls-l");
	rig->options.layout.thread = 0;
	rig_start(rig, "readdir");
	rig_fails(rig, 0, ENOENT, "_host_00_1_ is missing: 0 of 2 files");
}

/* The directory has more entries than one getdents() can return. */
static void large_directory(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.files = 12000;
	rig->options.layout.files_per_dir = 100000;
	rig->options.layout.prefix =
		"a-name-that-is-long-so-that-fewer-fit-into-a-buffer";
	rig->options.empty = true;
	rig_start(rig, "create");
	for (uint64_t unit = 0; unit < 12000; unit++) {
		request_prepare(&rig->worker, &rig->request, unit, false);
		assert_int_equal(request_run(&rig->worker, &rig->request), 0);
	}
	rig_stop(rig);
	rig_start(rig, "readdir");
	assert_int_equal(rig->worker.units, 1);
	rig_ok(rig, 0, false);
	assert_int_equal(rig->request.records, 12000);
}

/* Memory is used for files that exist, not for all that would fit. */
static void roomy_directories(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.files_per_dir = FILESET_FILES_MAX;
	for (int hashed = 0; hashed < 2; hashed++) {
		rig->options.layout.hash_into_dirs = hashed;
		rig_all(rig, "create");
		rig_all(rig, "readdir");
		rig_all(rig, "cleanup");
	}
}

/*
 * There are more directories than files, so the number of a unit need not be a
 * file's.
 */
static void few_files(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.files_per_dir = 1;
	for (uint64_t files = 1; files < 12; files++)
		for (uint64_t spread = 1; spread < 5; spread++) {
			rig->options.layout.files = files;
			rig->options.layout.spread = spread;
			rig->options.layout.hash_into_dirs = spread & 1;
			rig_all(rig, "create");
			rig_all(rig, "readdir");
			rig_all(rig, "cleanup");
		}
}

/* One missing file in a huge set is reported at once. */
static void told_at_once(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.files = 1000000000;
	rig->options.layout.files_per_dir = 3;
	rig->options.layout.dirs_per_dir = 100;
	rig->options.max_fds = 1;
	for (int hashed = 0; hashed < 2; hashed++) {
		char path[PATH_MAX + 64], make[PATH_MAX + 128];

		rig->options.layout.hash_into_dirs = hashed;
		rig_path(rig, TREE_SRC, 777777777, "", path);
		*strrchr(path, '/') = 0;
		sprintf(make, "mkdir -p '%s'", path);
		assert_int_equal(system(make), 0);
		rig_start(rig, "readdir");
		rig_fails(rig, fileset_dir(&rig->worker.fileset, 777777777),
			  ENOENT, " is missing: 0 of 3 files");
		rig_stop(rig);
	}
}

static void refused(void **state)
{
	struct rig *rig = *state;

	rig->options.layout.files = 900593;
	rig->options.layout.hash_into_dirs = true;
	for (int i = 0; i < 2; i++) {
		rig->options.operation = operation_find(listings[i]);
		assert_int_equal(worker_init(&rig->worker, &rig->options,
					     &rig->failure),
				 -EINVAL);
		assert_non_null(strstr(rig->failure.text,
				       "files must not be a multiple of"));
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_file),       TEST(foreign_entries),
		TEST(moved_file),         TEST(missing_directory),
		TEST(shared_directories), TEST(large_directory),
		TEST(roomy_directories),  TEST(few_files),
		TEST(told_at_once),       TEST(refused),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
