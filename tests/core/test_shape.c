// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of profiles. Each file is in one directory, under a name that no other
 * has, and the counts of directories, files and lengths of names are those of
 * the profile. All is counted one by one.
 */
#include "scratch.h"

SCRATCH_DIRECTORY

/* Of scratch_profile(): files and directories by level. */
#define LEVELS 4
static const double files_of[LEVELS] = { 3, 50, 252, 90 };
static const double dirs_of[LEVELS] = { 1, 4, 16, 9 };
#define FILES_OF 395.0

static struct fileset make(uint64_t files, uint64_t seed)
{
	struct fileset_layout l = scratch_layout(scratch_dir);

	l.tree = scratch_profile(scratch_dir);
	l.files = files;
	l.seed = seed;
	return scratch_fileset(&l);
}

static unsigned int level_of(const struct fileset *fs, uint64_t dir)
{
	unsigned int level = 0;

	for (; dir; dir = fileset_parent(fs, dir)) {
		assert_true(fileset_parent(fs, dir) < dir);
		level++;
	}
	return level;
}

/* Each file is at one place of one directory, and has a name of its own. */
static void check_places(const struct fileset *fs)
{
	char name[NAME_MAX + 1], before[NAME_MAX + 1] = "";
	uint64_t sum = 0;

	for (uint64_t dir = 0; dir < fs->dirs; dir++) {
		uint64_t files = fileset_files_in(fs, dir, 0);

		*before = 0;
		assert_true(files <= fileset_places(fs));
		for (uint64_t place = 0; place < files; place++) {
			uint64_t n = fileset_file_at(fs, dir, place);
			size_t length;

			sum++;
			assert_in_range(n, 1, fs->files);
			assert_int_equal(fileset_dir(fs, n), dir);
			assert_int_equal(fileset_place(fs, n), place);
			length = fileset_name(fs, dir, n, name);
			assert_int_equal(length, strlen(name));
			assert_null(strpbrk(name, "/._"));
			assert_true(strtoull(name, NULL, 10) == place);
			assert_int_equal(fileset_number(fs, dir, name), n);
			assert_string_not_equal(name, before);
			strcpy(before, name);
		}
		assert_int_equal(fileset_file_at(fs, dir, files), 0);
	}
	assert_int_equal(sum, fs->files);
	assert_int_equal(fileset_files_in(fs, fs->dirs, 0), 0);
}

/* Directories that lie in one have names of their own. */
static void check_components(const struct fileset *fs)
{
	char path[FILESET_PATH_MAX], name[FILESET_COMPONENT_MAX];
	uint64_t parent = 0, place = 0;

	for (uint64_t dir = 1; dir < fs->dirs; dir++) {
		size_t length = fileset_component(fs, dir, name);

		if (fileset_parent(fs, dir) != parent)
			place = 0;
		parent = fileset_parent(fs, dir);
		assert_int_equal(length, strlen(name));
		assert_int_equal(name[0], 'd');
		assert_true(strtoull(name + 1, NULL, 10) == place++);
		length = fileset_path(fs, TREE_SRC, dir, 0, 0, false, path);
		assert_true(length <= strlen(fs->base[TREE_SRC]) +
					      fs->shape.longest_path);
	}
}

/* Levels have their shares of files and directories. */
static void check_levels(const struct fileset *fs)
{
	double scale = (double)fs->files / FILES_OF;
	double files[LEVELS] = { 0 }, dirs[LEVELS] = { 0 };
	double slack = 1 + (double)fs->shape.copies * 1.5;

	for (uint64_t dir = 0; dir < fs->dirs; dir++) {
		unsigned int level = level_of(fs, dir);

		assert_true(level < LEVELS);
		dirs[level]++;
		files[level] += (double)fileset_files_in(fs, dir, 0);
	}
	assert_true(dirs[0] == 1);
	for (int k = 0; k < LEVELS; k++) {
		double want = files_of[k] * scale;

		if (files[k] < want - slack || files[k] > want + slack)
			fail_msg("%llu files: %g at level %d, expected %g",
				 (unsigned long long)fs->files, files[k], k,
				 want);
		want = dirs_of[k] * scale;
		if (k && (dirs[k] < want - slack || dirs[k] > want + slack))
			fail_msg("%llu files: %g directories at level %d, "
				 "expected %g",
				 (unsigned long long)fs->files, dirs[k], k,
				 want);
	}
}

