// SPDX-License-Identifier: GPL-2.0-only
/* Changes what is said of a run in the history. */
#include <errno.h>

#include "history/store_parts.h"

#define DOING "change a run of the history"

/*
 * Runs a statement on a run, whose number is the parameter ?1. Sets *found to
 * whether there is such a run.
 */
static int change(struct store *store, sqlite3_stmt *s, int64_t run,
		  bool *found, struct input_error *error)
{
	int ret;

	sqlite3_bind_int64(s, 1, run);
	ret = store_step(store, s, DOING, error);
	*found = !ret && sqlite3_changes(store->db) > 0;
	return ret;
}

int store_accept(struct store *store, int64_t run, const char *reason,
		 int64_t until_ms, bool *found, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"UPDATE run SET accepted = ?2, accepted_until_ms = ?3 "
		"WHERE id = ?1",
		DOING, error);

	if (!s)
		return -EINVAL;
	sqlite3_bind_text(s, 2, reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, until_ms);
	return change(store, s, run, found, error);
}

int store_relabel(struct store *store, int64_t run, const char *label,
		  bool *found, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store, "UPDATE run SET label = ?2 WHERE id = ?1", DOING, error);

	if (!s)
		return -EINVAL;
	sqlite3_bind_text(s, 2, label, -1, SQLITE_STATIC);
	return change(store, s, run, found, error);
}
