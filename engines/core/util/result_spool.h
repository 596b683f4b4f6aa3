/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_RESULT_SPOOL_H
#define CORE_RESULT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * What a host keeps of a run by itself: a small file for each job, in
 * DIRECTORY/smallfio-kept/RUN. For where results do not get to whom they are
 * meant for: fio's server forgets them when its client is gone.
 *
 * RUN is a directory for what one fio ran, with a name that no other has:
 * YYYYMMDDTHHMMSSZ-HOST-FIO, when it began (UTC), and 16 hexadecimal digits.
 * So no run's files are in the way of another's. Of a host the
 * RESULT_SPOOL_RUNS last stay. They are known by their names and by the first
 * lines of their files; nothing else is touched.
 *
 * Files appear whole or not at all.
 */
#define RESULT_SPOOL_DIRECTORY "smallfio-kept"
#define RESULT_SPOOL_RUNS      5

/* Begins each file; a blank and NAME=VALUE fields follow. */
#define RESULT_SPOOL_MAGIC "fio-smallfile: kept:"

struct result_spool {
	const char *directory; /* must exist */
	const char *host;      /* the same on no other */
	unsigned int number;   /* of the job, on this host */
	uint64_t fio;          /* drawn for all jobs of one fio */
	int64_t began_s;       /* of that fio, since 1970 */
	const char *text;      /* of the file, behind host= and fio= */
	size_t length;
	bool lasting; /* on the disk, too, when the call returns */
};

/* 0, or -errno with a sentence. */
int result_spool_write(const struct result_spool *spool,
		       struct failure *failure);

/*
 * Removes what this host has of earlier runs, but for the last ones. 0, or
 * -errno with a sentence.
 */
int result_spool_drop_earlier(const struct result_spool *spool,
			      struct failure *failure);

#endif
