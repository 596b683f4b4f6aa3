// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes and removes the directories of a file set. They are compared with the
 * directories that the files' expected paths need. Also with things of others
 * in the way.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "scratch.h"
#include "fs/tree.h"

static const struct stop never;

struct tree_fixture {
	char dir[PATH_MAX];
	const char *top[3], *tops; /* the latter: all of them */
	struct fileset_layout layout;
	struct fileset fs;
	struct failure failure;
	unsigned int fds;
};

static int setup(void **state)
{
	struct tree_fixture *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	scratch_make(m->dir);
	m->tops = scratch_tops(m->dir, 3);
	for (int i = 0; i < 3; i++)
		m->top[i] = printed("%s/t%d", m->dir, i);
	m->layout = scratch_layout(m->top[0]);
	m->layout.files = 100;
	m->layout.files_per_dir = 2;
	m->layout.dirs_per_dir = 3;
	m->fds = scratch_open_fds();
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct tree_fixture *m = *state;

	fileset_free(&m->fs);
	assert_int_equal(scratch_open_fds(), m->fds);
	scratch_remove(m->dir);
	free(m);
	return 0;
}

#define TREE_TEST(name) TEST_WITH(name, struct tree_fixture *m, setup, teardown)

static void start(struct tree_fixture *m)
{
	fileset_free(&m->fs);
	m->fs = scratch_fileset(&m->layout);
}

static void make(struct tree_fixture *m, enum tree tree)
{
	if (tree_make(&m->fs, tree, &never, &m->failure))
		fail_msg("%s", m->failure.text);
	assert_int_equal(scratch_open_fds(), m->fds);
}

static uint64_t remove_tree(struct tree_fixture *m, enum tree tree)
{
	uint64_t left = 0;

	if (tree_remove(&m->fs, tree, &never, &left, &m->failure))
		fail_msg("%s", m->failure.text);
	assert_int_equal(scratch_open_fds(), m->fds);
	return left;
}

/* Makes each file of the set by its expected path. */
static void touch_all(struct tree_fixture *m, enum tree tree, bool unlink_them)
{
	char path[PATH_MAX];

	for (uint64_t n = 1; n <= m->layout.files; n++) {
		expected_path(&m->layout, tree, m->top[n % m->fs.tops], n, "",
			      path);
		scratch_text(path, "");
		if (unlink_them)
			assert_ok(unlink(path));
	}
}

TREE_TEST(layouts)
{
	for (int i = 0; i < 16; i++) {
		enum tree tree = i & 4 ? TREE_DST : TREE_SRC;

		m->layout.hash_into_dirs = i & 1;
		m->layout.same_dir = i & 2;
		m->layout.directory = i & 8 ? m->tops : m->top[0];
		start(m);
		make(m, tree);
		make(m, tree);
		touch_all(m, tree, true);
		assert_int_equal(remove_tree(m, tree), 0);
		for (int t = 0; t < 3; t++) {
			assert_false(
				scratch_exists("%s/file_srcdir", m->top[t]));
			assert_false(
				scratch_exists("%s/file_dstdir", m->top[t]));
			assert_true(scratch_exists("%s", m->top[t]));
		}
		/* If nothing is there, to remove it is no error. */
		assert_int_equal(remove_tree(m, tree), 0);
	}
}

TREE_TEST(deep)
{
	m->layout.files = 3000;
	m->layout.files_per_dir = 1;
	m->layout.dirs_per_dir = 2;
	for (int hashed = 0; hashed < 2; hashed++) {
		m->layout.hash_into_dirs = hashed;
		start(m);
		make(m, TREE_SRC);
		touch_all(m, TREE_SRC, true);
		assert_int_equal(remove_tree(m, TREE_SRC), 0);
		assert_false(scratch_exists("%s/file_srcdir", m->top[0]));
	}
}

/* Some directories are there, others are gone. */
TREE_TEST(in_pieces)
{
	char *path;

	start(m);
	make(m, TREE_SRC);
	path = printed("%s/file_srcdir/host/thrd_00/d_001", m->top[0]);
	scratch_remove(path);
	make(m, TREE_SRC);
	touch_all(m, TREE_SRC, true);
	scratch_remove(path);
	assert_int_equal(remove_tree(m, TREE_SRC), 0);
	assert_false(scratch_exists("%s/file_srcdir", m->top[0]));
}

/* Group and others get no rights if the umask says so. */
TREE_TEST(umask_decides)
{
	mode_t old = umask(027);
	struct stat st;

	start(m);
	make(m, TREE_SRC);
	umask(old);
	assert_ok(stat(printed("%s/file_srcdir/host/thrd_00/d_001/d_000",
			       m->top[0]),
		       &st));
	assert_int_equal(st.st_mode & 07777, 0750);
}

TREE_TEST(foreign_stays)
{
	char *path;

	start(m);
	make(m, TREE_SRC);
	path = printed("%s/file_srcdir/host/thrd_00/d_001/d_002/mine",
		       m->top[0]);
	scratch_text(path, "x");
	/* d_001/d_002 and d_001 are counted, thrd_00 and above are not. */
	assert_int_equal(remove_tree(m, TREE_SRC), 2);
	assert_true(scratch_exists("%s", path));
	assert_false(scratch_exists("%s/file_srcdir/host/thrd_00/d_001/d_001",
				    m->top[0]));
	assert_false(
		scratch_exists("%s/file_srcdir/host/thrd_00/d_000", m->top[0]));
	assert_ok(unlink(path));
	assert_int_equal(remove_tree(m, TREE_SRC), 0);
	assert_false(scratch_exists("%s/file_srcdir", m->top[0]));
}

