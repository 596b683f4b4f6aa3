/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_WATCH_RECORD_H
#define SMALLFIO_WATCH_RECORD_H

#include "cluster/watch.h"
#include "history/soak.h"

/* Keeps the heartbeats of a watch in a history: --record. */
struct watch_record {
	const char *path, *label; /* path NULL: does nothing */
	struct store *store;
	struct soak_writer soak;
	uint64_t written_ns;
	bool failed; /* the last try to write, which was told */
};

/*
 * Opens the history, and has the watch hand its heartbeats over. Says if a soak
 * goes on. Returns 0, or an exit code after a message.
 */
int watch_record_begin(struct watch_record *record, struct watch *watch);

/* Writes now and then. If that fails, says so once, and tries again later. */
void watch_record_tick(struct watch_record *record, uint64_t now_ns);

/*
 * Writes the rest. `ended`: all hosts have reported their end. Returns 0, or an
 * exit code after a message.
 */
int watch_record_end(struct watch_record *record, bool ended);

#endif
