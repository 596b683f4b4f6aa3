// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names and paths are compared with an independent computation, over random
 * layouts. Each path is the one that smallfile would make, and no two files
 * share a path. A name read back gives the file's number, and no other name
 * does.
 */
#include <sys/stat.h>

#include "scratch.h"

#define LAYOUTS          400
#define FILES_PER_LAYOUT 500
#define TOPS             3

static const char *top[TOPS];
static const char *directory[TOPS + 1]; /* by number of tops */

static int make_tops(void **state)
{
	scratch_setup(state);
	for (int i = 0; i < TOPS; i++) {
		top[i] = printed("%s/t%d", scratch_dir, i);
		directory[i + 1] = scratch_tops(scratch_dir, i + 1);
	}
	return 0;
}

TEST_FILE_FIXTURE(make_tops, scratch_teardown)

/* Returns a random number up to `most`. All magnitudes are about as likely. */
static uint64_t any_magnitude(uint64_t most)
{
	uint64_t x = scratch_random() >> (scratch_random() % 64);

	return 1 + x % most;
}

static unsigned int random_layout(struct fileset_layout *l)
{
	static const char *const hosts[] = { "h", "host-21", "Host.EXAMPLE",
					     "n_1" };
	static const char *const parts[] = {
		"", "p", "a b", "x_7_", ".", "\xc3"
	};
	unsigned int tops = 1 + scratch_random() % TOPS;

	l->host = hosts[scratch_random() % 4];
	l->prefix = parts[scratch_random() % 6];
	l->suffix = parts[scratch_random() % 6];
	l->thread = scratch_random() % 3 ? scratch_random() % 130
					 : (uint32_t)scratch_random();
	l->files = any_magnitude(FILESET_FILES_MAX);
	l->files_per_dir = any_magnitude(1000000);
	l->dirs_per_dir = 1 + any_magnitude(100000);
	l->hash_into_dirs = scratch_random() & 1;
	l->same_dir = scratch_random() & 1;
	l->spread = 1;
	l->tree = NULL;
	l->top_of_thread = false;
	l->directory = directory[tops];
	return tops;
}

static void check_file(const struct fileset *fs, const struct fileset_layout *l,
		       unsigned int tops, uint64_t n)
{
	char want[PATH_MAX], got[FILESET_PATH_MAX];
	const char *where = top[n % tops];

	assert_int_equal(fileset_top(fs, n), n % tops);
	for (int tree = 0; tree < TREE_COUNT; tree++) {
		size_t length;

		expected_path(l, tree, where, n, "", want);
		length = fileset_path(fs, tree, fileset_dir(fs, n),
				      fileset_top(fs, n), n, true, got);
		assert_string_equal(got, want);
		assert_int_equal(length, strlen(want));
		length = fileset_path(fs, tree, fileset_dir(fs, n),
				      fileset_top(fs, n), n, false, got);
		assert_string_equal(got, want + strlen(where) + 1);
		assert_int_equal(length, strlen(got));
	}
	assert_int_equal(fileset_number(fs, 0, strrchr(want, '/') + 1), n);
}

/*
 * A tree of any depth and branching that is not too large, with files_per_dir
 * to match: as in mdtest's tree, all places have a file.
 */
static void random_full_tree(struct fileset_layout *l)
{
	static char text[32];
	unsigned int depth = scratch_random() % 9;

	sprintf(text, "%s:%u", scratch_random() & 1 ? "full" : "leaves", depth);
	l->tree = text;
	l->hash_into_dirs = false;
	l->dirs_per_dir = 1 + scratch_random() % 20;
	l->files_per_dir = 1 + scratch_random() % 9;
	l->files = 0;
}

/* mdtest's trees: each file is where its place in the tree says. */
TEST(full_trees)
{
	for (int i = 0; i < LAYOUTS; i++) {
		struct fileset_layout l;
		unsigned int tops = random_layout(&l);
		struct fileset fs;

		random_full_tree(&l);
		fs = scratch_fileset(&l);
		for (int j = 0; j < FILES_PER_LAYOUT; j++)
			check_file(&fs, &l, tops,
				   1 + scratch_random() % fs.files);
		check_file(&fs, &l, tops, 1);
		check_file(&fs, &l, tops, fs.files);
		assert_int_equal(fileset_dir(&fs, fs.files), fs.dirs - 1);
		fileset_free(&fs);
	}
}

