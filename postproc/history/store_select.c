// SPDX-License-Identifier: GPL-2.0-only
/* Reads runs from the history. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_histogram_pack.h"
#include "history/store_parts.h"

#define DOING   "read the history"
#define SQL_MAX 4096

static int parse_items(struct fingerprint *f, const char *text)
{
	json_t *items = text ? json_loads(text, 0, NULL) : NULL, *value;
	const char *key;
	int ret = items ? 0 : -EINVAL;

	json_object_foreach(items, key, value)
	{
		ret = json_is_string(value)
			      ? fingerprint_set(f, key,
						json_string_value(value))
			      : -EINVAL;
		if (ret)
			break;
	}
	json_decref(items);
	return ret;
}

/*
 * Writes into `list` the fingerprints of runs that are like `like`, separated
 * by commas, for the filter's SQL.
 */
static int find_alike(struct store *store, const struct run_summary *like,
		      char *list, size_t size, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store, "SELECT hash, items FROM fingerprint", DOING, error);
	size_t used = 0, found = 0;
	int code = SQLITE_ERROR;

	if (!s)
		return -EINVAL;
	*list = '\0';
	while (found < STORE_FINGERPRINTS &&
	       (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct fingerprint f = { 0 };
		struct notes differences = { 0 };

		if (!parse_items(&f, (const char *)sqlite3_column_text(s, 1)) &&
		    !fingerprint_compare(&like->fingerprint, &f,
					 &differences)) {
			used += (size_t)snprintf(
				list + used, size - used, "%s%" PRId64,
				found ? "," : "",
				(int64_t)sqlite3_column_int64(s, 0));
			found++;
		}
		notes_free(&differences);
		fingerprint_free(&f);
	}
	sqlite3_finalize(s);
	if (code == SQLITE_DONE || code == SQLITE_ROW)
		return 0;
	return store_fail(store, DOING, error);
}

/* Whether the row is one of the runs that the filter leaves out. */
static bool is_left_out(const struct store_filter *filter, sqlite3_stmt *row)
{
	const struct run_summaries *without = filter->without;
	size_t i;

	for (i = 0; without && i < without->count; i++) {
		const struct run_summary *t = &without->run[i];

		if (t->end_ms == sqlite3_column_int64(row, 1) &&
		    run_summary_digest(t) == sqlite3_column_int64(row, 5))
			return true;
	}
	return false;
}

static sqlite3_stmt *select_runs(struct store *store,
				 const struct store_filter *filter,
				 const char *alike, struct input_error *error)
{
	char sql[SQL_MAX];
	sqlite3_stmt *s;
	size_t limit;

	snprintf(sql, sizeof(sql),
		 "SELECT * FROM (SELECT run.id, end_ms, path, label, items, "
		 "digest, not_whole, pauses, accepted, accepted_until_ms, "
		 "accepted_until_ms > 1000 * CAST(strftime('%%s', 'now') AS "
		 "INTEGER) FROM run "
		 "JOIN fingerprint ON hash = fingerprint "
		 "WHERE end_ms BETWEEN ?1 AND ?2 "
		 "AND (?3 IS NULL OR label = ?3) "
		 "AND (?5 = 0 OR run.id = ?5)%s%s%s%s "
		 "ORDER BY end_ms DESC, run.id DESC LIMIT ?4) "
		 "ORDER BY end_ms, id",
		 filter->like ? " AND fingerprint IN (" : "",
		 filter->like ? alike : "", filter->like ? ")" : "",
		 filter->whole ? " AND not_whole IS NULL" : "");
	s = store_prepare(store, sql, DOING, error);
	if (!s)
		return NULL;
	sqlite3_bind_int64(s, 1, filter->from_ms);
	sqlite3_bind_int64(s, 2, filter->to_ms);
	sqlite3_bind_text(s, 3, filter->label, -1, SQLITE_STATIC);
	limit = filter->last + (filter->without ? filter->without->count : 0);
	sqlite3_bind_int64(s, 4, filter->last ? (int64_t)limit : -1);
	sqlite3_bind_int64(s, 5, filter->run);
	return s;
}

static int read_row(struct operation_figures *f, sqlite3_stmt *s)
{
	uint64_t *const counts[] = { &f->threads,    &f->ios,    &f->bytes,
				     &f->runtime_ms, &f->errors, &f->samples,
				     &f->min_ns,     &f->max_ns };
	size_t i, counted = sizeof(counts) / sizeof(*counts);

	for (i = 0; i < counted; i++) {
		int64_t value = sqlite3_column_int64(s, (int)(2 + i));

		if (value < 0)
			return -EINVAL;
		*counts[i] = (uint64_t)value;
	}
	f->mean_ns = sqlite3_column_double(s, (int)(2 + counted));
	f->stddev_ns = sqlite3_column_double(s, (int)(3 + counted));
	return 0;
}