static void check(uint64_t files, uint64_t seed)
{
	struct fileset fs = make(files, seed);

	assert_int_equal(fs.files, files ? files : FILES_OF);
	check_places(&fs);
	check_components(&fs);
	check_levels(&fs);
	fileset_free(&fs);
}

TEST(small_trees)
{
	for (uint64_t files = 0; files <= 300; files++)
		check(files, files);
}

TEST(trees_of_copies)
{
	for (int i = 0; i < 8; i++)
		check(50000 + scratch_random() % 400000, scratch_random());
}

static const uint64_t many[] = { 395, 3950, 300000 };

/* How many directories of a level have this many files. */
TEST(files_of_directories)
{
	for_each_in (files, many) {
		struct fileset fs = make(*files, 1);
		double zero = 0, ten = 0, hundred = 0, all = 0, slack;

		for (uint64_t dir = 1; dir < fs.dirs; dir++) {
			uint64_t n = fileset_files_in(&fs, dir, 0);

			if (level_of(&fs, dir) != 2)
				continue;
			all++;
			zero += n == 0;
			ten += n == 10;
			hundred += n > 50;
		}
		/* Of the profile's 16: 4, 4 and 2, to one in each copy. */
		slack = 1 + (double)fs.shape.copies;
		assert_true(zero >= all * 4 / 16 - slack);
		assert_true(zero <= all * 4 / 16 + slack);
		assert_true(ten >= all * 4 / 16 - slack);
		assert_true(ten <= all * 4 / 16 + slack);
		assert_true(hundred >= all * 2 / 16 - slack);
		assert_true(hundred <= all * 2 / 16 + slack);
		fileset_free(&fs);
	}
}

/*
 * Lengths of names, the short ones but where a directory has too many files: 5,
 * 200 and 190 of 395.
 */
TEST(lengths_of_names)
{
	for_each_in (files, many) {
		struct fileset fs = make(*files, 1);
		double lengths[SHAPE_NAME_MAX] = { 0 }, middle = 0;
		double scale = (double)*files / FILES_OF;
		char name[NAME_MAX + 1];

		for (uint64_t n = 1; n <= *files; n++)
			lengths[fileset_name(&fs, fileset_dir(&fs, n), n,
					     name)]++;
		for (int i = 5; i <= 8; i++) {
			assert_in_range(lengths[i], scale * 30, scale * 70);
			middle += lengths[i];
		}
		assert_in_range(middle, scale * 200 - 1, scale * 200 + 1);
		assert_in_range(lengths[20], scale * 190 - 1, scale * 190 + 1);
		assert_in_range(lengths[1] + lengths[2] + lengths[3] +
					lengths[4],
				scale * 5 - 1, scale * 5 + 1);
		fileset_free(&fs);
	}
}

/* Threads that share directories have the same, and other names in them. */
TEST(shared)
{
	struct fileset_layout l = scratch_layout(scratch_dir);
	char one[FILESET_PATH_MAX], two[FILESET_PATH_MAX];
	struct fileset a, b;

	l.tree = scratch_profile(scratch_dir);
	l.files = 1000;
	l.same_dir = true;
	a = scratch_fileset(&l);
	l.thread = 7;
	l.host = "other";
	b = scratch_fileset(&l);
	assert_int_equal(a.dirs, b.dirs);
	for (uint64_t dir = 0; dir < a.dirs; dir++) {
		fileset_path(&a, TREE_SRC, dir, 0, 0, false, one);
		fileset_path(&b, TREE_SRC, dir, 0, 0, false, two);
		assert_string_equal(one, two);
	}
	for (uint64_t n = 1; n <= 1000; n++) {
		uint64_t dir = fileset_dir(&a, n);

		fileset_name(&b, dir, n, two);
		assert_int_equal(strncmp(two, "other_07_", 9), 0);
		assert_int_equal(fileset_number(&a, dir, two), 0);
		assert_int_equal(fileset_number(&b, dir, two), n);
	}
	fileset_free(&a);
	fileset_free(&b);
}

