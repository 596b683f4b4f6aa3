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

#define STORE_VERSION      6
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

/* Called now and then while the database is at work: steps of that work. */
typedef void store_progress(void *context, uint64_t done, uint64_t total);

/* Calls `progress`, with a total of 0, until the store is closed. */
void store_on_progress(struct store *store, store_progress *progress,
		       void *context);

/* Closes a history. NULL is ignored. */
void store_close(struct store *store);

/*
 * Writes a run into the history and sets *id to its number. If the same run is
 * there already, sets *known and *id, and changes nothing. `label` may be NULL.
 */
int store_record(struct store *store, const struct run_summary *run,
		 const char *label, int64_t *id, bool *known,
		 struct input_error *error);

/*
 * Says why the level that begins with a run is wanted, until a time (INT64_MAX:
 * for ever). `reason` NULL: it is not. Sets *found to whether there is such a
 * run.
 */
int store_accept(struct store *store, int64_t run, const char *reason,
		 int64_t until_ms, bool *found, struct input_error *error);

/* Gives a run another label, or none (NULL). Sets *found likewise. */
int store_relabel(struct store *store, int64_t run, const char *label,
		  bool *found, struct input_error *error);

struct store_filter {
	int64_t from_ms, to_ms; /* range of the run's end, both included */
	size_t last;            /* only the latest so many; 0: all */
	const char *label;      /* NULL: any */
	const struct run_summary
		*like; /* runs that are like this one; NULL: any */
	const struct run_summaries
		*without; /* these runs are left out, or NULL */
	int64_t run;      /* only the run of this number; 0: any */
	bool whole;       /* only runs that came to their end */
	bool with_bins;   /* reads the histograms, too */
};

/* Adds to `runs` the runs that the filter lets through, the oldest first. */
int store_select(struct store *store, const struct store_filter *filter,
		 struct run_summaries *runs, struct input_error *error);

/*
 * Reads the intervals of a run, whose number must be one of store_select(). The
 * owner zeroes *list first, and frees it in any case. It stays empty for a run
 * that was recorded without them.
 */
int store_read_over_time(struct store *store, int64_t run,
			 struct time_series_list *list,
			 struct input_error *error);

struct store_removal {
	/* Only these runs are looked at, and all others stay: label, times. */
	struct store_filter among;
	size_t keep;       /* of these, all but the latest so many go; 0: none
			    * goes for this reason */
	int64_t before_ms; /* those that ended before go; INT64_MIN: none */
	int64_t run;       /* the run of this number goes; 0: none */
	bool dry_run;      /* only tells what would go */
};

/*
 * Removes runs, and adds them to `removed`, the oldest first, without their
 * figures. `removed` is what was found also if an error follows, after which
 * all runs are still there.
 */
int store_remove(struct store *store, const struct store_removal *what,
		 struct run_summaries *removed, struct input_error *error);

#endif
