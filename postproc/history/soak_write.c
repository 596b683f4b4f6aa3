// SPDX-License-Identifier: GPL-2.0-only
/* Writes heartbeats into the history as they come. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/soak.h"
#include "history/soak_parts.h"
#include "history/store_parts.h"
#include "util/array.h"

#define DOING "write heartbeats to the history"

const char *const soak_states[SOAK_STATES] = {
	[HEARTBEAT_RUNS] = "runs",     [HEARTBEAT_STALLED] = "stalled",
	[HEARTBEAT_IDLE] = "idle",     [HEARTBEAT_ENDED] = "ended",
	[HEARTBEAT_SILENT] = "silent",
};

static int find_open(struct soak_writer *w, const char *label,
		     struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		w->store,
		"SELECT id, (SELECT max(time_ms) FROM heartbeat WHERE soak = "
		"soak.id) FROM soak WHERE label IS ? AND NOT ended "
		"ORDER BY id DESC LIMIT 1",
		DOING, error);
	int code;

	if (!s)
		return -EINVAL;
	sqlite3_bind_text(s, 1, label, -1, SQLITE_STATIC);
	code = sqlite3_step(s);
	w->goes_on = code == SQLITE_ROW;
	if (w->goes_on) {
		w->soak = sqlite3_column_int64(s, 0);
		w->last_ms = sqlite3_column_int64(s, 1);
	}
	sqlite3_finalize(s);
	return code == SQLITE_ROW || code == SQLITE_DONE
		       ? 0
		       : store_fail(w->store, DOING, error);
}

/* The database has whole numbers below 2^63. */
static sqlite3_int64 whole(double value)
{
	return value < 9e18 ? (sqlite3_int64)value : INT64_MAX;
}

/* The begin of the time that the heartbeats are about. */
static int64_t first_ms(const struct soak_writer *w)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < w->count; i++) {
		const struct heartbeat *b = &w->waiting[i];
		int64_t begin = b->time_ms - whole(b->interval_s * 1e3);

		first = begin < first ? begin : first;
	}
	return first;
}

/* A soak without a heartbeat is not in the history. */
static int insert_soak(struct soak_writer *w, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		w->store, "INSERT INTO soak (label, began_ms) VALUES (?, ?)",
		DOING, error);
	int ret;

	if (!s)
		return -EINVAL;
	sqlite3_bind_text(s, 1, w->label, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, first_ms(w));
	ret = store_step(w->store, s, DOING, error);
	w->soak = sqlite3_last_insert_rowid(w->store->db);
	return ret;
}

int soak_begin(struct soak_writer *w, struct store *store, const char *label,
	       struct input_error *error)
{
	w->store = store;
	w->label = label;
	return find_open(w, label, error);
}

int soak_add(struct soak_writer *w, const struct heartbeat *beat)
{
	struct heartbeat *added;

	if (w->count == SOAK_WAITING_MAX) {
		w->lost++;
		return 0;
	}
	added = array_add(&w->waiting, &w->count);
	if (!added)
		return -ENOMEM;
	*added = *beat;
	return 0;
}

static void bind_figures(sqlite3_stmt *s, const struct heartbeat *b)
{
	sqlite3_bind_text(s, 4, b->operation, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, soak_states[b->state], -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 6, whole(b->interval_s * 1e3));
	sqlite3_bind_int64(s, 7, b->threads);
	sqlite3_bind_int64(s, 8, whole((double)b->units));
	sqlite3_bind_int64(s, 9, whole((double)b->bytes));
	sqlite3_bind_int64(s, 10, whole((double)b->errors));
	if (b->rates && b->p99_ms > 0)
		sqlite3_bind_int64(s, 11, whole(b->p99_ms * 1e6));
	if (b->rates && b->max_ms > 0)
		sqlite3_bind_int64(s, 12, whole(b->max_ms * 1e6));
	if (!b->has_usage)
		return;
	sqlite3_bind_double(s, 13, b->cpu_user_pct);
	sqlite3_bind_double(s, 14, b->cpu_system_pct);
	sqlite3_bind_int64(s, 15, whole(b->memory_mib * 1024));
}

