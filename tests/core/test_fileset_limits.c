// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fileset_init() refuses, with which code and sentence, and what it
 * accepts.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "scratch.h"

SCRATCH_DIRECTORY

/*
 * The layout is refused with -code and a sentence that has `text` in it.
 * Nothing leaks.
 */
static void refused(const struct fileset_layout *l, int code, const char *text)
{
	unsigned int fds = scratch_open_fds();
	struct fileset fs;
	struct failure f;
	int ret = fileset_init(&fs, l, &f);

	if (ret != -code)
		fail_msg("returned %d, expected %d (\"%s\"; text: %s)", ret,
			 -code, text, f.text);
	assert_says(f.text, text);
	assert_int_equal(scratch_open_fds(), fds);
	/* All was freed and zeroed: freeing again is harmless. */
	fileset_free(&fs);
}

static void taken(const struct fileset_layout *l)
{
	struct fileset fs = scratch_fileset(l);

	fileset_free(&fs);
}

TEST(numbers)
{
	/* A number of the layout, and what is said of it; NULL: it is taken. */
	static const struct {
		size_t member;
		uint64_t value;
		const char *text;
	} rows[] = {
#define ROW(member, value, text)                                               \
	{ offsetof(struct fileset_layout, member), value, text }
		ROW(files, 0, "files=0: expected 1 to 1000000000000"),
		ROW(files, FILESET_FILES_MAX + 1,
		    "files=1000000000001: expected 1 to "),
		ROW(files, UINT64_MAX, "files=18446744073709551615: "),
		ROW(files, FILESET_FILES_MAX, NULL),
		ROW(files, 1, NULL),
		ROW(files_per_dir, 0, "files_per_dir=0: expected 1 to "),
		ROW(files_per_dir, UINT64_MAX,
		    "files_per_dir=18446744073709551615: "),
		ROW(files_per_dir, FILESET_FILES_MAX, NULL),
		ROW(dirs_per_dir, 0, "dirs_per_dir=0: expected 2 to "),
		ROW(dirs_per_dir, 1, "dirs_per_dir=1: expected 2 to "),
		ROW(dirs_per_dir, FILESET_DIRS_PER_DIR_MAX + 1,
		    "dirs_per_dir=16777217: "),
		ROW(dirs_per_dir, FILESET_DIRS_PER_DIR_MAX, NULL),
		ROW(spread, 0, "spread=0: expected 1 to "),
		ROW(spread, UINT64_MAX, "spread=18446744073709551615: "),
		ROW(spread, FILESET_FILES_MAX / 100 + 1,
		    "spread=10000000001: "),
		ROW(spread, 1000, NULL),
	};

	for_each_in (row, rows) {
		struct fileset_layout l = scratch_layout(scratch_dir);

		memcpy((char *)&l + row->member, &row->value,
		       sizeof(row->value));
		if (row->text)
			refused(&l, EINVAL, row->text);
		else
			taken(&l);
	}
}

