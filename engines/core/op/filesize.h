/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FILESIZE_H
#define CORE_FILESIZE_H

#include <stdint.h>

enum filesize_distribution {
	FILESIZE_FIXED,
	FILESIZE_UNIFORM,     /* low to high, both included */
	FILESIZE_EXPONENTIAL, /* at most high, mean high / 8 before rounding */
};

/*
 * The size of each file in bytes. It follows from key and file number, so a
 * reader on any host knows it without asking the file system. The key stands
 * for seed, host and thread.
 */
struct filesize {
	enum filesize_distribution distribution;
	uint64_t low_bytes;  /* fixed: equal to high_bytes */
	uint64_t high_bytes; /* 0: every file is empty */
	uint64_t key;
};

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
