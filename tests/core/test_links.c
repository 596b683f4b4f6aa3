// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links are planted in a tree. No operation changes anything outside, however
 * it reaches its directories.
 */
#include <sys/stat.h>

#include "rig.h"
#include "rig_async.h"

/*
 * Where a link may be planted: at a component below the top directory, or at
 * what belongs to each of the files.
 */
struct component {
	const char *path;   /* of a directory; NULL: at each file */
	const char *ending; /* what the file's name ends with */
	enum tree tree;
};

static const struct component components[] = {
	{ .path = "file_srcdir" },
	{ .path = "file_dstdir" },
	{ .path = "file_srcdir/host" },
	{ .path = "file_dstdir/host" },
	{ .path = "file_srcdir/host/thrd_00" },
	{ .path = "file_dstdir/host/thrd_00" },
	{ .path = "file_srcdir/host/thrd_00/d_001" },
	{ .path = "file_dstdir/host/thrd_00/d_001" },
	{ .path = "file_srcdir/host/thrd_00/d_001/d_002" },
	{ .path = "file_dstdir/host/thrd_00/d_001/d_002" },
	{ .ending = "", .tree = TREE_SRC },
	{ .ending = ".d", .tree = TREE_SRC },
	{ .ending = ".tmp", .tree = TREE_SRC },
	{ .ending = "", .tree = TREE_DST },
	{ .ending = ".n", .tree = TREE_SRC },
	{ .ending = ".s", .tree = TREE_DST },
	{ .ending = ".l", .tree = TREE_DST },
	{ .ending = ".c", .tree = TREE_DST },
};

#define COMPONENTS (sizeof(components) / sizeof(*components))

static enum tree tree_of(const struct component *c)
{
	if (!c->path)
		return c->tree;
	return c->path[5] == 'd' ? TREE_DST : TREE_SRC;
}

/*
 * Moves what is at `path` outside, and puts a link in its place. Whoever
 * follows the link finds all it needs. If nothing is there, a file is put
 * outside, so that there is something to be spoilt.
 */
static void lead_outside(struct rig *rig, const char *path, unsigned int number)
{
	const char *outside = printed("%s/outside/%u", rig->dir, number);

	if (rename(path, outside))
		scratch_text(outside, "foreign");
	assert_ok(symlink(outside, path));
}

static void plant(struct rig *rig, const struct component *c)
{
	if (c->path) {
		lead_outside(rig, printed("%s/%s", rig->top[0], c->path), 0);
		return;
	}
	for (uint64_t n = 1; n <= rig->options.layout.files; n++)
		lead_outside(rig, rig_path(rig, c->tree, n, c->ending), n);
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
	assert_ok(worker_init(w, &rig->options, &rig->failure));
	ret = worker_make_dirs(w, &rig->failure);
	if (!ret)
		ret = worker_open_dirs(w, &rig->failure);
	if (!ret && !request_init(&rig->request, w)) {
		rig->running = true;
		rig_async_start(rig);
		return true;
	}
	assert_int_equal(ret, -ELOOP);
	assert_says(rig->failure.text, "symbolic link");
	worker_free(w);
	return false;
}

/* Runs all units twice. Returns how many said that a link is in the way. */
static unsigned int try_all(struct rig *rig, const struct operation *op)
{
	struct request *r = rig->async ? rig_async_request(rig) : &rig->request;
	bool again = op->restore;
	unsigned int refused = 0;
	char text[2 * PATH_MAX];

	/* So await-create does not wait for a file that is missing. */
	rig->worker.stop.asked = yes;
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
			int ret = rig_run(rig, unit, again && pass);

			if (ret != -ELOOP)
				continue;
			request_describe(&rig->worker, r, ret, text,
					 sizeof(text));
			assert_says(text, "symbolic link");
			refused++;
		}
	rig->worker.stop.asked = NULL;
	if (op->removes_dirs)
		refused += worker_finish(&rig->worker, &rig->failure) == -ELOOP;
	rig_stop(rig);
	return refused;
}

/*
 * Whether a file's name stands for a link itself, if a link is there. Others
 * that do so do not leave the file in its place.
 */
static bool is_about_the_link(const struct operation *op)
{
	static const char *const names[] = { "access", "chown", "utimens",
					     "exchange", "link" };

	for_each_in (name, names)
		if (!strcmp(op->name, *name))
			return true;
	return op->before == OBJECT_FILE && op->after == OBJECT_RENAMED;
}

static bool needs_file(enum object before)
{
	return before != OBJECT_NONE && before != OBJECT_ANY &&
	       before != OBJECT_DIR && before != OBJECT_TREE &&
	       before != OBJECT_RENAMED;
}

/*
 * Whether the operation has to say that the link is in the way. It does not if
 * the link itself is what it removes, renames or replaces, nor if it does not
 * come by the link.
 */