/* Of two threads of a host, the last one to go removes the shared levels. */
TREE_TEST(other_threads_stay)
{
	start(m);
	make(m, TREE_SRC);
	m->layout.thread = 1;
	start(m);
	make(m, TREE_SRC);
	assert_int_equal(remove_tree(m, TREE_SRC), 0);
	assert_false(scratch_exists("%s/file_srcdir/host/thrd_01", m->top[0]));
	assert_true(
		scratch_exists("%s/file_srcdir/host/thrd_00/d_000", m->top[0]));
	m->layout.thread = 0;
	start(m);
	assert_int_equal(remove_tree(m, TREE_SRC), 0);
	assert_false(scratch_exists("%s/file_srcdir", m->top[0]));
}

/* Puts a link to `target` at `name`. Nothing must be done in `target`. */
static void with_link(struct tree_fixture *m, const char *name)
{
	char *path = printed("%s/%s", m->top[0], name);
	char *target;
	uint64_t left = 0;
	int ret;

	target = printed("%s/outside", m->dir);
	assert_ok(mkdir(target, 0700));
	if (scratch_exists("%s", path))
		scratch_remove(path);
	assert_ok(symlink(target, path));
	ret = tree_make(&m->fs, TREE_SRC, &never, &m->failure);
	if (ret != -ELOOP)
		fail_msg("%s: make returned %d", name, ret);
	assert_says(m->failure.text, m->top[0]);
	assert_says(m->failure.text, "a symbolic link is in");
	/* Removing does not follow the link either. */
	ret = tree_remove(&m->fs, TREE_SRC, &never, &left, &m->failure);
	if (ret)
		assert_true(strlen(m->failure.text) > 0);
	assert_true(scratch_exists("%s", path));
	/* Nothing was made in the target, so rmdir works. */
	assert_ok(rmdir(target));
	assert_ok(unlink(path));
	assert_int_equal(scratch_open_fds(), m->fds);
}

TREE_TEST(links_in_the_way)
{
	static const char *const names[] = {
		"file_srcdir",
		"file_srcdir/host",
		"file_srcdir/host/thrd_00",
		"file_srcdir/host/thrd_00/d_000",
		"file_srcdir/host/thrd_00/d_001",
		"file_srcdir/host/thrd_00/d_001/d_002",
		"file_srcdir/host/thrd_00/d_001/d_002/d_001/d_002",
	};

	for_each_in (row, names) {
		start(m);
		make(m, TREE_SRC);
		with_link(m, *row);
		remove_tree(m, TREE_SRC);
	}
}

TREE_TEST(file_in_the_way)
{
	static const char *const names[] = { "d_000", "d_001/d_002" };

	for_each_in (name, names) {
		const char *path = printed("%s/file_srcdir/host/thrd_00/%s",
					   m->top[0], *name);

		start(m);
		make(m, TREE_SRC);
		scratch_remove(path);
		scratch_text(path, "x");
		assert_int_equal(tree_make(&m->fs, TREE_SRC, &never,
					   &m->failure),
				 -ENOTDIR);
		assert_says(m->failure.text, path);
		assert_int_equal(scratch_open_fds(), m->fds);
		assert_ok(unlink(path));
	}
}

TREE_TEST(top_is_gone)
{
	uint64_t left = 0;

	start(m);
	assert_ok(rmdir(m->top[0]));
	assert_int_equal(tree_make(&m->fs, TREE_SRC, &never, &m->failure),
			 -ENOENT);
	assert_says(m->failure.text, m->top[0]);
	assert_int_equal(tree_remove(&m->fs, TREE_SRC, &never, &left,
				     &m->failure),
			 -ENOENT);
	assert_says(m->failure.text, "No such file or directory");
}

TREE_TEST(stopped)
{
	start(m);
	for (int n = 0; n < 40; n += 13) {
		int count = n;
		struct stop stop = { scratch_stop_after, &count };
		uint64_t left = 0;

		assert_int_equal(tree_make(&m->fs, TREE_SRC, &stop,
					   &m->failure),
				 -ECANCELED);
		count = n;
		make(m, TREE_SRC);
		assert_int_equal(tree_remove(&m->fs, TREE_SRC, &stop, &left,
					     &m->failure),
				 -ECANCELED);
		assert_int_equal(scratch_open_fds(), m->fds);
		assert_int_equal(remove_tree(m, TREE_SRC), 0);
	}
}

/* With openat2() and without, no open goes through a link. */
TREE_TEST(open_beneath)
{
	int top, fd;

	start(m);
	make(m, TREE_SRC);
	assert_ok(symlink("thrd_00",
			  printed("%s/file_srcdir/host/link", m->top[0])));
	top = open(m->top[0], O_PATH | O_DIRECTORY);
	assert_true(top >= 0);
	assert_int_equal(tree_open_dir(top, "file_srcdir/host/link", O_PATH),
			 -ELOOP);
	assert_int_equal(tree_open_dir(top, "file_srcdir/host/link/d_000",
				       O_PATH),
			 -ELOOP);
	assert_int_equal(tree_open_dir(top, "missing", O_PATH), -ENOENT);
	fd = tree_open_dir(top, "file_srcdir/host/thrd_00/d_000", O_RDONLY);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(top);
}
