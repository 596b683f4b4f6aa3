/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who of many hosts reports, and who has fallen silent: messages of jobs and
 * the time go in, a line a round and host comes out, and the name of each host
 * that says nothing any more. No clock of its own.
 */
#ifndef SMALLFIO_WATCH_H
#define SMALLFIO_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fio/progress_message.h"

struct watch_thread {
	struct progress_message message; /* its newest */
	bool fresh;                      /* not printed yet */
};

struct watch_host {
	char name[PROGRESS_MESSAGE_NAME_MAX];
	struct watch_thread *thread;
	size_t threads;
	uint64_t seen_ns;  /* its newest message; the start if there is none */
	uint64_t fresh_ns; /* the first one that is not printed yet; 0: none */
	uint64_t named_ns; /* when it was last called silent; 0: it is not */
};

struct watch {
	struct watch_host *host;
	size_t hosts;
	uint64_t silent_after_ns; /* 0: twice the interval of the messages */
	double interval_s;        /* the longest so far */
	bool heard;               /* a message of any host */
	FILE *out;                /* borrowed */
	char stamp[32];           /* what lines begin with, set by the owner */
};

/* Zeroed by its owner but for out and silent_after_ns; freed by this. */
void watch_free(struct watch *watch);

/* A host that has to report. `name`: as it calls itself. 0 or -ENOMEM. */
int watch_expect(struct watch *watch, const char *name, uint64_t now_ns);

/* A message. 0 or -ENOMEM. */
int watch_take(struct watch *watch, const struct progress_message *message,
	       uint64_t now_ns);

/* To be called about four times a second: prints what is due. */
void watch_tick(struct watch *watch, uint64_t now_ns);

/*
 * The end of the run: prints what is left, and a line for each host that has
 * never reported or did not report its end. How many these are.
 */
size_t watch_finish(struct watch *watch, uint64_t now_ns);

/*
 * How long a host may say nothing: silent_after_ns, or twice the interval of
 * its messages and ten seconds; of a minute as long as there is none.
 */
uint64_t watch_limit_ns(const struct watch *watch);

#endif
