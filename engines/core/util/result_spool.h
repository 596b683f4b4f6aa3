/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_RESULT_SPOOL_H
#define CORE_RESULT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * What a host keeps of a run by itself: a small file for each job, in
 * DIRECTORY/smallfio-kept. For where results do not get to whom they are meant
 * for: fio's server forgets them when its client is gone.
 *
 * Files appear whole or not at all. A run takes the place of the one before:
 * when the first job of a host has ended, what the same host has kept of an
 * earlier run there is removed. Its files are known by their names and by their
 * first line; nothing else is touched.
 */
#define RESULT_SPOOL_DIRECTORY "smallfio-kept"

/* Begins each file; a blank and NAME=VALUE fields follow. */
#define RESULT_SPOOL_MAGIC "fio-smallfile: kept:"

struct result_spool {
	const char *directory; /* must exist */
	const char *host;      /* the same on no other */
	unsigned int number;   /* of the job, on this host */
	uint64_t fio;          /* drawn for all jobs of one fio */
	const char *text;      /* of the file, behind host= and fio= */
	size_t length;
};

/* 0, or -errno with a sentence. */
int result_spool_write(const struct result_spool *spool,
		       struct failure *failure);

/* Removes what this host has of another fio. 0, or -errno with a sentence. */
int result_spool_drop_earlier(const struct result_spool *spool,
			      struct failure *failure);

#endif
