// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a name as a directory listing has it, and then prefix, host and
 * suffix of a set of files, each in its own line. A name counts as a file of
 * the set only if it is exactly the name that the set gives that file.
 */
#include "fs/fileset.h"
#include "fuzz.h"

/* Returns the name that the set gives a file. */
static const char *name_of(const struct fileset *fs, uint64_t file, char *path)
{
	fileset_path(fs, TREE_SRC, fileset_dir(fs, file), fileset_top(fs, file),
		     file, false, path);
	return strrchr(path, '/') + 1;
}

static void check(const struct fileset_layout *layout, const char *name)
{
	char path[FILESET_PATH_MAX];
	struct failure failure;
	struct fileset fs;
	uint64_t number;

	if (fileset_init(&fs, layout, &failure))
		return;
	number = fileset_number(&fs, 0, name);
	assert(number <= layout->files);
	if (number)
		assert(!strcmp(name_of(&fs, number, path), name));
	assert(fileset_number(&fs, 0, name_of(&fs, 1, path)) == 1);
	number = layout->files;
	assert(fileset_number(&fs, 0, name_of(&fs, number, path)) == number);
	fileset_free(&fs);
}

FUZZ(data, size)
{
	static const uint64_t files[] = { 1, 1000, FILESET_FILES_MAX };
	struct fileset_layout layout = { .directory = "/tmp",
					 .thread = 7,
					 .files_per_dir = 100,
					 .dirs_per_dir = 10,
					 .spread = 1 };
	char text[FUZZ_TEXT_MAX], *rest = text;
	const char *name;
	size_t i;

	if (!fuzz_text(text, sizeof(text), data, size))
		return;
	name = fuzz_line(&rest);
	layout.prefix = fuzz_line(&rest);
	layout.host = fuzz_line(&rest);
	layout.suffix = fuzz_line(&rest);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		layout.files = files[i];
		check(&layout, name);
	}
}
