// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order in which files are worked on, and how many files a directory holds.
 * Both are checked by counting files one by one.
 */
#include <sys/stat.h>

#include "scratch.h"

SCRATCH_DIRECTORY

/* What a failure has to say of a set. */
static const char *described(const struct fileset *fs)
{
	return printed("files=%llu per_dir=%llu spread=%llu tops=%u kind=%d",
		       (unsigned long long)fs->files,
		       (unsigned long long)fs->files_per_dir,
		       (unsigned long long)fs->spread, fs->tops, fs->kind);
}

enum layout { SEQUENTIAL, HASHED, FULL, LEAVES, LAYOUTS };

/* The lowest full tree in which the layout's files have a place. */
static const char *tree_for(const struct fileset_layout *l, const char *kind)
{
	static char text[32];
	uint64_t level = 1, dirs = 1;
	int depth = 0;

	while ((*kind == 'f' ? dirs : level) * l->files_per_dir < l->files) {
		level *= l->dirs_per_dir;
		dirs += level;
		depth++;
	}
	sprintf(text, "%s:%d", kind, depth);
	return text;
}

static struct fileset make(uint64_t files, uint64_t per_dir,
			   uint64_t dirs_per_dir, uint64_t spread,
			   enum layout layout, unsigned int tops)
{
	static const char *directory[4]; /* by number, made once */
	struct fileset_layout l;

	if (!directory[tops])
		directory[tops] = scratch_tops(scratch_dir, tops);
	l = scratch_layout(directory[tops]);
	l.files = files;
	l.files_per_dir = per_dir;
	l.dirs_per_dir = dirs_per_dir;
	l.spread = spread;
	l.hash_into_dirs = layout == HASHED;
	if (layout >= FULL)
		l.tree = tree_for(&l, layout == FULL ? "full" : "leaves");
	return scratch_fileset(&l);
}

static void check_permutation(struct fileset fs)
{
	char *seen = calloc(1, fs.files + 1);

	assert_non_null(seen);
	for (uint64_t i = 0; i < fs.files; i++) {
		uint64_t n = fileset_file(&fs, i);

		if (n < 1 || n > fs.files || seen[n])
			fail_msg("%s: file %llu comes again, or is none",
				 described(&fs), (unsigned long long)n);
		seen[n] = 1;
	}
	free(seen);
	fileset_free(&fs);
}

TEST(spread_is_a_permutation)
{
	for (uint64_t files = 1; files <= 60; files++)
		for (uint64_t per_dir = 1; per_dir <= 9; per_dir++)
			for (uint64_t spread = 1; spread <= 8; spread++)
				for (int layout = 0; layout < LAYOUTS; layout++)
					check_permutation(make(files, per_dir,
							       3, spread,
							       layout, 1));
}

TEST(large_spreads_are_permutations)
{
	for (int i = 0; i < 60; i++) {
		uint64_t files = 1 + scratch_random() % 200000;
		uint64_t per_dir = 1 + scratch_random() % 3000;
		uint64_t spread = 1 + scratch_random() % 500;

		check_permutation(
			make(files, per_dir, 10, spread, i % LAYOUTS, 1));
	}
}

TEST(without_spread_in_order)
{
	struct fileset fs = make(1000, 7, 10, 1, false, 1);

	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(fileset_file(&fs, i), i + 1);
	fileset_free(&fs);
	fs = make(FILESET_FILES_MAX, 100, 10, 1, true, 1);
	assert_int_equal(fileset_file(&fs, FILESET_FILES_MAX - 1),
			 FILESET_FILES_MAX);
	fileset_free(&fs);
}

/*
 * Any `spread` files in a row lie in that many directories. The last block is
 * left out, because it may have fewer directories.
 */
static void check_spread(uint64_t files, uint64_t per_dir, uint64_t spread,
			 enum layout layout)
{
	struct fileset fs = make(files, per_dir, 10, spread, layout, 1);
	uint64_t block = per_dir * spread, whole = files / block * block;

	/*
	 * Number 0 is no file, so the first block of the sequential layout has
	 * one less.
	 */
	if (layout == SEQUENTIAL)
		whole = (files + 1) / block * block - 1;
	for (uint64_t i = 0; i + spread <= whole; i++)
		for (uint64_t a = i; a < i + spread; a++)
			for (uint64_t b = a + 1; b < i + spread; b++) {
				uint64_t x = fileset_file(&fs, a);
				uint64_t y = fileset_file(&fs, b);

				if (fileset_dir(&fs, x) == fileset_dir(&fs, y))
					fail_msg(
						"%s: files %llu and %llu are in"
						" one directory",
						described(&fs),
						(unsigned long long)x,
						(unsigned long long)y);
			}
	fileset_free(&fs);
}

TEST(spread_changes_directory)
{
	for (int layout = 0; layout < LAYOUTS; layout++)
		for (uint64_t spread = 2; spread <= 8; spread++)
			for (uint64_t per_dir = 1; per_dir <= 7; per_dir++)
				check_spread(211, per_dir, spread, layout);
}

