/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The history of runs is an SQLite database. Its schema has a version, and
 * opening brings an older schema up to date. Any number of programs may write
 * at once; they wait for each other. Once store_record() has returned 0, a run
 * is on disk as a whole. Otherwise nothing of the run is there.
 *
 * Errors are those of the path or of the database: INPUT_UNREADABLE,
 * INPUT_DATABASE, INPUT_NO_MEMORY. After an error nothing has changed.
 */
#ifndef SMALLFIO_STORE_H
#define SMALLFIO_STORE_H

#include "run/run_summary.h"

#define STORE_VERSION      4
#define STORE_WAIT_MS      10000 /* how long to wait for another writer */
#define STORE_FINGERPRINTS 64    /* kinds of runs that a filter can name */

struct store;

enum store_mode {
	STORE_READ,   /* must exist */
	STORE_WRITE,  /* must exist */
	STORE_CREATE, /* may exist */
};

/*
 * Opens the history at `path`, which must stay valid as long as *error and the
 * store are used. Returns 0 or -errno, as all functions here.
 */
int store_open(struct store **store, const char *path, enum store_mode mode,
	       struct input_error *error);

/* Closes a history. NULL is ignored. */
void store_close(struct store *store);

/*
 * Writes a run into the history and sets *id to its number. If the same run is
 * there already, sets *known and *id, and changes nothing. `label` may be NULL.
 */
int store_record(struct store *store, const struct run_summary *run,
		 const char *label, int64_t *id, bool *known,
		 struct input_error *error);

struct store_filter {
	int64_t from_ms, to_ms; /* range of the run's end, both included */
	size_t last;            /* only the latest so many; 0: all */
	const char *label;      /* NULL: any */
	const struct run_summary
		*like; /* runs that are like this one; NULL: any */
	const struct run_summaries
		*without; /* these runs are left out, or NULL */
	bool whole;       /* only runs that came to their end */
	bool with_bins;   /* reads the histograms, too */
};

/* Adds to `runs` the runs that the filter lets through, the oldest first. */
int store_select(struct store *store, const struct store_filter *filter,
		 struct run_summaries *runs, struct input_error *error);

/*
 * Removes all but the latest `keep` runs (0: no such limit), and the runs that
 * ended before `before_ms` (INT64_MIN: no such limit). Sets *removed to their
 * number.
 */
int store_prune(struct store *store, size_t keep, int64_t before_ms,
		size_t *removed, struct input_error *error);

#endif
