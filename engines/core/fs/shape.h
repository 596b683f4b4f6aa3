/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include <stdint.h>

#include "util/permutation.h"
#include "util/profile.h"

/*
 * tree=profile:FILE: directories and names as a profile has them, for any
 * number of files, without memory for each of them.
 *
 * Draft. A part of the tree, below the thread's top directory, is worked out
 * beforehand: at most about SHAPE_DIRS_MAX directories. Each level has its
 * share of directories and of files, exactly. How many directories and files
 * each directory has follows from the profile's counts of that level, at equal
 * distances from each other, and in an order that looks random. What is missing
 * for the level's sum, or too much, is put right with the largest.
 *
 * Copies. If more directories are needed, the draft comes several times, all of
 * them below the thread's top directory. So the top directory alone has more
 * directories than in the profile. It has its share of the files itself.
 *
 * Numbers. Files are numbered 1..files: those of the top directory, then those
 * of each copy, directory by directory. Directories are numbered level by
 * level, with all copies of a level together, so a parent has the lower number.
 *
 * Names. A file is called 12abc: its place in the directory, and letters up to
 * the length that the profile says. A directory is called d12abc. As with
 * sizes, each file has its own part of the profile's counts of lengths. A name
 * is no shorter than its number, so the shortest ones are rarer in large
 * directories.
 *
 * All of it follows from the profile, the number of files, and the key. So
 * threads and hosts that work in one directory have the same directories.
 */
#define SHAPE_DIRS_MAX 4096u
#define SHAPE_NAME_MAX 255u

struct shape {
	uint64_t files;
	uint64_t dirs;       /* with the top directory */
	uint64_t top_files;  /* files 1..top_files are in the top directory */
	uint64_t copies;     /* of the draft */
	uint64_t copy_files; /* the last copy may have fewer */
	uint64_t most_files; /* in one directory */
	size_t longest_path; /* of a directory, below the top directory */

	/* The draft: its directories are 0..drafted-1, level by level. */
	uint32_t drafted;
	unsigned int levels;
	uint32_t level[PROFILE_LEVELS_MAX + 1]; /* its first; [levels]: all */
	uint64_t *before; /* files before each directory; [drafted]: all */
	uint32_t *parent; /* in the level above, if there is one */
	uint32_t *place;  /* among the directories of its parent */

	struct distribution name; /* lengths */
	struct distribution dir_name;
	struct permutation name_order;
	struct permutation dir_name_order;
	uint32_t name_most; /* the longest name of a file */
};

/*
 * Reads the profile of `path` and makes the shape for `files` files; 0: as many
 * as the profile has. `name_most`: the longest name that a file may have.
 * Returns 0, -ENOMEM, or another -errno with a sentence. In all cases
 * shape_free() has to be called.
 */
int shape_init(struct shape *shape, const char *path, uint64_t files,
	       uint32_t name_most, uint64_t key, struct failure *failure);
void shape_free(struct shape *shape);

/* The directory of a file, 1 to `files`. */
uint64_t shape_dir(const struct shape *shape, uint64_t file);

/* The files of a directory are first..end-1. */
void shape_range(const struct shape *shape, uint64_t dir, uint64_t *first,
		 uint64_t *end);

/* The directory that `dir` lies in; of the top directory itself, 0. */
uint64_t shape_parent(const struct shape *shape, uint64_t dir);

/*
 * Write the name of a directory other than the top one, or of a file at a place
 * of its directory, from 0, and a zero. Return the length, at most
 * SHAPE_NAME_MAX.
 */
size_t shape_dir_name(const struct shape *shape, uint64_t dir, char *out);
size_t shape_name(const struct shape *shape, uint64_t file, uint64_t place,
		  char *out);

#endif