/* A tree=, with 10 directories each and 100 files in them, and what is said. */
TEST(trees)
{
	static const struct {
		const char *tree;
		uint64_t files;
		const char *text;
	} rows[] = {
		{ "full:0", 0, NULL },
		{ "full:0", 100, NULL },
		{ "full:0", 101,
		  "files=101: tree=full:0 with dirs_per_dir=10 "
		  "and files_per_dir=100 has places for 100" },
		{ "full:2", 11100, NULL },
		{ "full:2", 11101, "has places for 11100" },
		{ "leaves:2", 10000, NULL },
		{ "leaves:2", 10001, "has places for 10000" },
		{ "full:9", 0, NULL },
		{ "full:10", 0,
		  "tree=full:10: with dirs_per_dir=10 and "
		  "files_per_dir=100 it has places for more "
		  "than 1000000000000 files" },
		{ "full:64", 1, "has places for more than" },
		{ "full:65", 1,
		  "tree=full:65: expected profile:FILE, or full:DEPTH or "
		  "leaves:DEPTH with a DEPTH from 0 to 64" },
		{ "full:99999999999999999999", 1,
		  "full:DEPTH or leaves:DEPTH" },
		{ "full:4294967297", 1, "full:DEPTH or leaves:DEPTH" },
		{ "full:-1", 1, "full:DEPTH or leaves:DEPTH" },
		{ "full: 1", 1, "full:DEPTH or leaves:DEPTH" },
		{ "full:1x", 1, "full:DEPTH or leaves:DEPTH" },
		{ "full:", 1, "full:DEPTH or leaves:DEPTH" },
		{ "full", 1, "full:DEPTH or leaves:DEPTH" },
		{ "leaves:+1", 1, "full:DEPTH or leaves:DEPTH" },
		{ "fulls:1", 1, "full:DEPTH or leaves:DEPTH" },
		{ "", 1, "tree=: expected profile:FILE" },
	};

	for_each_in (row, rows) {
		struct fileset_layout l = scratch_layout(scratch_dir);

		l.tree = row->tree;
		l.files = row->files;
		if (row->text)
			refused(&l, EINVAL, row->text);
		else
			taken(&l);
	}
}

TEST(tree_and_other_layouts)
{
	struct fileset_layout l = scratch_layout(scratch_dir);

	l.tree = "full:2";
	l.hash_into_dirs = true;
	refused(&l, EINVAL, "tree=full:2 and hash_into_dirs=1");
	l.hash_into_dirs = false;
	/* A chain of directories, as mdtest's -b 1. */
	l.dirs_per_dir = 1;
	taken(&l);
	l.dirs_per_dir = 0;
	refused(&l, EINVAL, "dirs_per_dir=0: expected 1 to ");
}

/* Each thread has one of the directories, and none of the others. */
TEST(top_of_thread)
{
	struct fileset_layout l = scratch_layout(scratch_tops(scratch_dir, 3));

	l.top_of_thread = true;
	for (l.thread = 0; l.thread < 7; l.thread++) {
		struct fileset fs = scratch_fileset(&l);

		assert_int_equal(fs.tops, 1);
		assert_string_equal(fs.top[0], printed("%s/t%u", scratch_dir,
						       l.thread % 3));
		fileset_free(&fs);
	}
	l.directory = printed("%s:/none", scratch_dir);
	refused(&l, ENOENT, "directory=/none");
}

TEST(names_that_lead_elsewhere)
{
	static const char *const bad[] = { "/",   "a/b", "/etc",   "..",
					   "a..", "..b", "../../x" };

	for_each_in (name, bad) {
		struct fileset_layout l = scratch_layout(scratch_dir);

		l.prefix = *name;
		refused(&l, EINVAL, printed("prefix=%s: ", *name));
		l.prefix = "";
		l.suffix = *name;
		refused(&l, EINVAL, printed("suffix=%s: ", *name));
		l.suffix = "";
		l.host = *name;
		refused(&l, EINVAL, printed("host=%s: ", *name));
	}
}

TEST(host_names)
{
	struct fileset_layout l = scratch_layout(scratch_dir);

	l.host = "";
	refused(&l, EINVAL, "host=: expected a host name");
	l.host = ".";
	refused(&l, EINVAL, "host=.: expected a host name");
	l.host = "Capital.Example-1";
	taken(&l);
}

TEST(system_directories)
{
	static const char *const bad[] = {
		"/",       "//",          "/.",
		"/..",     "/etc",        "/etc/",
		"/usr",    "/var",        "/proc",
		"/sys",    "/dev",        "/root",
		"/boot",   "/home",       "/run",
		"/tmp/..", "/usr/../etc", "/proc/self/root"
	};

	for_each_in (row, bad) {
		struct fileset_layout l = scratch_layout(scratch_dir);

		if (access(*row, X_OK))
			continue;
		l.directory = *row;
		refused(&l, EINVAL, printed("directory=%s: ", *row));
		refused(&l, EINVAL, "a directory of the system itself");
	}
}

