// SPDX-License-Identifier: GPL-2.0-only
/*
 * readdir and ls-l: which files must be there, which may be, and which are
 * missing.
 */
#include <sys/stat.h>

#include "rig.h"

static const char *const listings[] = { "readdir", "ls-l" };

/*
 * Checks that only the directory of missing file n fails, and names the file.
 */
static void without(struct rig *rig, const char *operation, uint64_t n)
{
	char *path = rig_file(rig, n);
	struct worker *w = &rig->worker;

	rig_start(rig, operation);
	for (uint64_t unit = 0; unit < w->units; unit++) {
		const struct fileset *fs = &w->fileset;

		if (unit / fs->tops != fileset_dir(fs, n) ||
		    unit % fs->tops != fileset_top(fs, n)) {
			rig_ok(rig, unit, false);
			continue;
		}
		rig_fails(rig, unit, ENOENT,
			  printed("%s is missing: ", strrchr(path, '/') + 1));
		rig_fails(rig, unit, ENOENT,
			  printed(": %llu of %llu files are there",
				  (unsigned long long)rig->request.expected - 1,
				  (unsigned long long)rig->request.expected));
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
			char *path;

			path = rig_file(rig, n);
			assert_ok(unlink(path));
			without(rig, listings[i], n);
			scratch_text(path, "");
		}
	rig_all(rig, "readdir");
	rig_all(rig, "cleanup");
}

RIG_TEST(missing_file)
{
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
RIG_TEST(foreign_entries)
{
	static const char *const names[] = { "_host_00_0_",  "_host_00_03_",
					     "_host_00_99_", "_host_01_3_",
					     "_host_00_3_x", ".hidden",
					     "_host_00_3_.d" };
	char *path;

	rig_all(rig, "create");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path = printed("%s/file_srcdir/host/thrd_00/d_001/%s",
			       rig->top[0], names[i]);
		if (i == 5)
			assert_ok(symlink("/nowhere", path));
		else if (i == 6)
			assert_ok(mkdir(path, 0700));
		else
			scratch_text(path, "");
	}
	/* A file of the set, but in another directory than its own. */
	path = printed("%s/file_srcdir/host/thrd_00/d_001/_host_00_1_",
		       rig->top[0]);
	scratch_text(path, "");
	rig_all(rig, "readdir");
	rig_all(rig, "ls-l");
}

/* A file in the wrong directory is missing in the right one. */
RIG_TEST(moved_file)
{
	char *from;

	rig_all(rig, "create");
	from = rig_file(rig, 3);
	assert_ok(rename(
		from, printed("%s/file_srcdir/host/thrd_00/d_000/_host_00_3_",
			      rig->top[0])));
	rig_start(rig, "readdir");
	rig_ok(rig, 0, false);
	rig_fails(rig, 1, ENOENT, "_host_00_3_ is missing: 2 of 3 files");
}

RIG_TEST(missing_directory)
{
	rig_all(rig, "create");
	scratch_remove(
		printed("%s/file_srcdir/host/thrd_00/d_002", rig->top[0]));
	rig_start(rig, "ls-l");
	rig_ok(rig, 1, false);
	rig_fails(rig, 2, ENOENT, "d_002: open of the directory: No such");
}

/* Of two threads in one tree, each sees only its own files. */
RIG_TEST(shared_directories)
{
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
RIG_TEST(large_directory)
{
	rig->options.layout.files = 12000;
	rig->options.layout.files_per_dir = 100000;
	rig->options.layout.prefix =
		"a-name-that-is-long-so-that-fewer-fit-into-a-buffer";
	rig->options.empty = true;
	rig_start(rig, "create");
	for (uint64_t unit = 0; unit < 12000; unit++) {
		request_prepare(&rig->worker, &rig->request, unit, false);
		assert_ok(request_run(&rig->worker, &rig->request));
	}
	rig_stop(rig);
	rig_start(rig, "readdir");
	assert_int_equal(rig->worker.units, 1);
	rig_ok(rig, 0, false);
	assert_int_equal(rig->request.records, 12000);
}

/* Memory is used for files that exist, not for all that would fit. */
RIG_TEST(roomy_directories)
{
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
RIG_TEST(few_files)
{
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
RIG_TEST(told_at_once)
{
	rig->options.layout.files = 1000000000;
	rig->options.layout.files_per_dir = 3;
	rig->options.layout.dirs_per_dir = 100;
	rig->options.max_fds = 1;
	for (int hashed = 0; hashed < 2; hashed++) {
		char *dir;

		rig->options.layout.hash_into_dirs = hashed;
		dir = rig_file(rig, 777777777);
		*strrchr(dir, '/') = 0;
		assert_ok(system(printed("mkdir -p '%s'", dir)));
		rig_start(rig, "readdir");
		rig_fails(rig, fileset_dir(&rig->worker.fileset, 777777777),
			  ENOENT, " is missing: 0 of 3 files");
		rig_stop(rig);
	}
}

RIG_TEST(refused)
{
	rig->options.layout.files = 900593;
	rig->options.layout.hash_into_dirs = true;
	for_each_in (listing, listings)
		rig_refuses(rig, *listing, "files must not be a multiple of");
}
