// SPDX-License-Identifier: GPL-2.0-only
/* Writes runs into the history. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fio/fio_histogram_pack.h"
#include "history/store_parts.h"
#include "util/clock.h"

#define DOING "write to the history"

static int record_fingerprint(struct store *store,
			      const struct run_summary *run,
			      struct input_error *error)
{
	const struct fingerprint *f = &run->fingerprint;
	json_t *items = json_object();
	sqlite3_stmt *s;
	char *text;
	size_t i;
	int ret;

	for (i = 0; i < f->count; i++)
		json_object_set_new_nocheck(
			items, f->item[i].key,
			json_string_nocheck(f->item[i].value));
	text = json_dumps(items, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(items);
	if (!text)
		return input_error_no_memory(error);
	s = store_prepare(store,
			  "INSERT OR IGNORE INTO fingerprint (hash, items) "
			  "VALUES (?, ?)",
			  DOING, error);
	if (!s) {
		free(text);
		return -EINVAL;
	}
	sqlite3_bind_int64(s, 1, (int64_t)fingerprint_hash(f));
	sqlite3_bind_text(s, 2, text, -1, SQLITE_TRANSIENT);
	ret = store_step(store, s, DOING, error);
	free(text);
	return ret;
}

static int record_run(struct store *store, const struct run_summary *run,
		      const char *label, int64_t *id, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"INSERT INTO run (digest, end_ms, recorded_ms, fingerprint, "
		"path, label, not_whole, pauses) VALUES "
		"(?, ?, ?, ?, ?, ?, ?, ?)",
		DOING, error);
	int ret;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, run_summary_digest(run));
	sqlite3_bind_int64(s, 2, run->end_ms);
	sqlite3_bind_int64(s, 3, clock_unix_ns() / 1000000);
	sqlite3_bind_int64(s, 4, (int64_t)fingerprint_hash(&run->fingerprint));
	sqlite3_bind_text(s, 5, run->path, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, label, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 7, run->not_whole, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, run->pauses, -1, SQLITE_STATIC);
	ret = store_step(store, s, DOING, error);
	*id = sqlite3_last_insert_rowid(store->db);
	return ret;
}

static int record_bins(struct store *store, const struct operation_figures *f,
		       int64_t run, struct input_error *error)
{
	unsigned char *data;
	sqlite3_stmt *s;
	size_t size;
	int ret;

	if (fio_histogram_pack(&f->bins, &data, &size))
		return input_error_no_memory(error);
	s = store_prepare(store, "INSERT INTO histogram VALUES (?, ?, ?, ?)",
			  DOING, error);
	if (!s) {
		free(data);
		return -EINVAL;
	}
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_text(s, 2, f->operation, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, f->host ? f->host : "", -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 4, data, (int)size, SQLITE_STATIC);
	ret = store_step(store, s, DOING, error);
	free(data);
	return ret;
}

static int record_figures(struct store *store,
			  const struct operation_figures *f, int64_t run,
			  struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store,
					"INSERT INTO figures VALUES (?, ?, ?, "
					"?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
					DOING, error);
	const uint64_t counts[] = { f->threads,    f->ios,    f->bytes,
				    f->runtime_ms, f->errors, f->samples,
				    f->min_ns,     f->max_ns };
	size_t i, counted = sizeof(counts) / sizeof(*counts);
	int ret;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_text(s, 2, f->operation, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, f->host ? f->host : "", -1, SQLITE_STATIC);
	for (i = 0; i < counted; i++)
		sqlite3_bind_int64(s, (int)(4 + i), (int64_t)counts[i]);
	sqlite3_bind_double(s, (int)(4 + counted), f->mean_ns);
	sqlite3_bind_double(s, (int)(5 + counted), f->stddev_ns);
	ret = store_step(store, s, DOING, error);
	if (!ret && f->has_bins)
		ret = record_bins(store, f, run, error);
	return ret;
}

/*
 * Whether a row is that of the only host. Such a row is not recorded, because
 * the row of all hosts has the same figures.
 */
static bool is_only_host(const struct operation_figures_list *list, size_t i)
{
	const struct operation_figures *f = &list->figures[i];

	return f->host && i && !list->figures[i - 1].host &&
	       (i + 1 == list->count || !list->figures[i + 1].host);
}

static int record_all(struct store *store, const struct run_summary *run,
		      const char *label, int64_t *id, struct input_error *error)
{
	int ret = record_fingerprint(store, run, error);
	size_t i;

	if (!ret)
		ret = record_run(store, run, label, id, error);
	if (!ret)
		ret = store_record_over_time(store, *id, &run->over_time,
					     error);
	for (i = 0; i < run->figures.count && !ret; i++) {
		if (!is_only_host(&run->figures, i))
			ret = record_figures(store, &run->figures.figures[i],
					     *id, error);
	}
	return ret;
}

static int find_known(struct store *store, const struct run_summary *run,
		      int64_t *id, bool *known, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store, "SELECT id FROM run WHERE end_ms = ? AND digest = ?",
		"read the history", error);
	int code;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, run->end_ms);
	sqlite3_bind_int64(s, 2, run_summary_digest(run));
	code = sqlite3_step(s);
	*known = code == SQLITE_ROW;
	if (*known)
		*id = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	return store_fail(store, "read the history", error);
}

int store_record(struct store *store, const struct run_summary *run,
		 const char *label, int64_t *id, bool *known,
		 struct input_error *error)
{
	int ret = store_begin(store, error);

	if (ret)
		return ret;
	ret = find_known(store, run, id, known, error);
	if (!ret && !*known)
		ret = record_all(store, run, label, id, error);
	return store_end(store, ret, error);
}