/* On a merged /usr these are links, yet directories of the system. */
TEST(system_directories_by_link)
{
	static const char *const bad[] = { "/bin", "/sbin", "/lib", "/lib64" };

	for_each_in (row, bad) {
		struct fileset_layout l = scratch_layout(scratch_dir);

		if (access(*row, X_OK))
			continue;
		l.directory = *row;
		refused(&l, EINVAL, "a directory of the system itself");
	}
}

#ifndef STATX_ATTR_MOUNT_ROOT /* of Linux 5.8; musl has no name for it */
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/* tests/e2e has short paths that are mount points, because it may mount. */
TEST(short_paths)
{
	static const char *const bad[] = { "/srv", "/opt", "/srv/", "/../srv" };
	unsigned int tried = 0;

	for_each_in (row, bad) {
		struct fileset_layout l = scratch_layout(scratch_dir);
		struct statx st;

		if (statx(AT_FDCWD, *row, 0, STATX_TYPE, &st) ||
		    st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			continue;
		tried++;
		l.directory = *row;
		refused(&l, EINVAL, "is too short a path: expected 6");
		refused(&l, EINVAL, "/smallfio, and name that");
	}
	if (!tried)
		scratch_skip("/srv and /opt are mount points or not there");
}

TEST(top_directories)
{
	const struct {
		const char *directory;
		int code;
		const char *text;
	} rows[] = {
		{ "", EINVAL, "directory=: one of its names is empty" },
		{ ":", EINVAL, "one of its names is empty" },
		{ printed("%s:", scratch_dir), EINVAL,
		  "one of its names is empty" },
		{ printed("%s/missing", scratch_dir), ENOENT,
		  "/missing: No such file or directory; make it" },
		{ printed("%s/file", scratch_dir), ENOTDIR,
		  "/file: is not a directory" },
		{ printed("%s/file/below", scratch_dir), ENOTDIR,
		  "/file/below: Not a directory" },
	};
	struct fileset_layout l = scratch_layout(scratch_dir);
	char list[66 * 2 + 1] = "";

	scratch_text(printed("%s/file", scratch_dir), "x");
	for_each_in (row, rows) {
		l.directory = row->directory;
		refused(&l, row->code, row->text);
	}
	for (int i = 0; i < 65; i++)
		strcat(list, i ? ":." : ".");
	assert_ok(chdir(scratch_dir));
	l.directory = list;
	refused(&l, EINVAL, "more than 64 directories");
	list[63 * 2 + 1] = 0;
	taken(&l);
	assert_ok(chdir("/"));
}

/*
 * directory= is split as fio splits it: "\:" is a colon in a name, any other
 * '\' stands for itself.
 */
TEST(escaped_colons)
{
	const char *colon = printed("%s/a:b", scratch_dir);
	const char *backslash = printed("%s/c\\d", scratch_dir);
	struct fileset_layout l =
		scratch_layout(printed("%s/a\\:b:%s:%s/a\\:b/..", scratch_dir,
				       backslash, scratch_dir));
	struct fileset fs;

	assert_ok(mkdir(colon, 0700));
	assert_ok(mkdir(backslash, 0700));
	fs = scratch_fileset(&l);
	assert_int_equal(fs.tops, 3);
	assert_string_equal(fs.top[0], colon);
	assert_string_equal(fs.top[1], backslash);
	assert_string_equal(fs.top[2], scratch_dir);
	fileset_free(&fs);
}

/* A relative directory is made absolute: fio may change directory later. */
TEST(relative_directory)
{
	struct fileset_layout l = scratch_layout(scratch_dir);
	struct fileset fs;

	assert_ok(chdir(scratch_dir));
	l.directory = ".";
	fs = scratch_fileset(&l);
	assert_string_equal(fs.top[0], scratch_dir);
	assert_ok(chdir("/"));
	fileset_free(&fs);
}

/* The longest accepted names do work, with what operations add to them. */
TEST(name_length)
{
	static const char *const endings[] = { ".tmp", ".d", ".s" };
	struct fileset_layout l = scratch_layout(scratch_dir);
	char prefix[NAME_MAX * 2];
	struct fileset fs;
	struct failure f;
	size_t longest = 0;

	l.prefix = prefix;
	for (size_t n = 1; n < NAME_MAX * 2 - 1; n++) {
		memset(prefix, 'p', n);
		prefix[n] = 0;
		if (!fileset_init(&fs, &l, &f)) {
			assert_int_equal(n, longest + 1);
			longest = n;
			fileset_free(&fs);
		}
	}
	prefix[longest + 1] = 0;
	memset(prefix, 'p', longest + 1);
	refused(&l, ENAMETOOLONG, "file names would be longer than 255 bytes");
	assert_true(longest > 200);
	prefix[longest] = 0;
	for (size_t i = 0; i < 3; i++) {
		char name[NAME_MAX * 3];

		expected_name(&l, l.files, name);
		write_file(printed("%s/%s%s", scratch_dir, name, endings[i]),
			   "", 0);
	}
}

/* Makes a path of about `length` bytes, if the system allows it. */
static void long_directory(size_t length, char out[PATH_MAX])
{
	strcpy(out, scratch_dir);
	while (strlen(out) + 1 < length) {
		size_t n = length - strlen(out) - 1;
		char *end = out + strlen(out);

		if (n > 200)
			n = 200;
		*end = '/';
		memset(end + 1, 'x', n);
		end[1 + n] = 0;
		mkdir(out, 0700);
	}
}

/*
 * Finds the longest top directory with which a layout is accepted. Its longest
 * path, with what operations add, must then fit the limit.
 */
static void longest_paths(struct fileset_layout *l)
{
	char top[PATH_MAX], path[2 * PATH_MAX];
	struct fileset fs;
	struct failure f;
	size_t length;
	int ret = -1;

	l->directory = top;
	for (length = PATH_MAX - 2; ret && length > 1000; length--) {
		long_directory(length, top);
		ret = fileset_init(&fs, l, &f);
		if (ret) {
			assert_int_equal(ret, -ENAMETOOLONG);
			assert_says(f.text, "longer than 4096");
		}
	}
	assert_ok(ret);
	for (int i = 0; i < 1000; i++) {
		uint64_t n = l->files - (scratch_random() % l->files) / 8;

		length = fileset_path(&fs, TREE_DST, fileset_dir(&fs, n), 0, n,
				      true, path);
		assert_true(length + strlen(".tmp") < PATH_MAX);
	}
	fileset_free(&fs);
}

TEST(path_length)
{
	struct fileset_layout l = scratch_layout(scratch_dir);

	longest_paths(&l);
	l.files = FILESET_FILES_MAX;
	l.files_per_dir = 1;
	l.dirs_per_dir = 2;
	longest_paths(&l);
	l.hash_into_dirs = true;
	longest_paths(&l);
	/*
	 * With this D, (D - 1) * 900593 mod D is 1: the last component is not
	 * the longest.
	 */
	l.dirs_per_dir = 900594;
	longest_paths(&l);
	l.dirs_per_dir = FILESET_DIRS_PER_DIR_MAX;
	longest_paths(&l);
}

TEST(spread_needs_an_inverse)
{
	struct fileset_layout l = scratch_layout(scratch_dir);

	l.files = 900593 * 2;
	l.hash_into_dirs = true;
	taken(&l);
	l.spread = 2;
	refused(&l, EINVAL,
		"spread=2 with hash_into_dirs: files must not be a "
		"multiple of 900593");
	l.hash_into_dirs = false;
	taken(&l);
	l.hash_into_dirs = true;
	l.files++;
	taken(&l);
}
