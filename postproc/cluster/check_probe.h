/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the fio servers of many hosts at once, through fio's own client, because
 * fio's protocol changes with nearly every release. This file only starts the
 * client, keeps what it prints, and ends it in time. check_host.h makes sense
 * of what was printed.
 */
#ifndef SMALLFIO_CHECK_PROBE_H
#define SMALLFIO_CHECK_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "input/host_list.h"

/* Before fio starts, we connect to the server, and print one of these lines. */
#define CHECK_PEER       "smallfio: connected to "
#define CHECK_NO_CONNECT "smallfio: cannot connect: "

/*
 * Lines of the engine with the time of its host. The first one has the time at
 * which the host was asked. The second one is read soon after it was written.
 * Together they tell how far the host's clock is off. Engines of 0.2.0 do not
 * have the first.
 */
#define CHECK_ASKED_LINE "fio-smallfile: preflight: asked "
#define CHECK_HOST_LINE  "fio-smallfile: preflight: host="

struct check_probe {
	const struct listed_host *host;
	char *text; /* all that was printed, ending in 0; in the end not NULL */
	size_t size;
	bool timed_out;
	int status; /* from waitpid(), unless the probe timed out */

	/* Times of day in ns: of the start, and of CHECK_HOST_LINE (0: none) */
	int64_t started_ns;
	int64_t line_ns;

	pid_t pid;
	int fd;
	int64_t deadline_ns;
};

struct check_probing {
	const char *fio;       /* fio's program */
	const char *job;       /* job file, made by check_job_copy() */
	const char *directory; /* where fio may leave logs */
	unsigned int timeout_s;
	/* If not NULL, called now and then: how many probes have ended. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/*
 * Runs a probe for each host, 32 at a time, each for timeout_s at most. Returns
 * 0, or -errno where a process could not be started or there is no memory. The
 * caller zeroes `probes`, sets their hosts, and frees them in any case.
 */
int check_probe_all(const struct check_probing *probing,
		    struct check_probe *probes, size_t count);

void check_probe_free(struct check_probe *probes, size_t count);

#endif
