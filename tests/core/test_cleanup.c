// SPDX-License-Identifier: GPL-2.0-only
/*
 * cleanup removes all that the operations make, and nothing else. Files that
 * another user, job or program left in the tree stay as they were.
 */
#include <ftw.h>
#include <sys/stat.h>

#include "rig.h"

/* Makes something of every kind. Files end up in both trees. */
static void make_everything(struct rig *rig)
{
	rig_all(rig, "create");
	rig_all(rig, "symlink");
	rig_all(rig, "link");
	rig_all(rig, "copy-range");
	rig_all(rig, "rename");
	rig_all(rig, "mkdir");
	rig_all(rig, "swift-put");
	/* A killed swift-put leaves such a file. */
	scratch_text(rig_path(rig, TREE_SRC, 2, ".tmp"), "x");
}

static void leaves_nothing(struct rig *rig)
{
	make_everything(rig);
	rig_start(rig, "cleanup");
	rig_units(rig, false);
	assert_ok(worker_finish(&rig->worker, &rig->failure));
	assert_int_equal(rig->worker.dirs_left, 0);
	rig_stop(rig);
	for (int t = 0; t < 2; t++) {
		assert_ok(rmdir(rig->top[t]));
		assert_ok(mkdir(rig->top[t], 0700));
	}
	/* cleanup runs once more, with nothing there. */
	rig_all(rig, "cleanup");
}

RIG_TEST(everything)
{
	for (int i = 0; i < 16; i++) {
		rig->options.layout.hash_into_dirs = i & 1;
		rig->options.layout.same_dir = i & 2;
		rig->options.max_fds = i & 4 ? 1 : 0;
		rig->options.dir_files = i & 8 ? 0 : 3;
		leaves_nothing(rig);
	}
	rig_two_tops(rig);
	leaves_nothing(rig);
}

/* cleanup also removes files in NAME.d beyond its own dir_files. */
RIG_TEST(other_dir_files)
{
	rig->options.dir_files = 1200;
	rig->options.layout.files = 2;
	rig_all(rig, "mkdir");
	rig->options.dir_files = 0;
	rig_all(rig, "cleanup");
	assert_ok(rmdir(rig->top[0]));
	assert_ok(mkdir(rig->top[0], 0700));
}

/* Names that are almost names of an operation's files. */
static const char *const foreign[] = {
	"file_srcdir/x",
	"file_srcdir/host/x",
	"file_srcdir/host/thrd_00/x",
	"file_srcdir/host/thrd_00/_host_00_1_",
	"file_srcdir/host/thrd_00/d_000/_host_00_0_",
	"file_srcdir/host/thrd_00/d_000/_host_00_01_",
	"file_srcdir/host/thrd_00/d_000/_host_00_3_",
	"file_srcdir/host/thrd_00/d_000/_host_00_1_.s",
	"file_srcdir/host/thrd_00/d_000/_host_00_1_.bak",
	"file_srcdir/host/thrd_00/d_000/_host_00_1",
	"file_srcdir/host/thrd_00/d_000/_host_01_1_",
	"file_srcdir/host/thrd_00/d_001/d_000/_host_00_21_",
	"file_dstdir/host/thrd_00/d_000/_host_00_1_.tmp",
	"file_dstdir/host/thrd_00/d_000/_host_00_1_.d",
	"file_dstdir/y",
};

RIG_TEST(foreign_files_stay)
{
	char *before, *after;

	rig_all(rig, "create");
	rig_all(rig, "rename");
	/* Let cleanup take the files, so that only directories are left. */
	rig_start(rig, "cleanup");
	rig_units(rig, false);
	rig_stop(rig);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		write_file(printed("%s/%s", rig->top[0], foreign[i]),
			   foreign[i], i);
	}
	before = scratch_snapshot(rig->top[0], true);
	make_everything(rig);
	rig_start(rig, "cleanup");
	rig_units(rig, false);
	assert_ok(worker_finish(&rig->worker, &rig->failure));
	/*
	 * d_000, d_001 and d_001/d_000 stay in one tree, and d_000 in the
	 * other.
	 */
	assert_int_equal(rig->worker.dirs_left, 4);
	after = scratch_snapshot(rig->top[0], true);
	assert_string_equal(before, after);
	assert_false(scratch_exists("%s/file_srcdir/host/thrd_00/d_002",
				    rig->top[0]));
}

static unsigned int dirs_seen;

