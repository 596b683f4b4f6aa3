// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests every row of the operation table. Each operation is done, its effect is
 * seen by other means than its own, it is done again, and done without what it
 * needs. A new row is tested without a change here.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "rig.h"

static bool is_file(const char *path, uint64_t size)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == size;
}

static unsigned int entries(const char *path)
{
	unsigned int count = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static bool is_empty_inside(const char *path, uint64_t size)
{
	struct stat st;

	return is_file(path, size) && !stat(path, &st) && !st.st_blocks;
}

/* Whether both names are whole files, of one inode or of two. */
static bool are_two(const char *one, const char *two, uint64_t size, bool same)
{
	struct stat a, b;

	return is_file(one, size) && is_file(two, size) && !stat(one, &a) &&
	       !stat(two, &b) && (a.st_ino == b.st_ino) == same;
}

static bool has_attributes(struct rig *rig, const char *path, const char *stem)
{
	char name[64], value[1024];

	for (uint32_t j = 0; j < rig->options.xattr_count; j++) {
		sprintf(name, "%s%u", stem, j);
		if (getxattr(path, name, value, sizeof(value)) !=
		    rig->options.xattr_size_bytes)
			return false;
	}
	return true;
}

static bool is_link(struct rig *rig, uint64_t n)
{
	char target[PATH_MAX];
	ssize_t length;

	length = readlink(rig_path(rig, TREE_DST, n, ".s"), target,
			  sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	return !strcmp(target, rig_file(rig, n));
}

static bool is_there(struct rig *rig, enum object object, uint64_t n)
{
	char *src = rig_file(rig, n);
	uint64_t size =
		rig->options.empty ? 0 : rig->options.file_size_high_bytes;
	char value[64], *dst;

	dst = rig_path(rig, TREE_DST, n, "");
	switch (object) {
	case OBJECT_FILE:
		return is_file(src, size) || is_file(src, 2 * size);
	case OBJECT_RENAMED:
		return is_file(dst, size) && !scratch_exists("%s", src);
	case OBJECT_SYMLINK:
		return is_link(rig, n);
	case OBJECT_DIR:
		return entries(rig_path(rig, TREE_SRC, n, ".d")) ==
		       rig->options.dir_files;
	case OBJECT_SWIFT:
		return is_file(src, size) &&
		       has_attributes(rig, src, "user.smallfile-all-") &&
		       !scratch_exists("%s.tmp", src);
	case OBJECT_XATTRS:
		return is_file(src, size) &&
		       has_attributes(rig, src, "user.smallfile-");
	case OBJECT_LINK:
		return are_two(src, rig_path(rig, TREE_DST, n, ".l"), size,
			       true);
	case OBJECT_COPY:
		return are_two(src, rig_path(rig, TREE_DST, n, ".c"), size,
			       false);
	case OBJECT_CUT:
		return is_file(src, 0);
	case OBJECT_HOLE:
		return is_empty_inside(src, size);
	case OBJECT_STAMPED:
		return is_file(src, size) &&
		       getxattr(src, "user.smallfile-ctime-size", value,
				sizeof(value)) > 0;
	default:
		return true;
	}
}

static void check_after(struct rig *rig, const struct operation *op)
{
	for (uint64_t n = 1; n <= rig->options.layout.files; n++) {
		if (!is_there(rig, op->after, n))
			fail_msg("%s: file %llu is not as it should be",
				 op->name, (unsigned long long)n);
		if (op->after == OBJECT_NONE && op->before != OBJECT_ANY &&
		    is_there(rig, op->before, n))
			fail_msg("%s: of file %llu something is left", op->name,
				 (unsigned long long)n);
	}
	if (!op->removes_dirs)
		return;
	for (int t = 0; t < 2; t++)
		assert_int_equal(entries(rig->top[t]), 0);
}

/* What a variant changes of the defaults. */
struct variant {
	const char *name;
	uint64_t max_fds;
	uint64_t spread;
	const char *tree;
	bool hashed, same_dir, two_tops, fsync, empty, shaped;
};

static const struct variant variants[] = {
	{ .name = "plain" },
	{ .name = "one descriptor", .max_fds = 1 },
	{ .name = "few descriptors", .max_fds = 3 },
	{ .name = "hashed", .hashed = true },
	{ .name = "hashed, one descriptor", .max_fds = 1, .hashed = true },
	{ .name = "same directory, spread", .same_dir = true, .spread = 3 },
	{ .name = "two tops, fsync", .two_tops = true, .fsync = true },
	{ .name = "two tops, hashed", .two_tops = true, .hashed = true },
	{ .name = "empty files", .empty = true },
	{ .name = "full tree, few descriptors",
	  .tree = "full:2",
	  .max_fds = 3 },
	{ .name = "leaves, two tops, spread",
	  .tree = "leaves:2",
	  .two_tops = true,
	  .spread = 2 },
	{ .name = "of a profile, spread", .shaped = true, .spread = 3 },
	{ .name = "of a profile, same directory, two tops",
	  .shaped = true,
	  .same_dir = true,
	  .max_fds = 4,
	  .two_tops = true },
};

#define VARIANTS (sizeof(variants) / sizeof(*variants))

static void apply(struct rig *rig, const struct variant *v)
{
	rig->options.max_fds = v->max_fds;
	rig->options.layout.spread = v->spread ? v->spread : 1;
	rig->options.layout.tree =
		v->shaped ? scratch_profile(rig->dir) : v->tree;
	rig->options.layout.hash_into_dirs = v->hashed;
	rig->options.layout.same_dir = v->same_dir;
	rig->options.fsync = v->fsync;
	rig->options.empty = v->empty;
	if (v->two_tops)
		rig_two_tops(rig);
}

/*
 * A test that runs for each operation and variant, each time on its own
 * directory.
 */
#define EACH_TEST(name)                                                        \
	static void name(struct rig *rig, const struct operation *op);         \
	TEST(each_##name)                                                      \
	{                                                                      \
		for_each(name);                                                \
	}                                                                      \
	static void name(struct rig *rig, const struct operation *op)

static void for_each(void (*test)(struct rig *, const struct operation *))
{
	for (unsigned int i = 0; i < operation_count; i++)
		for (size_t v = 0; v < VARIANTS; v++) {
			struct rig *rig;

			rig_setup((void **)&rig);
			rig->options.layout.files = 13;
			apply(rig, &variants[v]);
			if (!rig_lacks(rig, &operations[i]))
				test(rig, &operations[i]);
			rig_teardown((void **)&rig);
		}
}

static void check_counts(struct rig *rig, const struct operation *op)
{
	const struct request *r = &rig->request;
	uint64_t size = rig->options.empty ? 0 : 1000;

	assert_int_equal(r->bytes, op->moves_data && size ? size : 1);
	if (op->moves_data)
		assert_int_equal(r->records, size ? 1 : 0);
	if (op->lists)
		assert_int_equal(r->records, r->expected);
}

EACH_TEST(once)
{
	uint64_t records = 0;

	rig_put(rig, op->before);
	rig_start(rig, op->name);
	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		rig_ok(rig, unit, false);
		check_counts(rig, op);
		records += rig->request.records;
	}
	if (op->lists)
		assert_int_equal(records, rig->options.layout.files);
	rig_finish(rig);
	check_after(rig, op);
}

/*
 * A second pass, and a third pass from the end, with what is needed put back.
 */
EACH_TEST(twice)
{
	rig->options.fsync = false; /* slow, and done once above */
	rig_put(rig, op->before);
	rig_start(rig, op->name);
	rig_units(rig, false);
	rig_units(rig, true);
	for (uint64_t unit = rig->worker.units; unit-- > 0;)
		rig_ok(rig, unit, true);
	rig_finish(rig);
	check_after(rig, op);
}

/* Random order with repetition: `again` is set from the first request on. */
EACH_TEST(random_order)
{
	rig->options.fsync = false; /* slow, and done once above */
	rig_put(rig, op->before);
	rig_start(rig, op->name);
	for (int i = 0; i < 30; i++)
		rig_ok(rig, scratch_random() % rig->worker.units, true);
	rig_stop(rig);
}

static bool yes(void *arg)
{
	return true;
}

/* The path that the operation's failure has to name. */
static const char *place_of(struct rig *rig, const struct operation *op,
			    uint64_t unit)
{
	const struct fileset *fs = &rig->worker.fileset;
	char path[FILESET_PATH_MAX];

	if (op->unit != UNIT_DIR)
		return op->before == OBJECT_FILE
			       ? rig_file(rig, fileset_file(fs, unit))
			       : rig_path(rig, op->in_dst ? TREE_DST : TREE_SRC,
					  fileset_file(fs, unit),
					  op->ending ? op->ending : "");
	fileset_path(fs, TREE_SRC, unit / fs->tops, unit % fs->tops, 0, true,
		     path);
	return printed("%s", path);
}

static void all_fail(struct rig *rig, const struct operation *op)
{
	const struct fileset *fs = &rig->worker.fileset;

	/*
	 * Operations that wait are asked to stop. What is in flight ends by
	 * itself.
	 */
	rig->end_ms = 60000;
	rig_start(rig, op->name);
	rig->worker.stop.asked = yes;
	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		if (op->unit == UNIT_DIR &&
		    !fileset_files_in(fs, unit / fs->tops, unit % fs->tops))
			continue;
		rig_fails(rig, unit, op->missing, place_of(rig, op, unit));
		if (op->missing != ETIMEDOUT && op->unit != UNIT_DIR)
			rig_fails(rig, unit, op->missing,
				  strerror(op->missing));
	}
	rig_stop(rig);
}

/* Runs an operation without what it needs: with directories, then without. */
EACH_TEST(lacking)
{
	static const struct stop never;

	/* A user who sees this failure is told what to do. */
	assert_int_equal(!op->missing, !op->remedy);
	if (!op->missing)
		return;
	rig->options.fsync = false;
	if (op->before == OBJECT_NONE) {
		rig_all(rig, op->name);
		all_fail(rig, op);
		check_after(rig, op);
		return;
	}
	if (!op->makes_dirs)
		all_fail(rig, op);
	if (op->before == OBJECT_TREE)
		return;
	rig_start(rig, "cleanup");
	for (int t = 0; t < TREE_COUNT; t++)
		assert_ok(tree_make(&rig->worker.fileset, t, &never,
				    &rig->failure));
	rig_stop(rig);
	all_fail(rig, op);
}

/* Rows are complete and consistent, names are found. */
TEST(table)
{
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];

		assert_non_null(op->help);
		assert_non_null(op->run);
		assert_true(op->trees);
		assert_ptr_equal(operation_find(op->name), op);
		if (op->alias)
			assert_ptr_equal(operation_find(op->alias), op);
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(op->name, operations[j].name);
		assert_false(op->makes_dirs && op->removes_dirs);
		assert_int_equal(!op->probe, !op->probed);
		assert_true(op->unit == UNIT_DIR || !op->lists);
		if (op->reads)
			assert_int_equal(op->before, op->after);
		if (op->in_dst)
			assert_true(op->trees & 1u << TREE_DST);
		/*
		 * Whatever an operation changes, it must be able to put back.
		 */
		if (op->before != op->after && op->before != OBJECT_ANY &&
		    op->after != OBJECT_XATTRS)
			assert_non_null(op->restore);
	}
	assert_null(operation_find(""));
	assert_null(operation_find("creat"));
	assert_null(operation_find("create "));
	assert_null(operation_find("CREATE"));
}

/*
 * In memory, only operations that change a directory gain by a depth, and only
 * in many directories.
 */
TEST(in_memory)
{
	for (unsigned int i = 0; i < operation_count; i++) {
		const char *name = operations[i].name;
		bool gains = !strcmp(name, "create") ||
			     !strcmp(name, "delete") ||
			     !strcmp(name, "delete-renamed") ||
			     !strcmp(name, "mkdir") || !strcmp(name, "rmdir");
		struct worker w = { .operation = &operations[i] };

		w.fileset.spread = 2;
		assert_int_equal(worker_gains_by_depth(&w, FSKIND_MEMORY),
				 gains);
		assert_true(worker_gains_by_depth(&w, FSKIND_DISK));
		w.fileset.spread = 1;
		assert_false(worker_gains_by_depth(&w, FSKIND_MEMORY));
		assert_true(worker_gains_by_depth(&w, FSKIND_OTHER));
	}
}
