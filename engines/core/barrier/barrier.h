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
 * The hosts share a directory. The first to come makes a directory in it, a
 * generation, and leads it. Each other host makes an empty file there, whose
 * name says all: host, number, time of day. The leader alone lists these names.
 * It writes what it knows into a file beside the generation, again and again
 * under a new name. The others list only that place, and need to read the file
 * only once. So the work of a host does not grow with the number of hosts.
 *
 * When as many hosts as expected have come, the leader calls the roll. When all
 * have answered, it opens the barrier. It names a time shortly ahead, so that
 * the others see the time before it comes.
 *
 * Why no two hosts of a generation can differ about what happened: the verdict
 * on a generation is a file that is linked to its name, whole. A link fails
 * where a name exists, so the first verdict stands, whoever made it, and all
 * others obey what they read there. The leader's verdict may be that the
 * barrier is open. A host that has waited too long makes the verdict that the
 * barrier has failed, and so all hosts fail at once, with the same list. A host
 * that hears nothing new from the leader makes the verdict that the generation
 * is over. Then the hosts meet in the next one, which the first of them leads.
 * So clocks, pauses and caches decide only how long the hosts wait.
 *
 * Why leftovers count for nothing: a host joins only a generation without a
 * verdict, and answers only the roll calls of its leader. A host that was
 * killed answers none. A generation whose leader was killed is over when that
 * host comes again, or else after the leader's silence of some seconds.
 *
 * No file that others read is ever rewritten. A name appears when its file is
 * whole, and is nowhere looked up before it is listed. So no cache of a client
 * can have old contents of it. A name made and removed in a directory makes the
 * client drop its cached listing.
 *
 * The hosts' clocks need not agree. The leader's file says when it was written,
 * and how long after each host's time of day the leader saw the host's name.
 * From both a host knows how far its clock and the leader's are apart (struct
 * barrier_clock).
 *
 * Hosts whose `job` differs meet in another directory. While a run lasts, each
 * host locks a file that has its name (flock), so that a second run of the host
 * is refused. Where the file system has no locks, two processes that wait under
 * one name are noticed when both answer the roll call.
 */
#define BARRIER_POLL_NS   5000000
#define BARRIER_HOSTS_MAX 1024
#define BARRIER_NAME_MAX  255
#define BARRIER_HOST_MAX  200 /* leaves room for what else a name says */

struct barrier_view;

/* When a host passed the barrier, and how its clock compares with another's. */
struct barrier_clock {
	/* the leader */
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
	/* "h1:h[2-9]:...", to name who is missing (host_names.h); or NULL */
	const char *expected;
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
	struct barrier_view *view;
	struct barrier_clock clock;
};

/*
 * Returns 0 when the barrier opens, or -ETIMEDOUT (this host or another has
 * waited too long; failure names who came and who did not), -ECANCELED, -EEXIST
 * (two processes use one host's name), -E2BIG (more hosts came than `hosts`),
 * or another -errno with a sentence.
 */
int barrier_wait_directory(struct barrier *barrier, struct failure *failure);

/*
 * Removes this host's files when the run is over. The last host that leaves
 * removes the rest, also what earlier runs have left. May be called again.
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
