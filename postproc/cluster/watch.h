/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches which hosts report and which have fallen silent. The caller hands in
 * messages of jobs, and the time; this file reads no clock. For each host a
 * line about each round of messages comes out, unless watch_table() shows the
 * rounds, and a line when the host falls silent.
 */
#ifndef SMALLFIO_WATCH_H
#define SMALLFIO_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fio/heartbeat.h"

/* More hosts, or jobs of a host, are not watched. This bounds the memory. */
#define WATCH_HOSTS_MAX   16384
#define WATCH_THREADS_MAX 4096

struct watch_thread {
	struct progress_message message; /* the newest one */
	uint64_t errors_before;          /* what the message before said */
	bool fresh;                      /* not in a round yet */
};

/* What a host has done since the watch began. */
struct watch_totals {
	double units, bytes;
	uint64_t errors;
	uint64_t silences;
	uint64_t silent_ns; /* up to when the host was heard again */
};

struct watch_host {
	char name[PROGRESS_MESSAGE_NAME_MAX];
	struct watch_thread *thread;
	size_t threads;
	struct heartbeat round; /* the newest round, of all operations */
	struct watch_totals totals;
	uint64_t seen_ns;  /* when the newest message came, or the start */
	uint64_t fresh_ns; /* when a round began that is not over; 0: none */
	int64_t fresh_ms;  /* the same since 1970 */
	uint64_t named_ns; /* when it was last called silent; 0: it reports */
};

struct watch {
	struct watch_host *host;
	size_t hosts;
	uint64_t began_ns;        /* the owner sets it */
	uint64_t silent_after_ns; /* see watch_limit_ns(); 0: by interval_s */
	double interval_s;        /* longest interval of messages so far */
	bool heard;               /* a message of any host has come */
	bool left_out;            /* there was more than the limits above */
	bool quiet;               /* prints no line for a round */
	FILE *out;                /* borrowed */
	char stamp[32];           /* the owner sets how lines begin */
	int64_t time_ms;          /* the owner sets the time since 1970 */
	/* Called for each host, operation and round, and for each silence. */
	void (*beat)(void *context, const struct heartbeat *beat);
	void *context;
};

/*
 * Frees what is in *watch. The owner zeroes *watch first, and sets `out` and
 * silent_after_ns.
 */
void watch_free(struct watch *watch);

/*
 * Adds a host that has to report. `name` is the name that the host calls itself
 * by. Returns 0 or -ENOMEM.
 */
int watch_expect(struct watch *watch, const char *name, uint64_t now_ns);

/*
 * Takes a message, which came at `now_ns`. A host or job beyond the limits is
 * left out, and a line says so once. Returns 0 or -ENOMEM.
 */
int watch_take(struct watch *watch, const struct progress_message *message,
	       uint64_t now_ns);

/*
 * Takes any other line, which came at `now_ns`. What fio's client has passed on
 * from a host begins with <NAME>, so the host is not silent: it may wait at the
 * start barrier, or do what is not measured.
 */
void watch_hear(struct watch *watch, const char *line, uint64_t now_ns);

/* Prints what is due. Must be called about four times a second. */
void watch_tick(struct watch *watch, uint64_t now_ns);

/*
 * Ends the watch when the run has ended. Prints what is left, and a line for
 * each host that has never reported or did not report its end. Returns the
 * number of these hosts.
 */
size_t watch_finish(struct watch *watch, uint64_t now_ns);

/*
 * How long a host may be silent: silent_after_ns, or where that is 0 twice the
 * interval of messages plus ten seconds. Before the first message the interval
 * is taken to be a minute.
 */
uint64_t watch_limit_ns(const struct watch *watch);

/* Whether a host has to report. */
bool watch_is_expected(const struct watch_host *host);

/*
 * Writes a table that fits a terminal: a line for all hosts together, and a
 * line a host, the ones that need attention first. Writes `lines` lines at
 * most, of `width` characters at most, each ended by "\033[K\n". Returns how
 * many lines it wrote.
 */
size_t watch_table(const struct watch *watch, uint64_t now_ns, FILE *out,
		   size_t width, size_t lines);

/* Prints what all hosts have done, and those that were silent or had errors. */
void watch_summary(const struct watch *watch, uint64_t now_ns);

#endif
