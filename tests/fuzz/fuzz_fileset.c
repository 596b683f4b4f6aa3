// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is the text of directory=, and then prefix, suffix and host, each
 * in its own line. Either the set is refused with a message, or none of its
 * names leads out of the directories.
 *
 * Each '/' of directory= stands for a scratch directory with a few others in
 * it, so that some exist. fileset_init() only looks, and writes nothing.
 */
#include <sys/stat.h>

#include "fs/fileset.h"
#include "fuzz.h"

#define SCRATCH_MAX   64
#define DIRECTORY_MAX (FUZZ_TEXT_MAX * SCRATCH_MAX)

/*
 * Names of directories that are hard to split at ':'. They are made once, and
 * removed at exit.
 */
static const char *const inside[] = { "a", "b", "a:b", "a\\", ":", " " };
static char scratch[SCRATCH_MAX];

static void inside_path(size_t i, char *path)
{
	snprintf(path, SCRATCH_MAX + 8, "%s%s", scratch, inside[i]);
}

static void remove_scratch(void)
{
	char path[SCRATCH_MAX + 8];

	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		inside_path(i, path);
		rmdir(path);
	}
	rmdir(scratch);
}

static void make_scratch(void)
{
	char path[SCRATCH_MAX + 8];

	strcpy(scratch, "/tmp/smallfio-fuzz.XXXXXX");
	assert(mkdtemp(scratch));
	strcat(scratch, "/");
	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		inside_path(i, path);
		assert(!mkdir(path, 0700));
	}
	atexit(remove_scratch);
}

static void put_scratch(const char *text, char *out)
{
	for (; *text; text++)
		if (*text == '/')
			out = stpcpy(out, scratch);
		else
			*out++ = *text;
	*out = '\0';
}

/*
 * Takes the next name from *directory, or returns false. The rule is fio's, in
 * other words: a ':' divides names, unless a '\' stands before it. Then the ':'
 * is a part of the name, and the '\' is not.
 */
static bool next_name(const char **directory, char *name)
{
	const char *start = *directory, *p;

	if (!start)
		return false;
	for (p = start; *p; p++) {
		if (*p == ':' && p > start && p[-1] == '\\')
			name[-1] = ':';
		else if (*p == ':')
			break;
		else
			*name++ = *p;
	}
	*name = '\0';
	*directory = *p ? p + 1 : NULL;
	return true;
}

static void check_tops(const struct fileset *fs, const char *directory)
{
	static char name[DIRECTORY_MAX];
	unsigned int top;

	for (top = 0; next_name(&directory, name); top++) {
		char *want = realpath(name, NULL);
		struct stat st;

		assert(top < fs->tops);
		assert(want && !strcmp(fs->top[top], want));
		assert(want[0] == '/' && want[1]);
		assert(!stat(want, &st) && S_ISDIR(st.st_mode));
		free(want);
	}
	assert(top == fs->tops);
}

/* Checks that at least one of the directories does not exist. */
static void check_missing(const char *directory)
{
	static char name[DIRECTORY_MAX];
	bool missing = false;

	while (next_name(&directory, name))
		missing |= access(name, F_OK) != 0;
	assert(missing);
}

static void check_part(const char *part)
{
	assert(!strchr(part, '/') && !strstr(part, ".."));
}

static void check_file(const struct fileset *fs, uint64_t file)
{
	char path[FILESET_PATH_MAX];
	const char *top = fs->top[fileset_top(fs, file)];
	size_t length = fileset_path(fs, TREE_DST, fileset_dir(fs, file),
				     fileset_top(fs, file), file, true, path);

	assert(length == strlen(path) && length < FILESET_PATH_MAX);
	assert(!strncmp(path, top, strlen(top)));
	assert(!strncmp(path + strlen(top), "/file_dstdir/", 13));
	assert(!strstr(path + strlen(top), "/../"));
	assert(strlen(strrchr(path, '/') + 1) <= NAME_MAX);
	assert(fileset_number(fs, 0, strrchr(path, '/') + 1) == file);
}

static void check_accepted(const struct fileset *fs,
			   const struct fileset_layout *layout)
{
	check_part(layout->prefix);
	check_part(layout->suffix);
	check_part(layout->host);
	assert(*layout->host && strcmp(layout->host, ".") != 0);
	check_tops(fs, layout->directory);
	check_file(fs, 1);
	check_file(fs, layout->files);
}

FUZZ(data, size)
{
	static char directory[DIRECTORY_MAX];
	struct fileset_layout layout = { .directory = directory,
					 .files = FILESET_FILES_MAX,
					 .files_per_dir = 100,
					 .dirs_per_dir = 10,
					 .spread = 1 };
	char text[FUZZ_TEXT_MAX], *rest = text;
	struct failure failure;
	struct fileset fs;
	int ret;

	if (!*scratch)
		make_scratch();
	if (!fuzz_text(text, sizeof(text), data, size))
		return;
	put_scratch(fuzz_line(&rest), directory);
	layout.prefix = fuzz_line(&rest);
	layout.suffix = fuzz_line(&rest);
	layout.host = fuzz_line(&rest);
	layout.hash_into_dirs = size & 1;
	ret = fileset_init(&fs, &layout, &failure);
	if (!ret)
		check_accepted(&fs, &layout);
	else
		assert(ret < 0 && failure.text[0] && !fs.tops);
	if (ret == -ENOENT)
		check_missing(directory);
	fileset_free(&fs);
}
