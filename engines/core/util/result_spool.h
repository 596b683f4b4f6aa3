/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_RESULT_SPOOL_H
#define CORE_RESULT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * The spool: what each host keeps of a run by itself. It is a small file for
 * each job, in DIRECTORY/smallfio-kept/RUN. It serves where results do not
 * reach whom they are meant for: fio's server forgets them when its client is
 * gone.
 *
 * RUN is a directory for what one fio ran. It is named
 * YYYYMMDDTHHMMSSZ-HOST-FIO: when that fio began (UTC), and 16 hexadecimal
 * digits. No other run has that name, so no run's files are in the way of
 * another's. The last RESULT_SPOOL_RUNS runs of a host stay. Runs and files are
 * known by their names and by the files' first lines. Nothing else is touched.
 *
 * Files appear whole or not at all.
 */
#define RESULT_SPOOL_DIRECTORY "smallfio-kept"
#define RESULT_SPOOL_RUNS      5

/* The beginning of each file. A blank and NAME=VALUE fields follow. */
#define RESULT_SPOOL_MAGIC "fio-smallfile: kept:"

struct result_spool {
	const char *directory; /* must exist */
	const char *host;      /* this host's name; no other host has it */
	unsigned int number;   /* the job's number on this host */
	uint64_t fio;     /* a random number that all jobs of one fio share */
	int64_t began_s;  /* when that fio began, since 1970 */
	const char *text; /* what follows host= and fio= in the file */
	size_t length;
	bool lasting; /* the call syncs the file to the disk */
};

/* Writes the file of one job. Returns 0, or -errno with a sentence. */
int result_spool_write(const struct result_spool *spool,
		       struct failure *failure);

/*
 * Removes what this host has kept of earlier runs, except for the last ones.
 * Returns 0, or -errno with a sentence.
 */
int result_spool_drop_earlier(const struct result_spool *spool,
			      struct failure *failure);

#endif