/* A tree without directories, and one of a single path. */
TEST(extremes)
{
	static const struct {
		const char *text;
		uint64_t files, dirs;
	} rows[] = {
		{ "depth 0 5\nfiles.0 5 1\ndirectories.0 0 1\n", 1000000, 1 },
		{ "depth 0 5\nfiles.0 5 1\ndirectories.0 0 1\n", 1, 1 },
		{ "directory-name 200 3\ndepth 3 5\n"
		  "files.0 0 1\ndirectories.0 1 1\n"
		  "files.1 0 1\ndirectories.1 1 1\n"
		  "files.2 0 1\ndirectories.2 1 1\n"
		  "files.3 5 1\ndirectories.3 0 1\n",
		  1, 4 },
		{ "directory-name 1 3\ndepth 1 281474976710656\n"
		  "files.0 0 1\ndirectories.0 1 1\n"
		  "files.1 4611686018427387903 1\ndirectories.1 0 1\n",
		  FILESET_FILES_MAX, 2 },
	};

	for_each_in (row, rows) {
		struct fileset_layout l = scratch_layout(scratch_dir);
		char *path = printed("%s/extreme", scratch_dir);
		struct fileset fs;

		scratch_text(path, printed("smallfio-profile 1\nname 1 1\n"
					   "%send\n",
					   row->text));
		l.tree = printed("profile:%s", path);
		l.files = row->files;
		fs = scratch_fileset(&l);
		assert_int_equal(fs.files, row->files);
		assert_int_equal(fs.dirs, row->dirs);
		for (uint64_t n = 1; n; n = n < fs.files ? fs.files : 0)
			assert_true(fileset_dir(&fs, n) < fs.dirs);
		fileset_free(&fs);
	}
}

TEST(refused)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "size 1 1\n", "lines \"files.0 NUMBER COUNT\"" },
		{ "files.0 1 1\ndirectories.0 0 1\n", "lines \"depth" },
		{ "files.0 1 1\ndirectories.0 0 1\ndepth 0 1\n",
		  "lines \"name" },
		{ "files.0 1 1\ndirectories.0 1 1\ndepth 0 1\nname 1 1\n"
		  "files.1 1 1\ndirectories.1 0 1\n",
		  "lines \"directory-name" },
		{ "directory-name 1 3\ndepth 1 1\nname 1 1\n"
		  "files.0 0 1\ndirectories.0 1 1\n"
		  "files.1 0 1000000000\ndirectories.1 0 1000000000\n",
		  "would need more than 8192 of these" },
		{ "files.0 1\n", ":2: expected NUMBER COUNT" },
	};
	struct fileset_layout l = scratch_layout(scratch_dir);
	struct failure f;
	struct fileset fs;

	l.files = 1;
	for_each_in (row, rows) {
		char *path = printed("%s/bad", scratch_dir);

		scratch_text(path,
			     printed("smallfio-profile 1\n%send\n", row->text));
		l.tree = printed("profile:%s", path);
		assert_int_equal(fileset_init(&fs, &l, &f), -EINVAL);
		assert_says(f.text, path);
		assert_says(f.text, row->said);
	}
	l.tree = "profile:/none/of/it";
	assert_int_equal(fileset_init(&fs, &l, &f), -ENOENT);
	assert_says(f.text, "/none/of/it: No such file");
	l.tree = scratch_profile(scratch_dir);
	l.suffix = "x";
	assert_int_equal(fileset_init(&fs, &l, &f), -EINVAL);
	assert_says(f.text, "prefix= and suffix=");
}
