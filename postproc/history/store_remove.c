// SPDX-License-Identifier: GPL-2.0-only
/* Removes runs from the history. */
#include <errno.h>
#include <string.h>

#include "history/store_parts.h"

#define DOING "remove runs from the history"

/* The runs that the filter names. */
#define AMONG "end_ms BETWEEN ?1 AND ?2 AND (?3 IS NULL OR label = ?3)"

static const char find_sql[] =
	"SELECT id, end_ms, path, label FROM run WHERE " AMONG
	" AND (end_ms < ?4 OR id = ?6 OR (?5 > 0 AND id NOT IN "
	"(SELECT id FROM run WHERE " AMONG
	" ORDER BY end_ms DESC, id DESC LIMIT ?5))) ORDER BY end_ms, id";

static char *copy(const unsigned char *text)
{
	return text ? strdup((const char *)text) : NULL;
}

static int find(struct store *store, const struct store_removal *what,
		struct run_summaries *found, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store, find_sql, DOING, error);
	int code, ret = 0;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, what->among.from_ms);
	sqlite3_bind_int64(s, 2, what->among.to_ms);
	sqlite3_bind_text(s, 3, what->among.label, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, what->before_ms);
	sqlite3_bind_int64(s, 5, (int64_t)what->keep);
	sqlite3_bind_int64(s, 6, what->run);
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		struct run_summary *run = run_summaries_add(found);

		if (run)
			run->path = copy(sqlite3_column_text(s, 2));
		if (!run || !run->path) {
			ret = input_error_no_memory(error);
			break;
		}
		run->id = sqlite3_column_int64(s, 0);
		run->end_ms = sqlite3_column_int64(s, 1);
		run->label = copy(sqlite3_column_text(s, 3));
	}
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, DOING, error);
	sqlite3_finalize(s);
	return ret;
}

static int remove_found(struct store *store, const struct run_summaries *found,
			struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store, "DELETE FROM run WHERE id = ?",
					DOING, error);
	size_t i;
	int ret = 0;

	if (!s)
		return -EINVAL;
	for (i = 0; i < found->count && !ret; i++) {
		sqlite3_bind_int64(s, 1, found->run[i].id);
		if (sqlite3_step(s) != SQLITE_DONE)
			ret = store_fail(store, DOING, error);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	return ret;
}

int store_remove(struct store *store, const struct store_removal *what,
		 struct run_summaries *removed, struct input_error *error)
{
	int ret = store_begin(store, error);

	if (ret)
		return ret;
	ret = find(store, what, removed, error);
	if (!ret && !what->dry_run)
		ret = remove_found(store, removed, error);
	return store_end(store, ret, error);
}