static int put_foreign_file(const char *path, const struct stat *st, int type,
			    struct FTW *ftw)
{
	/* Skip the thread's own directory, which has no number. */
	if (type != FTW_D || strncmp(path + ftw->base, "h_", 2))
		return 0;
	dirs_seen++;
	scratch_text(printed("%s/foreign", path), "x");
	return 0;
}

/* Several numbers may stand for one directory, which is counted once. */
RIG_TEST(hashed_directories_left)
{
	static const uint64_t dirs_per_dir[] = { 2, 3, 10 };

	rig->options.layout.hash_into_dirs = true;
	rig->options.layout.files = 200;
	rig->options.layout.files_per_dir = 1;
	for (size_t i = 0; i < 3; i++) {
		rig->options.layout.dirs_per_dir = dirs_per_dir[i];
		rig->options.layout.thread = i;
		rig_all(rig, "create");
		dirs_seen = 0;
		assert_ok(nftw(rig->top[0], put_foreign_file, 16, FTW_PHYS));
		rig_start(rig, "cleanup");
		rig_units(rig, false);
		assert_ok(worker_finish(&rig->worker, &rig->failure));
		assert_true(dirs_seen > 10);
		assert_int_equal(rig->worker.dirs_left, dirs_seen);
		rig_stop(rig);
		scratch_remove(rig->top[0]);
		assert_ok(mkdir(rig->top[0], 0700));
	}
}

/* In NAME.d, a file that mkdir does not make stays, and keeps the directory. */
RIG_TEST(foreign_in_directory)
{
	static const char *const kept[] = { "f_",     "f_1",    "f_01",
					    "f_0001", "f_000x", "f_000 ",
					    "F_000",  "g_000",  "data" };
	const char *dir = rig_path(rig, TREE_SRC, 5, ".d");

	make_everything(rig);
	for_each_in (name, kept)
		scratch_text(printed("%s/%s", dir, *name), "x");
	scratch_text(printed("%s/f_777", dir), "");
	rig_start(rig, "cleanup");
	rig_ok(rig, 4, false);
	assert_int_equal(rig->worker.dirs_left, 1);
	for_each_in (name, kept)
		assert_true(scratch_exists("%s/%s", dir, *name));
	assert_false(scratch_exists("%s/f_000", dir));
	assert_false(scratch_exists("%s/f_777", dir));
	/* Everything else of that file is gone all the same. */
	assert_false(scratch_exists("%s", rig_file(rig, 5)));
	assert_false(scratch_exists("%s", rig_path(rig, TREE_DST, 5, "")));
	assert_false(scratch_exists("%s", rig_path(rig, TREE_DST, 5, ".s")));
	rig_ok(rig, 5, false);
}

/* A directory with the name of a file is not ours. */
RIG_TEST(directory_by_that_name)
{
	char *path;

	rig_all(rig, "symlink");
	path = rig_file(rig, 3);
	assert_ok(mkdir(path, 0700));
	rig_start(rig, "cleanup");
	rig_ok(rig, 2, false);
	assert_int_equal(rig->worker.dirs_left, 1);
	assert_true(scratch_exists("%s", path));
	assert_false(scratch_exists("%s", rig_path(rig, TREE_DST, 3, ".s")));
}

/* A link in place of NAME.d is removed or refused, never entered. */
RIG_TEST(link_for_directory)
{
	const char *target = printed("%s/outside", rig->dir);
	const char *file = printed("%s/f_000", target);

	assert_ok(mkdir(target, 0700));
	scratch_text(file, "x");
	rig_all(rig, "create");
	assert_ok(symlink(target, rig_path(rig, TREE_SRC, 1, ".d")));
	rig_start(rig, "cleanup");
	rig_run(rig, 0, false);
	assert_true(scratch_exists("%s", file));
}

/* Other threads' and hosts' files in one tree stay. */
RIG_TEST(same_dir_neighbours)
{
	rig->options.layout.same_dir = true;
	make_everything(rig);
	rig->options.layout.thread = 1;
	make_everything(rig);
	rig_start(rig, "cleanup");
	rig_units(rig, false);
	assert_ok(worker_finish(&rig->worker, &rig->failure));
	assert_true(rig->worker.dirs_left > 0);
	rig_stop(rig);
	rig->options.layout.thread = 0;
	for (uint64_t n = 1; n <= 20; n++)
		assert_true(
			scratch_exists("%s", rig_path(rig, TREE_DST, n, "")));
	rig_all(rig, "cleanup");
	assert_ok(rmdir(rig->top[0]));
	assert_ok(mkdir(rig->top[0], 0700));
}
