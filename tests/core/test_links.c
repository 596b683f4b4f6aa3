// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links planted in a tree: no operation changes anything outside, whatever
 * way it reaches its directories.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "rig.h"

/* All there is to be seen of a tree, as text. */
static char snapshot_text[1 << 20];
static size_t snapshot_length;

static int note(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	size_t n = snapshot_length;

	/* Access times may change. */
	snapshot_length +=
		snprintf(snapshot_text + n, sizeof(snapshot_text) - n,
			 "%s %o %lld %lld.%09ld %lld.%09ld\n", path,
			 st->st_mode, (long long)st->st_size,
			 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	return snapshot_length >= sizeof(snapshot_text);
}

static char *snapshot(const char *path)
{
	char *copy;

	snapshot_length = 0;
	snapshot_text[0] = 0;
	assert_int_equal(nftw(path, note, 16, FTW_PHYS), 0);
	copy = strdup(snapshot_text);
	assert_non_null(copy);
	return copy;
}

/*
 * `name`, a directory of the tree, is moved outside, and a link put in its
 * place: what follows it finds all it needs.
 */
static void lead_outside(struct rig *rig, const char *name)
{
	static const char *const trees[] = { "file_srcdir", "file_dstdir" };

	for (int t = 0; t < 2; t++) {
		char inside[PATH_MAX + 128], outside[PATH_MAX + 128];

		sprintf(inside, "%s/%s/host/thrd_00/%s", rig->top[0], trees[t],
			name);
		sprintf(outside, "%s/outside/%s", rig->dir, trees[t]);
		assert_int_equal(rename(inside, outside), 0);
		assert_int_equal(symlink(outside, inside), 0);
	}
}

static bool yes(void *arg)
{
	return true;
}

static bool starts(struct rig *rig, const struct operation *op)
{
	struct worker *w = &rig->worker;
	int ret;

	rig->options.operation = op;
	assert_int_equal(worker_init(w, &rig->options, &rig->failure), 0);
	ret = worker_make_dirs(w, &rig->failure);
	if (!ret)
		ret = worker_open_dirs(w, &rig->failure);
	if (!ret && !request_init(&rig->request, w)) {
		rig->running = true;
		return true;
	}
	assert_int_equal(ret, -ELOOP);
	assert_non_null(strstr(rig->failure.text, "symbolic link"));
	worker_free(w);
	return false;
}

static void try_all(struct rig *rig, const struct operation *op)
{
	bool again = op->after == OBJECT_NONE || op->before == OBJECT_NONE;
	bool refused = false;

	/* await-create does not wait for what is not stamped. */
	rig->worker.stop.asked = yes;
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t unit = 0; unit < rig->worker.units; unit++)
			refused |= rig_run(rig, unit, again && pass) == -ELOOP;
	if (!op->reads)
		assert_true(refused);
	rig->worker.stop.asked = NULL;
	if (op->removes_dirs)
		worker_finish(&rig->worker, &rig->failure);
	rig_stop(rig);
}

static void planted(struct rig *rig, const struct operation *op,
		    const char *name, uint64_t max_fds)
{
	char outside[PATH_MAX + 16], *before, *after;

	sprintf(outside, "%s/outside", rig->dir);
	assert_int_equal(mkdir(outside, 0700), 0);
	rig_all(rig, "mkdir");
	rig_all(rig, "symlink");
	if (op->before != OBJECT_DIR && op->before != OBJECT_NONE)
		rig_put(rig, op->before);
	lead_outside(rig, name);
	before = snapshot(outside);
	rig->options.max_fds = max_fds;
	if (starts(rig, op))
		try_all(rig, op);
	after = snapshot(outside);
	if (strcmp(before, after))
		fail_msg("%s with %llu descriptors went through the link %s",
			 op->name, (unsigned long long)max_fds, name);
	free(before);
	free(after);
}

static void linked_directories(void **state)
{
	static const char *const names[] = { "d_001", "d_001/d_002" };
	static const uint64_t limits[] = { 1, 3, 100 };

	for (unsigned int i = 0; i < operation_count; i++)
		for (int j = 0; j < 2 * 3; j++) {
			void *rig;

			rig_setup(&rig);
			planted(rig, &operations[i], names[j % 2],
				limits[j / 2]);
			rig_teardown(&rig);
		}
}

/* Each NAME is a link to a file outside. */
static void linked_files(void **state)
{
	static const char *const names[] = { "append", "overwrite",
					     "truncate-overwrite", "setxattr",
					     "chmod" };
	struct rig *rig = *state;
	char outside[PATH_MAX + 16], *before, *after;

	rig_all(rig, "create");
	rig_all(rig, "setxattr");
	sprintf(outside, "%s/outside", rig->dir);
	assert_int_equal(mkdir(outside, 0700), 0);
	for (uint64_t n = 1; n <= 20; n++) {
		char path[PATH_MAX], target[2 * PATH_MAX];

		sprintf(target, "%s/%llu", outside, (unsigned long long)n);
		rig_path(rig, TREE_SRC, n, "", path);
		assert_int_equal(rename(path, target), 0);
		assert_int_equal(symlink(target, path), 0);
		/* swift-put's */
		rig_path(rig, TREE_SRC, n, ".tmp", path);
		assert_int_equal(symlink(target, path), 0);
	}
	before = snapshot(outside);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		rig_start(rig, names[i]);
		for (uint64_t unit = 0; unit < 20; unit++) {
			rig_fails(rig, unit, ELOOP, "symbolic link");
			assert_int_equal(rig_run(rig, unit, true), -ELOOP);
		}
		rig_stop(rig);
	}
	rig_start(rig, "swift-put");
	rig_fails(rig, 3, ELOOP, "symbolic link");
	rig_all(rig, "cleanup");
	after = snapshot(outside);
	assert_string_equal(before, after);
	assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
	free(before);
	free(after);
}

/* The sentence is of this failure, not of the one before. */
static void describes_the_link(void **state)
{
	struct rig *rig = *state;
	char path[PATH_MAX], link[PATH_MAX + 64], outside[PATH_MAX + 16];

	rig->options.max_fds = 1;
	rig_all(rig, "create");
	unlink(rig_path(rig, TREE_SRC, 1, "", path));
	sprintf(link, "%s/file_srcdir/host/thrd_00/d_001/d_002", rig->top[0]);
	sprintf(outside, "%s/outside", rig->dir);
	assert_int_equal(rename(link, outside), 0);
	assert_int_equal(symlink(outside, link), 0);
	rig_start(rig, "delete");
	rig_fails(rig, 0, ENOENT, "unlink: No such file");
	rig_fails(rig, 15, ELOOP, "open of the directory");
	rig_fails(rig, 15, ELOOP, "a symbolic link is in the way");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linked_directories),
		TEST(linked_files),
		TEST(describes_the_link),
	};

	return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