static int run_again(struct store *store, sqlite3_stmt *s,
		     struct input_error *error)
{
	int code = sqlite3_step(s);

	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : store_fail(store, DOING, error);
}

static int insert_beats(struct soak_writer *w, sqlite3_stmt *host,
			sqlite3_stmt *beat, struct input_error *error)
{
	int ret = 0;

	for (size_t i = 0; i < w->count && !ret; i++) {
		const struct heartbeat *b = &w->waiting[i];

		sqlite3_bind_int64(host, 1, w->soak);
		sqlite3_bind_text(host, 2, b->host, -1, SQLITE_STATIC);
		ret = run_again(w->store, host, error);
		sqlite3_clear_bindings(beat);
		sqlite3_bind_int64(beat, 1, w->soak);
		sqlite3_bind_int64(beat, 2, b->time_ms);
		sqlite3_bind_text(beat, 3, b->host, -1, SQLITE_STATIC);
		bind_figures(beat, b);
		if (!ret)
			ret = run_again(w->store, beat, error);
	}
	return ret;
}

/* Rounds of one millisecond, as of text that came late, become one. */
static const char beat_sql[] =
	"INSERT INTO heartbeat VALUES (?1, ?2, (SELECT id FROM soak_host WHERE "
	"soak = ?1 AND name = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	"?14, ?15) ON CONFLICT DO UPDATE SET state = excluded.state, "
	"interval_ms = interval_ms + excluded.interval_ms, "
	"units = units + excluded.units, bytes = bytes + excluded.bytes, "
	"errors = errors + excluded.errors, "
	"p99_ns = max(coalesce(p99_ns, excluded.p99_ns), "
	"coalesce(excluded.p99_ns, p99_ns)), "
	"max_ns = max(coalesce(max_ns, excluded.max_ns), "
	"coalesce(excluded.max_ns, max_ns))";

static int insert_waiting(struct soak_writer *w, struct input_error *error)
{
	sqlite3_stmt *beat = NULL, *host;
	int ret = w->soak ? 0 : insert_soak(w, error);

	if (ret)
		return ret;
	host = store_prepare(
		w->store,
		"INSERT OR IGNORE INTO soak_host (soak, name) VALUES (?, ?)",
		DOING, error);
	if (host)
		beat = store_prepare(w->store, beat_sql, DOING, error);
	ret = beat ? insert_beats(w, host, beat, error) : -EINVAL;
	sqlite3_finalize(beat);
	sqlite3_finalize(host);
	return ret;
}

static void drop_waiting(struct soak_writer *w)
{
	free(w->waiting);
	w->waiting = NULL;
	w->count = 0;
}

int soak_flush(struct soak_writer *w, struct input_error *error)
{
	int64_t before = w->soak;
	int ret;

	if (!w->count)
		return 0;
	ret = store_begin(w->store, error);
	if (ret)
		return ret;
	ret = store_end(w->store, insert_waiting(w, error), error);
	if (ret)
		w->soak = before;
	else
		drop_waiting(w);
	return ret;
}

int soak_finish(struct soak_writer *w, bool ended, struct input_error *error)
{
	int ret = soak_flush(w, error);
	sqlite3_stmt *s;

	if (ret || !ended || !w->soak)
		return ret;
	s = store_prepare(w->store, "UPDATE soak SET ended = 1 WHERE id = ?",
			  DOING, error);
	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, w->soak);
	return store_step(w->store, s, DOING, error);
}

void soak_writer_free(struct soak_writer *w)
{
	drop_waiting(w);
}

int soak_remove(struct store *store, int64_t id, struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store, "DELETE FROM soak WHERE id = ?",
					"remove a soak", error);

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, id);
	return store_step(store, s, "remove a soak", error);
}
