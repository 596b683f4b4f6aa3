// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of open directories. Whatever their number is, each file is reached
 * through them as the very inode that its full path names. Their number is
 * bounded, and all are closed again.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "rig.h"

/*
 * Checks that each file, reached as request_prepare() says, is the right inode.
 */
static void same_inodes(struct rig *rig)
{
	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		const struct path_at *at = &rig->request.at[TREE_SRC];
		struct stat want, got;
		char *path;

		request_prepare(&rig->worker, &rig->request, unit, false);
		path = rig_file(rig, rig->request.file);
		assert_ok(stat(path, &want));
		if (fstatat(at->fd, at->path, &got, AT_SYMLINK_NOFOLLOW))
			fail_msg("%s is not at %s", path, at->path);
		assert_int_equal(got.st_ino, want.st_ino);
	}
}

/* How many descriptors the running operation has open for directories. */
static unsigned int directories_open(struct rig *rig)
{
	return scratch_open_fds() - rig->fds;
}

static void any_number(struct rig *rig)
{
	static const uint64_t limits[] = { 1,  2,  3,  4,   5,   7,
					   10, 20, 50, 100, 1000 };
	unsigned int tops = strchr(rig->options.layout.directory, ':') ? 2 : 1;
	unsigned int before = 0;

	rig->options.empty = true;
	rig->options.max_fds = 0;
	rig_all(rig, "create");
	for_each_in (row, limits) {
		unsigned int open, most = *row > tops ? *row : tops;

		rig->options.max_fds = *row;
		rig_start(rig, "stat");
		open = directories_open(rig);
		assert_true(open <= most + tops);
		/* If more descriptors are allowed, no fewer are open. */
		assert_true(open >= before);
		before = open;
		same_inodes(rig);
		rig_stop(rig);
		assert_int_equal(directories_open(rig), 0);
	}
	rig_all(rig, "cleanup");
}

RIG_TEST(sequential)
{
	rig->options.layout.files = 200;
	rig->options.layout.files_per_dir = 2;
	any_number(rig);
	rig->options.layout.dirs_per_dir = 2;
	any_number(rig);
	rig->options.layout.dirs_per_dir = 1000;
	any_number(rig);
	rig->options.layout.files_per_dir = 1000;
	any_number(rig);
}

RIG_TEST(hashed)
{
	rig->options.layout.hash_into_dirs = true;
	sequential(rig);
}

RIG_TEST(two_tops)
{
	rig_two_tops(rig);
	sequential(rig);
	rig->options.layout.files_per_dir = 3;
	rig->options.layout.dirs_per_dir = 3;
	hashed(rig);
}

RIG_TEST(same_dir)
{
	rig->options.layout.same_dir = true;
	rig->options.layout.thread = 100;
	sequential(rig);
}

/* Limit, reserved, sharing, jobs, trees, and the result. */
TEST(budget)
{
	enum { SRC = 1 << TREE_SRC, BOTH = SRC | 1 << TREE_DST };
	static const struct {
		uint64_t limit, reserved;
		unsigned int sharing, jobs, trees;
		uint64_t each;
	} cases[] = {
		{ 1048576, 256, 1, 1, SRC, DIRTABLE_FDS_MAX },
		{ 1048576, 256, 1, 1, BOTH, DIRTABLE_FDS_MAX },
		{ 1048576, 256, 1, 4, SRC, DIRTABLE_FDS_MAX },
		{ 1048576, 256, 1, 8, SRC, DIRTABLE_FDS_ALL / 8 },
		/* Each process has a limit of its own. */
		{ 1048576, 256, 1, 512, BOTH, DIRTABLE_FDS_MIN },
		/* Threads share one limit. */
		{ 20256, 256, 1, 1, SRC, DIRTABLE_FDS_MAX },
		{ 20256, 256, 1, 1, BOTH, 10000 },
		{ 20256, 256, 2, 2, BOTH, 5000 },
		{ 1024, 256, 1, 1, SRC, 768 },
		{ 1024, 256, 512, 512, BOTH, 1 },
		{ 256, 256, 1, 1, SRC, 1 },
		{ 100, 256, 1, 1, SRC, 1 },
		{ UINT64_MAX, 0, 1, 1, SRC, DIRTABLE_FDS_MAX },
		{ 20256, 256, 0, 0, 0, DIRTABLE_FDS_MAX },
	};

	for_each_in (row, cases)
		assert_int_equal(dirtable_budget(row->limit, row->reserved,
						 row->sharing, row->jobs,
						 row->trees),
				 row->each);
}

