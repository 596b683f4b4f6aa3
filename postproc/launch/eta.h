/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads fio's line of progress, which fio --eta=always prints once a second:
 *
 *	Jobs: 2 (f=2): [_(2),W(2)][66.7%][w=31.2MiB/s][w=7995 IOPS][eta 00m:02s]
 *
 * Each letter in the first brackets is the state of a job, and a number in
 * parentheses is how many jobs in a row have this state. The source is
 * display_thread_status() in fio's eta.c.
 */
#ifndef SMALLFIO_ETA_H
#define SMALLFIO_ETA_H

#include <stddef.h>

#define ETA_TEXT_MAX 64

struct eta {
	size_t ended; /* jobs at the front of the list that have ended */
	/* As fio writes them; "" if they are not in the line. */
	char bandwidth[ETA_TEXT_MAX]; /* "r=1MiB/s,w=31.2MiB/s" */
	char iops[ETA_TEXT_MAX];      /* "7995" */
	char left[ETA_TEXT_MAX];      /* "00m:02s" */
};

/* Returns 0, or -ENOENT for a line that is none of progress. */
int eta_parse(struct eta *eta, const char *line);

#endif
