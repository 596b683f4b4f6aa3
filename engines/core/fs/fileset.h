/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FILESET_H
#define CORE_FILESET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/shape.h"
#include "util/failure.h"

/*
 * Where a thread's files are: pure arithmetic from a file's number to the
 * number of its directory and to names; no system call, no table per file.
 * The layout is smallfile's, to the letter, so that either program can work on
 * a tree that the other made:
 *
 *   TOP/file_srcdir/HOST/thrd_TT/DIR/PREFIX_HOST_TT_N_SUFFIX
 *
 * and the same below file_dstdir for renamed files and symbolic links.
 *
 * Numbers: files are 1..files. Directories are numbered so that directory d
 * lies in directory d / dirs_per_dir, for both layouts:
 *   sequential: d = N / files_per_dir; component d_%03d of d mod dirs_per_dir
 *   hashed:     d = (N * 900593 mod files) / files_per_dir; directories 0 and
 *               1 are the thread's top directory itself; component h_%03d of
 *               d * 900593 mod dirs_per_dir
 *
 * tree=full:DEPTH is mdtest's tree instead. Directory 0 is the thread's top
 * directory. Directory d has the directories d * dirs_per_dir + 1 and so on,
 * dirs_per_dir of them, down to DEPTH. They are d_000 and so on. File N is in
 * directory (N - 1) / files_per_dir. With tree=leaves:DEPTH only the deepest
 * directories have files, and these numbers begin with the first of them.
 *
 * tree=profile:FILE is a tree like one that was measured; see shape.h. Names of
 * files have lengths like those in it. They begin with HOST_TT_ only if threads
 * share directories (same_dir).
 */

enum fileset_kind {
	FILESET_SEQUENTIAL,
	FILESET_HASHED,
	FILESET_FULL, /* also leaves */
	FILESET_SHAPED,
};

enum tree {
	TREE_SRC, /* file_srcdir */
	TREE_DST, /* file_dstdir */
	TREE_COUNT,
};

#define FILESET_FILES_MAX        1000000000000ull /* N * 900593 must fit 64 bits */
#define FILESET_DIRS_PER_DIR_MAX (1u << 24)
#define FILESET_DEPTH_MAX        64
#define FILESET_TOPS_MAX         64
/* The most bytes that a path takes, with its terminating zero. */
#define FILESET_PATH_MAX PATH_MAX

/* What the user asked for. The strings are used only during fileset_init(). */
struct fileset_layout {
	const char *directory; /* top directories, ':' between (\: escapes) */
	const char *host;
	const char *prefix; /* "" for none */
	const char *suffix; /* "" for none */
	const char *tree;   /* tree=; NULL: smallfile's */
	uint64_t seed;      /* changes trees of profiles */
	uint32_t thread;
	uint64_t files; /* 0: as many as the tree of `tree` has places */
	uint64_t files_per_dir;
	uint64_t dirs_per_dir;
	uint64_t spread;
	bool hash_into_dirs;
	bool same_dir;
	bool top_of_thread; /* one top directory: number thread mod tops */
};

struct fileset {
	uint64_t files;
	uint64_t files_per_dir;
	uint64_t dirs_per_dir;
	uint64_t dirs;         /* directories are 0..dirs-1 */
	uint64_t first_dir;    /* of a full tree: the first with files */
	unsigned int depth;    /* directories in a path, at most */
	uint64_t spread;       /* 1: files in the order of their numbers */
	uint64_t spread_block; /* spread * files_per_dir */
	uint64_t hash_inverse; /* of 900593 modulo files; 0: there is none */
	enum fileset_kind kind;
	struct shape shape; /* of a shaped tree */
	unsigned int tops;
	char *top[FILESET_TOPS_MAX]; /* absolute, no trailing slash */
	char *base[TREE_COUNT];      /* file_srcdir[/HOST/thrd_TT] */
	char head[NAME_MAX + 1];     /* PREFIX_HOST_TT_ */
	char tail[NAME_MAX + 1];     /* _SUFFIX */
	size_t head_length;
	size_t tail_length;
};

