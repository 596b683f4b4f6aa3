/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files store*.c share. */
#ifndef SMALLFIO_STORE_PARTS_H
#define SMALLFIO_STORE_PARTS_H

#include <sqlite3.h>

#include "history/store.h"

struct store {
	sqlite3 *db;
	const char *path; /* borrowed */
};

/*
 * Fills *error from what SQLite says: "cannot DOING: why". Returns -errno, as
 * all that have an *error here.
 */
int store_fail(const struct store *store, const char *doing,
	       struct input_error *error);

int store_execute(struct store *store, const char *sql, const char *doing,
		  struct input_error *error);

/* NULL: *error is filled in. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql,
			    const char *doing, struct input_error *error);

/* Waits for other writers. */
int store_begin(struct store *store, struct input_error *error);

/* Commits, or for `ret` other than 0 rolls back; returns what came of it. */
int store_end(struct store *store, int ret, struct input_error *error);

#endif