/* Neighbours are never in one directory, except at the very end. */
TEST(neighbours_differ)
{
	struct fileset fs = make(100000, 100, 10, 64, false, 1);
	uint64_t last = fs.files - fs.files % fs.spread_block;

	for (uint64_t i = 1; i < last; i++)
		assert_int_not_equal(fileset_dir(&fs, fileset_file(&fs, i)),
				     fileset_dir(&fs,
						 fileset_file(&fs, i - 1)));
	fileset_free(&fs);
}

/* Checks how many files for_each_in (directory, top) has. Each place is taken
 * once. */
static void check_counts(struct fileset fs)
{
	uint64_t cells = fs.dirs * fs.tops;
	uint64_t *count = calloc(cells, sizeof(*count));
	char *taken = calloc(fs.dirs, fs.files_per_dir);

	assert_non_null(count);
	assert_non_null(taken);
	for (uint64_t n = 1; n <= fs.files; n++) {
		uint64_t dir = fileset_dir(&fs, n);
		uint64_t place = fileset_place(&fs, n);

		assert_true(dir < fs.dirs);
		assert_true(place < fs.files_per_dir);
		assert_true(fileset_top(&fs, n) < fs.tops);
		count[dir * fs.tops + fileset_top(&fs, n)]++;
		/* Only file `files` can have number 0: there is no file 0. */
		assert_int_equal(taken[dir * fs.files_per_dir + place], 0);
		taken[dir * fs.files_per_dir + place] = 1;
	}
	for (uint64_t c = 0; c < cells; c++) {
		uint64_t said = fileset_files_in(&fs, c / fs.tops, c % fs.tops);

		if (said != count[c])
			fail_msg("%s: cell %llu has %llu, counted %llu",
				 described(&fs), (unsigned long long)c,
				 (unsigned long long)said,
				 (unsigned long long)count[c]);
	}
	free(taken);
	free(count);
	fileset_free(&fs);
}

TEST(files_in_directories)
{
	for (uint64_t files = 1; files <= 80; files += 1 + files / 20)
		for (uint64_t per_dir = 1; per_dir <= 12; per_dir++)
			for (unsigned int tops = 1; tops <= 3; tops++)
				for (int layout = 0; layout < LAYOUTS; layout++)
					check_counts(make(files, per_dir, 4, 1,
							  layout, tops));
}

TEST(files_in_large_sets)
{
	for (int i = 0; i < 40; i++)
		check_counts(make(1 + scratch_random() % 100000,
				  1 + scratch_random() % 500, 10, 1,
				  i % LAYOUTS, 1 + i % 3));
}

/*
 * Beyond the last directory there are no files. Sums stay right for huge sets.
 */
TEST(files_in_huge_sets)
{
	struct fileset fs = make(FILESET_FILES_MAX, 1000, 10, 1, false, 3);
	uint64_t sum = 0;

	for (unsigned int t = 0; t < 3; t++) {
		assert_int_equal(fileset_files_in(&fs, fs.dirs, t), 0);
		assert_int_equal(fileset_files_in(&fs, fs.dirs - 1, t),
				 t == FILESET_FILES_MAX % 3);
		sum += fileset_files_in(&fs, 777777, t);
	}
	assert_int_equal(sum, 1000);
	fileset_free(&fs);
	for (int hashed = 0; hashed < 2; hashed++) {
		fs = make(10, FILESET_FILES_MAX, 10, 1, hashed, 1);
		assert_int_equal(fs.dirs, 1);
		assert_int_equal(fileset_files_in(&fs, 0, 0), 10);
		fileset_free(&fs);
	}
}

/* dirs is no larger than needed: the last directory has a file. */
TEST(no_directory_too_many)
{
	for (uint64_t files = 1; files <= 50; files++)
		for (uint64_t per_dir = 1; per_dir <= 12; per_dir++)
			for (int hashed = 0; hashed < 2; hashed++) {
				struct fileset fs =
					make(files, per_dir, 5, 1, hashed, 1);

				assert_true(fileset_files_in(&fs, fs.dirs - 1,
							     0) > 0);
				assert_int_equal(
					fileset_files_in(&fs, fs.dirs, 0), 0);
				fileset_free(&fs);
			}
}

/*
 * If files is a multiple of the hash factor, all files fall into few places.
 * The factor then has no inverse, but the layout itself works like any other.
 */
TEST(multiples_of_the_factor)
{
	for (uint64_t k = 1; k <= 3; k++) {
		struct fileset fs = make(900593 * k, 100, 10, 1, true, 1);
		char want[PATH_MAX], got[FILESET_PATH_MAX];
		struct fileset_layout l = scratch_layout("");

		l.files = fs.files;
		l.hash_into_dirs = true;
		for (uint64_t n = 1; n <= fs.files; n += 1000) {
			expected_path(&l, TREE_SRC, "", n, "", want);
			fileset_path(&fs, TREE_SRC, fileset_dir(&fs, n), 0, n,
				     false, got);
			assert_string_equal(got, want + 1);
			assert_true(fileset_dir(&fs, n) < fs.dirs);
		}
		assert_int_equal(fs.hash_inverse, 0);
		for (uint64_t i = 0; i < fs.files; i += 997)
			assert_int_equal(fileset_file(&fs, i), i + 1);
		fileset_free(&fs);
	}
}