/*
 * Returns 0, -ENOMEM, or another -errno (such as -EINVAL, -ENAMETOOLONG) with a
 * sentence in `failure`. Top directories must exist and pass topdir_check().
 * Names that would lead out of the tree are refused.
 */
int fileset_init(struct fileset *fileset, const struct fileset_layout *layout,
		 struct failure *failure);
void fileset_free(struct fileset *fileset);

/*
 * The number of the i-th file to work on, i < files. The numbers are a
 * permutation of 1..files. With spread > 1, any `spread` files in a row (but at
 * the end of the set) lie in directories of different numbers. In the hashed
 * layout some numbers share a directory. With dirs_per_dir=10, 0 and 1 are the
 * top directory, and 2 and 12 are the same directory in it.
 */
uint64_t fileset_spread(const struct fileset *fileset, uint64_t i);

static inline uint64_t fileset_file(const struct fileset *fileset, uint64_t i)
{
	return fileset->spread <= 1 ? i + 1 : fileset_spread(fileset, i);
}

/* The directory of a file. */
static inline uint64_t fileset_dir(const struct fileset *fileset, uint64_t file)
{
	if (fileset->kind == FILESET_SEQUENTIAL)
		return file / fileset->files_per_dir;
	if (fileset->kind == FILESET_HASHED)
		return file * 900593 % fileset->files / fileset->files_per_dir;
	if (fileset->kind == FILESET_SHAPED)
		return shape_dir(&fileset->shape, file);
	return fileset->first_dir + (file - 1) / fileset->files_per_dir;
}

/* The top directory of a file, < tops. */
static inline unsigned int fileset_top(const struct fileset *fileset,
				       uint64_t file)
{
	return fileset->tops == 1 ? 0 : file % fileset->tops;
}

/* How many files directory `dir` holds in top directory `top`. */
uint64_t fileset_files_in(const struct fileset *fileset, uint64_t dir,
			  unsigned int top);
/*
 * The place of a file among the files_per_dir of its directory, for a bitmap.
 */
uint64_t fileset_place(const struct fileset *fileset, uint64_t file);
/* All places are below this number. */
uint64_t fileset_places(const struct fileset *fileset);
/* The file at a place, in any top directory, or 0 if there is none. */
uint64_t fileset_file_at(const struct fileset *fileset, uint64_t dir,
			 uint64_t place);

/*
 * Writes the last component of directory `dir`, such as "d_007", and a zero.
 * Returns its length. Room for FILESET_COMPONENT_MAX bytes is enough.
 */
#define FILESET_COMPONENT_MAX (SHAPE_NAME_MAX + 1)
size_t fileset_component(const struct fileset *fileset, uint64_t dir,
			 char *out);

/* The directory that `dir` lies in; see fileset_is_top(). */
uint64_t fileset_parent(const struct fileset *fileset, uint64_t dir);

/*
 * Whether a directory number, reached by `level` calls of fileset_parent() from
 * a file's own directory, stands for the thread's top directory.
 */
bool fileset_is_top(const struct fileset *fileset, uint64_t dir,
		    unsigned int level);

/* Writes N in decimal and returns the length, at most 20; adds no zero. */
size_t fileset_decimal(uint64_t number, char *out);

/*
 * Writes the name of a file in directory `dir`, and a zero. Returns its length,
 * at most NAME_MAX.
 */
size_t fileset_name(const struct fileset *fileset, uint64_t dir, uint64_t file,
		    char *out);

/*
 * The number of the file that is called `name` in directory `dir`. 0: the name
 * is not one of this set's. In trees other than shaped ones, `dir` is not
 * looked at.
 */
uint64_t fileset_number(const struct fileset *fileset, uint64_t dir,
			const char *name);

/*
 * Writes the path of a file, or of directory `dir` if `file` is 0. The path
 * begins below the top directory, or with it if `absolute`. Slow: for messages,
 * links and fallbacks. Returns the length. `out` has FILESET_PATH_MAX bytes.
 */
size_t fileset_path(const struct fileset *fileset, enum tree tree, uint64_t dir,
		    unsigned int top, uint64_t file, bool absolute, char *out);

#endif