/*
 * To open many remote directories takes long. If stopped, no directory stays
 * open.
 */
RIG_TEST(stopped)
{
	struct worker *w = &rig->worker;
	int left = 1;

	rig->options.empty = true;
	rig_all(rig, "create");
	rig_init(rig, "stat");
	w->stop = (struct stop){ scratch_stop_after, &left };
	assert_int_equal(worker_open_dirs(w, &rig->failure), -ECANCELED);
	assert_int_equal(left, -1);
	assert_int_equal(directories_open(rig), 0);
	worker_free(w);
}

/* For both trees twice as many descriptors are open, and no more. */
RIG_TEST(both_trees)
{
	rig->options.layout.files = 200;
	rig->options.max_fds = 30;
	rig_all(rig, "create");
	rig_start(rig, "rename");
	assert_true(directories_open(rig) <= 2 * 30 + 1);
	rig_finish(rig);
}

/*
 * A tree that is missing when it is opened takes no descriptors. A file that is
 * made later is reached all the same.
 */
RIG_TEST(missing_directories)
{
	rig->options.max_fds = 4;
	rig_start(rig, "stat");
	assert_int_equal(directories_open(rig), 1);
	for (uint64_t unit = 0; unit < rig->worker.units; unit++)
		rig_fails(rig, unit, ENOENT, rig_file(rig, unit + 1));
	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		char *dir = rig_file(rig, unit + 1);

		*strrchr(dir, '/') = 0;
		assert_ok(system(printed("mkdir -p '%s'", dir)));
		scratch_text(rig_file(rig, unit + 1), "");
		rig_ok(rig, unit, false);
	}
	same_inodes(rig);
}

/* A top directory that was moved away is missed, and so is one in its place. */
RIG_TEST(top_moves)
{
	const char *away = printed("%s-away", rig->top[0]);
	struct worker *w = &rig->worker;

	rig_start(rig, "create");
	assert_ok(dirtable_check(&w->dirtable, &w->fileset, &rig->failure));
	assert_ok(rename(rig->top[0], away));
	assert_int_equal(dirtable_check(&w->dirtable, &w->fileset,
					&rig->failure),
			 -ENOENT);
	assert_ok(mkdir(rig->top[0], 0777));
	assert_int_equal(dirtable_check(&w->dirtable, &w->fileset,
					&rig->failure),
			 -ESTALE);
	assert_says(rig->failure.text, rig->top[0]);
	assert_ok(rmdir(rig->top[0]));
	assert_ok(rename(away, rig->top[0]));
	assert_ok(dirtable_check(&w->dirtable, &w->fileset, &rig->failure));
	rig_stop(rig);
}

/* Some directories are there, some not. */
RIG_TEST(holes)
{
	rig->options.empty = true;
	for (uint64_t max_fds = 1; max_fds < 12; max_fds++) {
		rig->options.max_fds = max_fds;
		rig_all(rig, "create");
		scratch_remove(printed("%s/file_srcdir/host/thrd_00/d_001",
				       rig->top[0]));
		rig_start(rig, "stat");
		for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
			char *file;

			file = rig_file(rig, unit + 1);
			if (scratch_exists("%s", file))
				rig_ok(rig, unit, false);
			else
				rig_fails(rig, unit, ENOENT, file);
		}
		rig_all(rig, "cleanup");
	}
}

