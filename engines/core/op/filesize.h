/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FILESIZE_H
#define CORE_FILESIZE_H

#include <stdint.h>

#include "util/distribution.h"
#include "util/failure.h"
#include "util/permutation.h"

enum filesize_distribution {
	FILESIZE_FIXED,
	FILESIZE_UNIFORM,     /* low to high, both included */
	FILESIZE_EXPONENTIAL, /* at most high, mean high / 8 before rounding */
	FILESIZE_TABLE,       /* those of a table, but at most high */
};

/*
 * The size of each file in bytes. It follows from key and file number, so a
 * reader on any host knows it without asking the file system. The key stands
 * for seed, host and thread.
 *
 * Sizes of a table: as many parts of the table as there are files, each with
 * the same share of the counts. Each file has a part of its own, by a
 * permutation, and its size is from the middle of that. So all files together
 * are distributed as the table is, however few they are.
 */
struct filesize {
	enum filesize_distribution distribution;
	uint64_t low_bytes;  /* fixed: equal to high_bytes */
	uint64_t high_bytes; /* 0: every file is empty */
	uint64_t key;
	struct distribution table;
	struct permutation order; /* of the files' parts of the table */
};

/*
 * Reads size_distribution=. `table` points behind "table:", or is NULL. Returns
 * 0, or -EINVAL with a sentence.
 */
int filesize_parse(const char *text, enum filesize_distribution *distribution,
		   const char **table, struct failure *failure);

/*
 * Reads the sizes of a profile, for `files` files. `high_bytes` 0: as large as
 * the table has them. Returns 0, -ENOMEM, or another -errno with a sentence.
 */
int filesize_read_table(struct filesize *filesize, const char *path,
			uint64_t files, struct failure *failure);

uint64_t filesize_drawn(const struct filesize *filesize, uint64_t file);

static inline uint64_t filesize_of(const struct filesize *filesize,
				   uint64_t file)
{
	return filesize->distribution == FILESIZE_FIXED
		       ? filesize->high_bytes
		       : filesize_drawn(filesize, file);
}

/* The expected mean in bytes, for progress and rates. */
uint64_t filesize_mean(const struct filesize *filesize);

#endif