static int read_bins(struct operation_figures *f, sqlite3_stmt *s, int column)
{
	const unsigned char *data = sqlite3_column_blob(s, column);
	int size = sqlite3_column_bytes(s, column);

	if (!data)
		return 0;
	f->has_bins = true;
	return fio_histogram_unpack(&f->bins, data, (size_t)size);
}

/* Reads the figures of a run. The statement `s` takes the run's number. */
static int read_figures(struct store *store, struct run_summary *run,
			sqlite3_stmt *s, struct input_error *error)
{
	int code, ret = 0;

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, run->id);
	while (!ret && (code = sqlite3_step(s)) == SQLITE_ROW) {
		const char *operation = (const char *)sqlite3_column_text(s, 0);
		const char *host = (const char *)sqlite3_column_text(s, 1);
		struct operation_figures *f;

		if (!operation || !host)
			return store_damaged(store, error);
		f = operation_figures_row(&run->figures, operation,
					  *host ? host : NULL);
		if (!f)
			return input_error_no_memory(error);
		ret = read_row(f, s);
		if (!ret && sqlite3_column_count(s) > 12)
			ret = read_bins(f, s, 12);
		if (ret == -ENOMEM)
			return input_error_no_memory(error);
		if (ret)
			return store_damaged(store, error);
	}
	return code == SQLITE_DONE ? 0 : store_fail(store, DOING, error);
}

static char *copy(const unsigned char *text)
{
	return text ? strdup((const char *)text) : NULL;
}

static int read_run(struct store *store, sqlite3_stmt *row,
		    sqlite3_stmt *figures, struct run_summaries *runs,
		    struct input_error *error)
{
	struct run_summary *run = run_summaries_add(runs);

	if (!run)
		return input_error_no_memory(error);
	run->id = sqlite3_column_int64(row, 0);
	run->end_ms = sqlite3_column_int64(row, 1);
	run->path = copy(sqlite3_column_text(row, 2));
	run->label = copy(sqlite3_column_text(row, 3));
	run->not_whole = copy(sqlite3_column_text(row, 6));
	run->pauses = copy(sqlite3_column_text(row, 7));
	run->accepted = copy(sqlite3_column_text(row, 8));
	run->accepted_until_ms = sqlite3_column_int64(row, 9);
	run->is_accepted = run->accepted && sqlite3_column_int(row, 10);
	if (!run->path)
		return input_error_no_memory(error);
	if (parse_items(&run->fingerprint,
			(const char *)sqlite3_column_text(row, 4)))
		return store_damaged(store, error);
	return read_figures(store, run, figures, error);
}

static int read_runs(struct store *store, sqlite3_stmt *select,
		     const struct store_filter *filter,
		     struct run_summaries *runs, struct input_error *error)
{
	sqlite3_stmt *figures = store_prepare(
		store,
		filter->with_bins
			? "SELECT f.operation, f.host, threads, ios, bytes, "
			  "runtime_ms, errors, samples, min_ns, max_ns, "
			  "mean_ns, stddev_ns, bins FROM figures AS f "
			  "LEFT JOIN histogram AS h ON h.run = f.run AND "
			  "h.operation = f.operation AND h.host = f.host "
			  "WHERE f.run = ? ORDER BY f.operation, f.host"
			: "SELECT operation, host, threads, ios, bytes, "
			  "runtime_ms, errors, samples, min_ns, max_ns, "
			  "mean_ns, stddev_ns FROM figures WHERE run = ? "
			  "ORDER BY operation, host",
		DOING, error);
	int code = SQLITE_ERROR, ret = 0;

	if (!figures)
		return -EINVAL;
	while (!ret && (code = sqlite3_step(select)) == SQLITE_ROW) {
		if (!is_left_out(filter, select))
			ret = read_run(store, select, figures, runs, error);
	}
	sqlite3_finalize(figures);
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, DOING, error);
	return ret;
}

int store_select(struct store *store, const struct store_filter *filter,
		 struct run_summaries *runs, struct input_error *error)
{
	char alike[SQL_MAX / 2] = "";
	sqlite3_stmt *select;
	int ret = 0;

	error->path = store->path;
	if (filter->like)
		ret = find_alike(store, filter->like, alike, sizeof(alike),
				 error);
	if (ret)
		return ret;
	select = select_runs(store, filter, alike, error);
	if (!select)
		return -EINVAL;
	/*
	 * A transaction shows the history as it is now, whatever other programs
	 * write meanwhile.
	 */
	ret = store_execute(store, "BEGIN", DOING, error);
	if (!ret)
		ret = store_end(store,
				read_runs(store, select, filter, runs, error),
				error);
	sqlite3_finalize(select);
	if (!ret && filter->last)
		run_summaries_keep_last(runs, filter->last);
	return ret;
}
