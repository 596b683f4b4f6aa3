/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows one line of progress on a terminal, after the first second. */
#ifndef SMALLFIO_PROGRESS_H
#define SMALLFIO_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct run_summaries;

struct progress {
	int64_t started_ns;
	bool shown;
	const struct run_summaries *runs; /* that are read; NULL: logs */
};

/* Returns true if standard error is a terminal. If not, show no progress. */
bool progress_begin(struct progress *progress);

/* `context` is a struct progress. Fits struct load_options.progress. */
void progress_show(void *context, uint64_t done, uint64_t total);

/* The same, of hosts: "asking hosts: 3 of 64". */
void progress_show_hosts(void *context, uint64_t done, uint64_t total);

/* The same, of a history, of which nobody knows how long it will take. */
void progress_show_history(void *context, uint64_t done, uint64_t total);

/* Shows progress while runs are read into *runs, one after the other. */
void progress_of_runs(struct progress *progress, struct run_summaries *runs);

/* Clears the line. */
void progress_end(struct progress *progress);

#endif