/* A link instead of a directory is refused, whatever it leads to. */
RIG_TEST(links)
{
	static const char *const names[] = {
		"file_srcdir",
		"file_srcdir/host",
		"file_srcdir/host/thrd_00",
		"file_srcdir/host/thrd_00/d_001",
		"file_srcdir/host/thrd_00/d_001/d_002",
	};

	rig->options.empty = true;
	for_each_in (row, names) {
		char moved[PATH_MAX + 64], *path;
		struct worker *w = &rig->worker;

		rig_all(rig, "create");
		path = printed("%s/%s", rig->top[0], *row);
		sprintf(moved, "%s/moved", rig->dir);
		assert_ok(rename(path, moved));
		assert_ok(symlink(moved, path));
		rig_init(rig, "stat");
		assert_int_equal(worker_open_dirs(w, &rig->failure), -ELOOP);
		assert_says(rig->failure.text, path);
		assert_says(rig->failure.text, "symbolic link");
		assert_int_equal(directories_open(rig), 0);
		worker_free(w);
		assert_ok(unlink(path));
		assert_ok(rename(moved, path));
		rig_all(rig, "cleanup");
	}
}

RIG_TEST(too_few_descriptors)
{
	struct worker *w = &rig->worker;
	struct rlimit limit, low;

	rig->options.layout.files = 300;
	rig->options.empty = true;
	rig_all(rig, "create");
	assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
	low = limit;
	rig->options.operation = operation_find("stat");
	for (unsigned int more = 0; more < 40; more += 3) {
		int ret;

		low.rlim_cur = rig->fds + 1 + more;
		assert_ok(worker_init(w, &rig->options, &rig->failure));
		setrlimit(RLIMIT_NOFILE, &low);
		ret = worker_open_dirs(w, &rig->failure);
		setrlimit(RLIMIT_NOFILE, &limit);
		assert_int_equal(ret, -EMFILE);
		assert_says(rig->failure.text, "ulimit -n");
		assert_says(rig->failure.text, rig->top[0]);
		assert_int_equal(directories_open(rig), 0);
		worker_free(w);
	}
	/*
	 * With few directories open, descriptors are left for the operation
	 * itself.
	 */
	rig->options.max_fds = 5;
	rig_start(rig, "stat");
	low.rlim_cur = scratch_open_fds() + 4;
	setrlimit(RLIMIT_NOFILE, &low);
	same_inodes(rig);
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Descriptors run out in the middle. That is an error of the operation, without
 * a leak.
 */
RIG_TEST(no_descriptor_left)
{
	static const char *const names[] = { "read", "append", "setxattr",
					     "swift-put", "readdir" };
	struct rlimit limit, low;

	rig_all(rig, "create");
	assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
	low = limit;
	for_each_in (row, names) {
		char text[2 * PATH_MAX];
		unsigned int open;
		int ret;

		rig_start(rig, *row);
		open = scratch_open_fds();
		low.rlim_cur = dup(0); /* the lowest free descriptor */
		close(low.rlim_cur);
		setrlimit(RLIMIT_NOFILE, &low);
		request_prepare(&rig->worker, &rig->request, 0, false);
		ret = request_run(&rig->worker, &rig->request);
		setrlimit(RLIMIT_NOFILE, &limit);
		assert_int_equal(ret, -EMFILE);
		request_describe(&rig->worker, &rig->request, ret, text,
				 sizeof(text));
		assert_says(text, "ulimit -n");
		assert_int_equal(scratch_open_fds(), open);
		rig_ok(rig, 0, false);
		rig_stop(rig);
	}
}

RIG_TEST(not_ours)
{
	struct worker *w = &rig->worker;
	int ret;

	assert_ok(chmod(rig->top[0], 0555));
	assert_ok(chmod(rig->dir, 0755));
	rig_init(rig, "create");
	if (!geteuid() && seteuid(65534))
		scratch_skip("root cannot become somebody else");
	ret = worker_make_dirs(w, &rig->failure);
	if (seteuid(getuid()))
		fail_msg("cannot become root again");
	assert_int_equal(ret, -EACCES);
	assert_says(rig->failure.text, "mkdir: ");
	assert_says(rig->failure.text, "/file_srcdir");
	assert_says(rig->failure.text, "Permission denied");
	worker_free(w);
}