TEST(random_layouts)
{
	for (int i = 0; i < LAYOUTS; i++) {
		struct fileset_layout l;
		struct fileset fs;
		unsigned int tops = random_layout(&l);

		fs = scratch_fileset(&l);
		check_file(&fs, &l, tops, 1);
		check_file(&fs, &l, tops, l.files);
		for (int j = 0; j < FILES_PER_LAYOUT; j++)
			check_file(&fs, &l, tops,
				   1 + scratch_random() % l.files);
		fileset_free(&fs);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As docs/migrating.md says of mdtest's -I 5 -b 4 -z 3, and of -L. */
TEST(depth_and_branching)
{
	static const struct {
		const char *tree;
		uint64_t files, with_files;
	} rows[] = { { "full:3", 425, 85 }, { "leaves:3", 320, 64 } };

	for_each_in (row, rows) {
		struct fileset_layout l = scratch_layout(directory[1]);
		unsigned int at_depth[5] = { 0 }, with_files = 0;
		struct fileset fs;
		char path[PATH_MAX];

		l.tree = row->tree;
		l.files_per_dir = 5;
		l.dirs_per_dir = 4;
		l.files = 0;
		fs = scratch_fileset(&l);
		assert_int_equal(fs.files, row->files);
		assert_int_equal(fs.dirs, 1 + 4 + 16 + 64);
		for (uint64_t dir = 0; dir < fs.dirs; dir++) {
			unsigned int depth = 0;

			with_files += fileset_files_in(&fs, dir, 0) == 5;
			fileset_path(&fs, TREE_SRC, dir, 0, 0, false, path);
			for (const char *at = path;
			     (at = strstr(at, "/d_")) != NULL; at++)
				depth++;
			at_depth[depth]++;
		}
		assert_int_equal(with_files, row->with_files);
		assert_int_equal(at_depth[0], 1);
		assert_int_equal(at_depth[1], 4);
		assert_int_equal(at_depth[2], 16);
		assert_int_equal(at_depth[3], 64);
		fileset_free(&fs);
	}
}

/* All paths of some whole sets are sorted: neighbours differ. */
TEST(no_two_equal)
{
	enum { FILES = 100000 };
	char **path = calloc(FILES, sizeof(*path));
	char text[FILESET_PATH_MAX];

	assert_non_null(path);
	for (int variant = 0; variant < 6; variant++) {
		struct fileset_layout l =
			scratch_layout(directory[1 + variant % TOPS]);
		struct fileset fs;

		l.files = FILES;
		l.files_per_dir = 7 + variant;
		l.dirs_per_dir = 2 + 3 * variant;
		l.hash_into_dirs = variant & 1;
		fs = scratch_fileset(&l);
		for (int i = 0; i < FILES; i++) {
			uint64_t n = i + 1;

			fileset_path(&fs, TREE_SRC, fileset_dir(&fs, n),
				     fileset_top(&fs, n), n, true, text);
			path[i] = strdup(text);
			assert_non_null(path[i]);
		}
		qsort(path, FILES, sizeof(*path), compare);
		for (int i = 1; i < FILES; i++)
			assert_string_not_equal(path[i - 1], path[i]);
		for (int i = 0; i < FILES; i++)
			free(path[i]);
		fileset_free(&fs);
	}
	free(path);
}

/* The examples in smallfile's description, to the letter. */
TEST(described_examples)
{
	static const struct {
		uint64_t n;
		bool hashed;
		const char *path;
	} rows[] = {
		{ 1, false, "d_000/_host_00_1_" },
		{ 17, false, "d_000/_host_00_17_" },
		{ 99, false, "d_000/_host_00_99_" },
		{ 100, false, "d_001/_host_00_100_" },
		{ 999, false, "d_009/_host_00_999_" },
		{ 1000, false, "d_001/d_000/_host_00_1000_" },
		{ 12399, false, "d_001/d_002/d_003/_host_00_12399_" },
		/* 20000 files: 1 * 900593 mod 20000 = 593, / 100 = 5 */
		{ 1, true, "h_005/_host_00_1_" },
		/* 20000 * 900593 mod 20000 = 0 */
		{ 20000, true, "_host_00_20000_" },
		/* 3 -> 1779 -> 17 -> h_(17 * 900593 mod 10) = 1; 17 / 10 = 1 */
		{ 3, true, "h_001/_host_00_3_" },
		/* 100 -> 19300 -> 193: h_009; 19: h_007 in front; 1 */
		{ 100, true, "h_007/h_009/_host_00_100_" },
	};
	struct fileset_layout l = scratch_layout(directory[1]);

	l.files = 20000;
	for_each_in (row, rows) {
		char got[FILESET_PATH_MAX], *want;
		struct fileset fs;

		l.hash_into_dirs = row->hashed;
		fs = scratch_fileset(&l);
		want = printed("file_srcdir/host/thrd_00/%s", row->path);
		fileset_path(&fs, TREE_SRC, fileset_dir(&fs, row->n), 0, row->n,
			     false, got);
		assert_string_equal(got, want);
		fileset_free(&fs);
	}
}

/* Names that look like names of the set but are not. */
TEST(near_misses)
{
	static const char *const refused[] = {
		"",
		"p_host_07_",
		"p_host_07__s",
		"p_host_07_0_s",
		"p_host_07_01_s",
		"p_host_07_00_s",
		"p_host_07_1001_s",
		"p_host_07_10000000000000000000000_s",
		"p_host_07_18446744073709551617_s",
		"p_host_07_17",
		"p_host_07_17_",
		"p_host_07_17_s ",
		"p_host_07_17_s.tmp",
		"p_host_07_17_s.d",
		"p_host_07_17_S",
		"p_host_07_-1_s",
		"p_host_07_+1_s",
		"p_host_07_ 1_s",
		"p_host_07_1x_s",
		"p_host_08_17_s",
		"p_host_7_17_s",
		"p_host_007_17_s",
		"p_hosT_07_17_s",
		"p_other_07_17_s",
		"P_host_07_17_s",
		"_host_07_17_s",
		" p_host_07_17_s",
		".",
		"..",
		"d_000",
	};
	struct fileset_layout l = scratch_layout(directory[1]);
	struct fileset fs;

	l.prefix = "p";
	l.suffix = "s";
	l.thread = 7;
	l.files = 1000;
	fs = scratch_fileset(&l);
	for_each_in (row, refused)
		if (fileset_number(&fs, 0, *row))
			fail_msg("\"%s\" passes for file %llu", *row,
				 (unsigned long long)fileset_number(&fs, 0,
								    *row));
	assert_int_equal(fileset_number(&fs, 0, "p_host_07_17_s"), 17);
	assert_int_equal(fileset_number(&fs, 0, "p_host_07_1000_s"), 1000);
	fileset_free(&fs);
}

/* Two threads, hosts, or prefixes never share a name in one directory. */
TEST(threads_apart)
{
	struct fileset_layout l = scratch_layout(directory[1]);
	struct fileset one, other;

	l.files = 5000;
	l.same_dir = true;
	l.thread = 99;
	one = scratch_fileset(&l);
	l.thread = 100;
	other = scratch_fileset(&l);
	for (uint64_t n = 1; n <= l.files; n++) {
		char a[FILESET_PATH_MAX], b[FILESET_PATH_MAX];

		fileset_path(&one, TREE_SRC, fileset_dir(&one, n), 0, n, false,
			     a);
		fileset_path(&other, TREE_SRC, fileset_dir(&other, n), 0, n,
			     false, b);
		assert_string_not_equal(a, b);
		assert_int_equal(fileset_number(&one, 0, strrchr(b, '/') + 1),
				 0);
		assert_int_equal(fileset_number(&other, 0, strrchr(a, '/') + 1),
				 0);
	}
	fileset_free(&one);
	fileset_free(&other);
}

TEST(decimals)
{
	static const uint64_t edges[] = { 0,  1,   9,          10,
					  99, 100, UINT32_MAX, UINT64_MAX };
	char got[32], want[32];

	for (int i = 0; i < 100000; i++) {
		uint64_t x = i < 8 ? edges[i]
				   : scratch_random() >> scratch_random() % 64;
		size_t n = fileset_decimal(x, got);

		got[n] = 0;
		sprintf(want, "%llu", (unsigned long long)x);
		assert_string_equal(got, want);
	}
}