static bool must_refuse(const struct operation *op, const struct component *c)
{
	enum tree tree = tree_of(c);

	if (c->path)
		return op->trees & 1u << tree;
	if (!strcmp(c->ending, ".d"))
		return op->empties_dir;
	if (!strcmp(c->ending, ".tmp"))
		return !strcmp(op->name, "swift-put");
	return op->trees & 1u << tree && tree == TREE_SRC && !*c->ending &&
	       op->unit == UNIT_FILE && needs_file(op->before) &&
	       op->after != OBJECT_NONE && !is_about_the_link(op);
}

static void planted(struct rig *rig, const struct operation *op,
		    const struct component *c, uint64_t max_fds)
{
	const char *outside = printed("%s/outside", rig->dir);
	unsigned int depth = rig->depth, refused = 0;
	char *before, *after, *what;
	bool never_starts;

	assert_ok(mkdir(outside, 0700));
	/* A ring takes more time than all that is made here. */
	rig->depth = 0;
	rig_all(rig, "mkdir");
	rig_all(rig, "symlink");
	if (op->before != OBJECT_DIR && op->before != OBJECT_SYMLINK)
		rig_put(rig, op->before);
	plant(rig, c);
	before = scratch_snapshot(outside, false);
	rig->depth = depth;
	rig->options.max_fds = max_fds;
	never_starts = !starts(rig, op);
	if (!never_starts)
		refused = try_all(rig, op);
	after = scratch_snapshot(outside, false);
	what = printed("%s at depth %u with %llu descriptors: the link %s%s",
		       op->name, rig->depth, (unsigned long long)max_fds,
		       c->path ? c->path : "NAME", c->ending ? c->ending : "");
	if (strcmp(before, after))
		fail_msg("%s was followed", what);
	if (must_refuse(op, c) && !never_starts && !refused)
		fail_msg("%s is not told of", what);
}

/*
 * Tries every operation with every component. How many descriptors there are
 * matters to the directories that the operation works in.
 */
TEST(planted_links)
{
	static const uint64_t limits[] = { 1, 3, 100 };

	for (unsigned int i = 0; i < operation_count; i++)
		for (unsigned int j = 0; j < 3 * COMPONENTS; j++) {
			const struct operation *op = &operations[i];
			const struct component *c = &components[j / 3];
			bool in_it = op->trees & 1u << tree_of(c);
			void *rig;

			if (j % 3 && !(c->path && in_it))
				continue;
			rig_setup(&rig);
			if (!rig_lacks(rig, op))
				planted(rig, op, c, limits[j % 3]);
			rig_teardown(&rig);
		}
}

/* Each NAME is a link to a file outside. */
RIG_TEST(linked_files)
{
	static const char *const names[] = {
		"append",     "overwrite", "truncate-overwrite", "setxattr",
		"chmod",      "truncate",  "fallocate",          "punch-hole",
		"open-close", "lock",      "copy-range",
	};
	const char *outside = printed("%s/outside", rig->dir);
	char *before, *after;

	rig_all(rig, "create");
	rig_all(rig, "setxattr");
	assert_ok(mkdir(outside, 0700));
	for (unsigned int n = 1; n <= 20; n++) {
		const char *target = printed("%s/%u", outside, n);

		assert_ok(rename(rig_file(rig, n), target));
		assert_ok(symlink(target, rig_file(rig, n)));
		/* The link stands for the temporary file of swift-put. */
		assert_ok(symlink(target, rig_path(rig, TREE_SRC, n, ".tmp")));
	}
	before = scratch_snapshot(outside, false);
	for_each_in (name, names) {
		rig_start(rig, *name);
		for (uint64_t unit = 0; unit < 20; unit++) {
			rig_fails(rig, unit, ELOOP, "symbolic link");
			assert_int_equal(rig_run(rig, unit, true), -ELOOP);
		}
		rig_stop(rig);
	}
	rig_start(rig, "swift-put");
	rig_fails(rig, 3, ELOOP, "symbolic link");
	rig_all(rig, "cleanup");
	after = scratch_snapshot(outside, false);
	assert_string_equal(before, after);
	assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
}

/* The sentence describes this failure, not the one before. */
RIG_TEST(describes_the_link)
{
	const char *link =
		printed("%s/file_srcdir/host/thrd_00/d_001/d_002", rig->top[0]);
	const char *outside = printed("%s/outside", rig->dir);

	rig->options.max_fds = 1;
	rig_all(rig, "create");
	unlink(rig_file(rig, 1));
	assert_ok(rename(link, outside));
	assert_ok(symlink(outside, link));
	rig_start(rig, "delete");
	rig_fails(rig, 0, ENOENT, "unlink: No such file");
	rig_fails(rig, 15, ELOOP, "open of the directory");
	rig_fails(rig, 15, ELOOP, "a symbolic link is in the way");
}
