/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the fio servers of many hosts at once, by fio's own client: its protocol
 * changes with nearly every release, and what it prints is for people, so all
 * that is done here is to start it, keep what it says, and end it in time.
 */
#ifndef SMALLFIO_CHECK_PROBE_H
#define SMALLFIO_CHECK_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "input/host_list.h"

/* Before fio starts, our own attempt to connect prints one of these lines. */
#define CHECK_PEER       "smallfio: connected to "
#define CHECK_NO_CONNECT "smallfio: cannot connect: "

/* The line of the engine whose arrival is timed. */
#define CHECK_HOST_LINE "fio-smallfile: preflight: host="

struct check_probe {
	const struct listed_host *host;
	char *text; /* all that was said, ending in 0; never NULL afterwards */
	size_t size;
	bool timed_out;
	int status; /* of waitpid(), unless it timed out */

	/* Time of day, ns: of the start, and of the line; 0: there is none. */
	int64_t started_ns;
	int64_t line_ns;

	pid_t pid;
	int fd;
	int64_t deadline_ns;
};

struct check_probing {
	const char *fio;       /* program */
	const char *job;       /* file */
	const char *directory; /* where fio may leave logs */
	unsigned int timeout_s;
};

/*
 * One probe for each host, some at a time, each for timeout_s at most. 0, or
 * -errno where a process could not be started. `probes` are zeroed before, and
 * freed by the caller.
 */
int check_probe_all(const struct check_probing *probing,
		    struct check_probe *probes, size_t count);

void check_probe_free(struct check_probe *probes, size_t count);

#endif
