/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files store*.c share. */
#ifndef SMALLFIO_STORE_PARTS_H
#define SMALLFIO_STORE_PARTS_H

#include <sqlite3.h>

#include "history/store.h"

struct store {
	store_progress *progress; /* NULL: none */
	void *progress_context;
	uint64_t steps;
	sqlite3 *db;
	const char *path; /* borrowed */
};

/*
 * Fills *error from SQLite's last error: "cannot DOING: reason". Returns
 * -errno, as all functions here that take an *error.
 */
int store_fail(const struct store *store, const char *doing,
	       struct input_error *error);

int store_execute(struct store *store, const char *sql, const char *doing,
		  struct input_error *error);

/* Prepares a statement. NULL after an error, with *error filled in. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql,
			    const char *doing, struct input_error *error);

/* Runs a statement that gives no row, and frees it. */
int store_step(struct store *store, sqlite3_stmt *statement, const char *doing,
	       struct input_error *error);

/* Writes the intervals of a run, within a transaction. */
int store_record_over_time(struct store *store, int64_t run,
			   const struct time_series_list *list,
			   struct input_error *error);

/* Fails because of rows that smallfio does not write. */
int store_damaged(const struct store *store, struct input_error *error);

/* Begins a transaction. Waits up to STORE_WAIT_MS for other writers. */
int store_begin(struct store *store, struct input_error *error);

/*
 * Ends a transaction: commits if `ret` is 0, and otherwise rolls back. Returns
 * `ret`, or the -errno of a commit that failed.
 */
int store_end(struct store *store, int ret, struct input_error *error);

#endif
