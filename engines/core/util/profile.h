/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include <stddef.h>

#include "util/distribution.h"
#include "util/failure.h"

/*
 * What a tree of files is like, in numbers: smallfio profile writes it, and
 * tree=profile:FILE and size_distribution=table:FILE make trees like it.
 *
 * The file is text. The first line is "smallfio-profile 1", the last one "end".
 * A line that begins with '#' is for people. All others are
 *
 *   KEY NUMBER COUNT         so many have this number
 *   KEY LOW-HIGH COUNT       so many have a number from LOW to HIGH
 *   total WHAT NUMBER
 *
 * Lines of one key are together and ascend. Keys of profile_key[] are about all
 * of the tree. "files.K" and "directories.K" are about the directories K levels
 * below the tree's own, which is level 0: how many files, and how many
 * directories, each of them has in it. A file with "size" alone is enough for
 * size_distribution=table.
 */
#define PROFILE_VERSION    1
#define PROFILE_LEVELS_MAX 64u
#define PROFILE_BYTES_MAX  (4u << 20)

enum profile_key {
	PROFILE_SIZE,     /* bytes of files */
	PROFILE_NAME,     /* bytes of a file's name */
	PROFILE_DIR_NAME, /* bytes of a directory's name */
	PROFILE_DEPTH,    /* levels of directories above a file: 0 at the top */
	PROFILE_XATTRS,   /* extended attributes of a file */
	PROFILE_XATTR_BYTES, /* bytes of their names and values together */
	PROFILE_LINKS,       /* hard links of a file */
	PROFILE_HOLES,       /* percent of a file's bytes that have no block */
	PROFILE_KEYS,
};

enum profile_total {
	PROFILE_FILES,
	PROFILE_DIRECTORIES, /* with the tree's own */
	PROFILE_SYMLINKS,
	PROFILE_OTHERS, /* sockets, devices and the like */
	PROFILE_BYTES,
	PROFILE_LOOKED_AT,  /* files whose inode was read */
	PROFILE_UNREADABLE, /* directories and files */
	PROFILE_MOUNTS,     /* directories left out: other file systems */
	PROFILE_TOTALS,
};

extern const char *const profile_key[PROFILE_KEYS];
extern const char *const profile_total[PROFILE_TOTALS];

struct profile {
	struct distribution of[PROFILE_KEYS];
	/* by level; the total of each is the level's directories */
	struct distribution files[PROFILE_LEVELS_MAX];
	struct distribution directories[PROFILE_LEVELS_MAX];
	unsigned int levels; /* 0: nothing is known of directories */
	uint64_t total[PROFILE_TOTALS];
};

/*
 * Reads a profile. `name` is what messages call it, `text` need not end in a
 * zero. Returns 0, -ENOMEM, or another -errno with a sentence that names file
 * and line. In all cases profile_free() has to be called.
 */
int profile_read(struct profile *profile, const char *path,
		 struct failure *failure);
int profile_parse(struct profile *profile, const char *name, const char *text,
		  size_t length, struct failure *failure);
void profile_free(struct profile *profile);

#endif
