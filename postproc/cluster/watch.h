/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches which hosts report and which have fallen silent. The caller hands in
 * messages of jobs, and the time; this file reads no clock. For each host a
 * line about each round of messages comes out, and a line when it falls silent.
 */
#ifndef SMALLFIO_WATCH_H
#define SMALLFIO_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fio/progress_message.h"

struct watch_thread {
	struct progress_message message; /* the newest one */
	bool fresh;                      /* the message is not printed yet */
};

struct watch_host {
	char name[PROGRESS_MESSAGE_NAME_MAX];
	struct watch_thread *thread;
	size_t threads;
	uint64_t seen_ns;  /* when the newest message came, or the start */
	uint64_t fresh_ns; /* when the first unprinted one came; 0: none */
	uint64_t named_ns; /* when it was last called silent; 0: it reports */
};

struct watch {
	struct watch_host *host;
	size_t hosts;
	uint64_t silent_after_ns; /* see watch_limit_ns(); 0: by interval_s */
	double interval_s;        /* longest interval of messages so far */
	bool heard;               /* a message of any host has come */
	FILE *out;                /* borrowed */
	char stamp[32];           /* the owner sets how lines begin */
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

/* Takes a message, which came at `now_ns`. Returns 0 or -ENOMEM. */
int watch_take(struct watch *watch, const struct progress_message *message,
	       uint64_t now_ns);

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

#endif
