/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a run is, from the messages of the engine (fio/progress_message.h):
 * the phase, files, rate and time left of all hosts together, and what share
 * each host has done.
 */
#ifndef SMALLFIO_RUN_PROGRESS_H
#define SMALLFIO_RUN_PROGRESS_H

#include "launch/launch.h"

/* What a host has said last. */
struct host_progress {
	char name[SERVERS_NAME_MAX];
	size_t phase; /* counted from 0 */
	uint64_t done;
	uint64_t asked; /* 0: not known */
	double per_s;
};

struct run_progress {
	struct host_progress *host; /* in the order in which they spoke */
	size_t hosts;
};

/* Returns true if the line is a message, and keeps what it says. */
bool run_progress_take(struct run_progress *progress,
		       const struct launch *launch, const char *line);

/*
 * Writes a line without its end, at most `columns` long. Nothing if no host has
 * spoken.
 */
void run_progress_print(const struct run_progress *progress,
			const struct launch *launch, size_t columns, FILE *out);

void run_progress_free(struct run_progress *progress);

#endif
