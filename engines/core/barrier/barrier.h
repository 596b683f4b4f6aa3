/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_H
#define CORE_BARRIER_H

#include <stdint.h>

#include "util/failure.h"
#include "fs/tree.h"

/*
 * The start barrier: one thread of each host waits here until those of all
 * hosts have come.
 *
 * In a directory that all hosts share, each has one file. It holds a number
 * drawn for this run and the numbers it has seen in the others' files. A host
 * counts only those that have seen its own number: a file left by an earlier
 * run never has, so nothing needs to be cleaned before. When all have seen all
 * and said so, the one whose name sorts first opens the barrier, and the others
 * follow within a poll (BARRIER_POLL_NS) and the time a change takes to be
 * seen. No host's clock matters. But each notes its time in what it writes, and
 * how long ago, by its own clock, what it reads was written: from both, the
 * hosts know how far their clocks are apart (struct barrier_clock).
 *
 * Hosts of another run that meet in the same directory are told by `job`, and
 * neither counted nor disturbed.
 *
 * While a run lasts, each host's file is locked (flock), so that a second run
 * does not take it for a leftover. Where the file system has no locks, two that
 * wait under one name come to see that; one that has passed is not noticed.
 *
 * Files are rewritten in place and opened anew for each look, which is what
 * makes NFS look at the server (close-to-open); and a name made and removed
 * in the directory makes it drop its cached listing. A file that cannot be
 * read to its end is being rewritten: what it said before still holds.
 */
#define BARRIER_POLL_NS   5000000
#define BARRIER_HOSTS_MAX 1024
#define BARRIER_NAME_MAX  255

struct barrier_peer;

/* When a host went through, and how its clock compares with the others'. */
struct barrier_clock {
	char reference[BARRIER_NAME_MAX + 1]; /* the host whose name is first */
	uint64_t run;      /* that host's number: the same for all */
	int64_t passed_ns; /* own clock, since 1970 */
	int64_t ahead_ns;  /* of the reference's clock */
	int64_t error_ns;  /* ahead_ns is off by at most this; < 0: unknown */
};

struct barrier {
	const char *directory; /* that all hosts share; must exist */
	const char *section;   /* barriers of one directory differ by this */
	const char *host;      /* of this host; the same on no other */
	unsigned int hosts;    /* to wait for, this one included */
	uint64_t job;          /* only hosts with the same one are waited for */
	unsigned int timeout_s;
	const char *expected; /* "h1:h2:..." to name who is missing, or NULL */
	struct stop stop;
	/* Called every few seconds with a sentence, may be NULL. */
	void (*progress)(void *arg, const char *text);
	/*
	 * Called once, as soon as it is known when the barrier opens, by
	 * CLOCK_MONOTONIC: for those for whom this one waits, who then need
	 * not be woken one after the other when it does. May be NULL.
	 */
	void (*opens)(void *arg, int64_t at_ns);
	void *arg; /* of both */

	/* Set by barrier_wait_directory(), all but the last for
	 * barrier_remove(). */
	uint64_t number; /* drawn for this run */
	bool opened;
	int held_fd; /* of the host's file, locked; -1: none, also before */
	/* The hosts that met; freed by barrier_remove(). */
	struct barrier_peer *peers;
	unsigned int peer_count;
	struct barrier_clock clock;
};

/*
 * Returns 0 when the barrier opens, or -ETIMEDOUT (failure names who came and
 * who did not), -ECANCELED, -EEXIST (another process uses this host's name),
 * -E2BIG (more hosts came than `hosts`), or another -errno with a sentence.
 */
int barrier_wait_directory(struct barrier *barrier, struct failure *failure);

/*
 * Removes this host's file, when the run is over; but not one that another
 * process has made its own, or that slower hosts still need.
 */
void barrier_remove(struct barrier *barrier);

/*
 * Waits for a time of the host's clock, seconds since the epoch. -ETIME, with
 * a sentence, where it has passed already; -EINVAL; -ECANCELED. Of the barrier
 * only stop and the two calls are used.
 */
int barrier_wait_time(double unix_time_s, const struct barrier *barrier,
		      struct failure *failure);

int64_t barrier_monotonic_ns(void);
int64_t barrier_clock_ns(void); /* time of day, since 1970 */

/* Returns at that moment of CLOCK_MONOTONIC, or at once where it has passed. */
void barrier_sleep_until(int64_t at_ns);

#endif
