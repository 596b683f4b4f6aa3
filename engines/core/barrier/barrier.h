/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_H
#define CORE_BARRIER_H

#include <stdint.h>

#include "util/clock.h"
#include "util/failure.h"
#include "fs/tree.h"

/*
 * The start barrier: one thread of each host waits here until those of all
 * hosts have come.
 *
 * The hosts share a directory, in which each writes files. A file holds a
 * number drawn for this run, and the numbers that the host has seen in the
 * others' files. A host's latest file counts. A host counts only hosts that
 * have seen its own number. A file left by an earlier run never has, so nothing
 * needs to be cleaned up before. When all hosts have seen each other and said
 * so, the host whose name sorts first opens the barrier. It names a time
 * shortly ahead, so that the others see the time before it comes. The hosts'
 * clocks need not agree. Each host notes its time in what it writes, and how
 * long ago, by its own clock, it wrote what it reads. From both the hosts know
 * how far their clocks are apart (struct barrier_clock).
 *
 * Hosts of another run that meet in the same directory have another `job`. They
 * are neither counted nor disturbed.
 *
 * While a run lasts, each host locks a file that has its name (flock), so that
 * a second run does not take its files for leftovers. Where the file system has
 * no locks, two processes that wait under one name notice each other. A process
 * that has passed already is not noticed.
 *
 * No file is ever rewritten. A host that has something new to say writes a file
 * under another name, HOST~TIME, and removes the one before. A name appears
 * when its file is whole, and is nowhere looked up before it is listed. So no
 * cache of a client can have old contents of it, and no host reads what another
 * is writing: some file systems let such a reader wait, MooseFS for 10 s. A
 * name made and removed in the directory makes the client drop its cached
 * listing.
 */
#define BARRIER_POLL_NS   5000000
#define BARRIER_HOSTS_MAX 1024
#define BARRIER_NAME_MAX  255
#define BARRIER_HOST_MAX  238 /* leaves room for ~TIME */

struct barrier_peer;

/* When a host passed the barrier, and how its clock compares with another's. */
struct barrier_clock {
	/* the host whose name sorts first */
	char reference[BARRIER_NAME_MAX + 1];
	uint64_t run;      /* that host's number, the same for all hosts */
	int64_t passed_ns; /* by its own clock, since 1970 */
	int64_t ahead_ns;  /* how far its clock is ahead of the reference's */
	int64_t error_ns;  /* ahead_ns is off by at most this; < 0: unknown */
};

struct barrier {
	const char *directory; /* shared by all hosts; must exist */
	const char *section;   /* barriers of one directory differ by this */
	const char *host;      /* this host's name; no other host has it */
	unsigned int hosts;    /* how many to wait for, this host included */
	uint64_t job;          /* only hosts with the same job are waited for */
	unsigned int timeout_s;
	const char *expected; /* "h1:h2:...", to name who is missing; or NULL */
	struct stop stop;
	/*
	 * Called every few seconds during the wait, with a sentence. May be
	 * NULL.
	 */
	void (*progress)(void *arg, const char *text);
	/*
	 * Called once, as soon as the time of the opening on CLOCK_MONOTONIC is
	 * known. Threads that wait for this one can then sleep until that time,
	 * and need not be woken one after the other. May be NULL.
	 */
	void (*opens)(void *arg, int64_t at_ns);
	void *arg; /* passed to progress() and opens() */

	/* Set by barrier_wait_directory(), used by barrier_remove(). */
	uint64_t number; /* drawn for this run */
	bool opened;
	int64_t version; /* of this host's file */
	/* this host's locked file; -1: none, also before the wait */
	int held_fd;
	/* The hosts that met. barrier_remove() frees them. */
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
 * Removes this host's file when the run is over. Leaves a file that another
 * process has made its own, or that slower hosts still need.
 */
void barrier_remove(struct barrier *barrier);

/*
 * Waits for a time of this host's clock, in seconds since 1970. Returns 0;
 * -ETIME, with a sentence, if that time has passed already; -EINVAL, with a
 * sentence; or -ECANCELED. Of the barrier only stop, progress, opens and arg
 * are used.
 */
int barrier_wait_time(double unix_time_s, const struct barrier *barrier,
		      struct failure *failure);

/* Returns at that time of CLOCK_MONOTONIC, or at once if it has passed. */
void barrier_sleep_until(int64_t at_ns);

#endif
