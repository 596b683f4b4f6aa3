/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The history of runs: an SQLite database. Its schema has a version and is
 * brought up to date when it is opened for writing. Any number of programs may
 * write at once: one waits for the other. A run is there as a whole, durably,
 * once store_record() has returned, or not at all.
 *
 * Errors are those of the path or of the database: INPUT_UNREADABLE,
 * INPUT_DATABASE, INPUT_NO_MEMORY; nothing has changed then.
 */
#ifndef SMALLFIO_STORE_H
#define SMALLFIO_STORE_H

#include "run/run_summary.h"

#define STORE_VERSION      3
#define STORE_WAIT_MS      10000 /* for another writer */
#define STORE_FINGERPRINTS 64    /* kinds of runs that a filter can name */

struct store;

enum store_mode {
	STORE_READ,   /* must exist */
	STORE_WRITE,  /* must exist */
	STORE_CREATE, /* may exist */
};

/* `path` must stay as long as *error is used. */
int store_open(struct store **store, const char *path, enum store_mode mode,
	       struct input_error *error);

/* NULL is ignored. */
void store_close(struct store *store);

/*
 * Keeps a run. *id is its number; *known is set, and nothing changed, where
 * the same run was kept before. `label` may be NULL.
 */
int store_record(struct store *store, const struct run_summary *run,
		 const char *label, int64_t *id, bool *known,
		 struct input_error *error);

struct store_filter {
	int64_t from_ms, to_ms; /* end of the run; both included */
	size_t last;            /* at most so many, the latest; 0: all */
	const char *label;      /* NULL: any */
	const struct run_summary
		*like; /* alike (fingerprint.h), or NULL: any */
	const struct run_summaries
		*without; /* these runs are left out, or NULL */
	bool whole;       /* only runs that came to their end */
	bool with_bins;
};

/* Adds the runs that the filter lets through, the oldest first. */
int store_select(struct store *store, const struct store_filter *filter,
		 struct run_summaries *runs, struct input_error *error);

/*
 * Removes all but the latest `keep` runs (0: no such limit) and those that
 * ended before `before_ms` (0: no such limit). *removed: how many.
 */
int store_prune(struct store *store, size_t keep, int64_t before_ms,
		size_t *removed, struct input_error *error);

#endif
