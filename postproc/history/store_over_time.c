// SPDX-License-Identifier: GPL-2.0-only
/* Keeps the intervals of a run in the history, and reads them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/store_parts.h"
#include "util/array.h"

#define DOING     "write intervals to the history"
#define READING   "read intervals from the history"
#define ROW_BYTES 5

/* A row's number, and its count in four bytes, the lowest first. */
static size_t pack_rows(const struct time_series_point *point,
			unsigned char *data)
{
	unsigned char *p = data;

	for (unsigned int i = 0; i < TIME_SERIES_ROWS; i++) {
		uint32_t count = point->row[i];

		if (!count)
			continue;
		*p++ = (unsigned char)i;
		for (int shift = 0; shift < 32; shift += 8)
			*p++ = (unsigned char)(count >> shift);
	}
	return (size_t)(p - data);
}

static int unpack_rows(struct time_series_point *point,
		       const unsigned char *data, size_t size)
{
	if (size % ROW_BYTES)
		return -EINVAL;
	for (size_t i = 0; i < size; i += ROW_BYTES) {
		if (data[i] >= TIME_SERIES_ROWS)
			return -EINVAL;
		for (int k = 0; k < 4; k++)
			point->row[data[i]] |= (uint32_t)data[i + 1 + k]
					       << (8 * k);
	}
	return 0;
}

static int64_t ms(double seconds)
{
	return (int64_t)llround(seconds * 1e3);
}

/* The last interval is shorter than the others. */
static int64_t length_ms(const struct time_series *t, size_t i)
{
	int64_t length = ms(i + 1 < t->count ? t->interval_s : t->last_s);

	return length > 0 ? length : 1;
}

static int insert_point(struct store *store, sqlite3_stmt *s,
			const struct time_series *t, size_t at,
			struct input_error *error)
{
	const struct time_series_point *point = &t->point[at];
	unsigned char rows[TIME_SERIES_ROWS * ROW_BYTES];
	size_t size = pack_rows(point, rows);
	int code;

	sqlite3_bind_int64(s, 3, ms((double)at * t->interval_s));
	sqlite3_bind_int64(s, 4, length_ms(t, at));
	sqlite3_bind_int64(s, 5, (int64_t)point->operations);
	/* NaN, of an interval without an operation, becomes NULL. */
	for (int i = 0; i < TIME_SERIES_PERCENTILES; i++)
		sqlite3_bind_double(s, 6 + i, point->percentile_ns[i]);
	sqlite3_bind_blob(s, 6 + TIME_SERIES_PERCENTILES, rows, (int)size,
			  SQLITE_STATIC);
	code = sqlite3_step(s);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : store_fail(store, DOING, error);
}

int store_record_over_time(struct store *store, int64_t run,
			   const struct time_series_list *list,
			   struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store,
					"INSERT INTO over_time VALUES (?, ?, "
					"?, ?, ?, ?, ?, ?, ?, ?)",
					DOING, error);
	int ret = 0;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, run);
	for (size_t i = 0; i < list->count && !ret; i++) {
		const struct time_series *t = &list->over_time[i];

		sqlite3_bind_text(s, 2, t->operation, -1, SQLITE_STATIC);
		for (size_t k = 0; k < t->count && !ret; k++)
			ret = insert_point(store, s, t, k, error);
	}
	sqlite3_finalize(s);
	return ret;
}

/* Returns the operation's series, which is the last one, or adds it. */
static struct time_series *series_of(struct time_series_list *list,
				     const char *operation, double interval_s)
{
	struct time_series *t =
		list->count ? &list->over_time[list->count - 1] : NULL;

	if (t && !strcmp(t->operation, operation))
		return t;
	t = array_add(&list->over_time, &list->count);
	if (t) {
		t->operation = strdup(operation);
		t->interval_s = interval_s;
	}
	return t && t->operation ? t : NULL;
}

static int read_point(struct time_series_list *list, sqlite3_stmt *s)
{
	const char *operation = (const char *)sqlite3_column_text(s, 0);
	struct time_series_point *point = NULL;
	struct time_series *t;

	if (!operation || sqlite3_column_int64(s, 2) <= 0 ||
	    sqlite3_column_int64(s, 3) < 0)
		return -EINVAL;
	t = series_of(list, operation, sqlite3_column_double(s, 2) / 1e3);
	if (t)
		point = array_add(&t->point, &t->count);
	if (!point)
		return -ENOMEM;
	t->last_s = sqlite3_column_double(s, 2) / 1e3;
	point->operations = (uint64_t)sqlite3_column_int64(s, 3);
	for (int i = 0; i < TIME_SERIES_PERCENTILES; i++)
		point->percentile_ns[i] =
			sqlite3_column_type(s, 4 + i) == SQLITE_NULL
				? NAN
				: sqlite3_column_double(s, 4 + i);
	return unpack_rows(
		point, sqlite3_column_blob(s, 4 + TIME_SERIES_PERCENTILES),
		(size_t)sqlite3_column_bytes(s, 4 + TIME_SERIES_PERCENTILES));
}

int store_read_over_time(struct store *store, int64_t run,
			 struct time_series_list *list,
			 struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT operation, start_ms, interval_ms, operations, p50_ns, "
		"p95_ns, p99_ns, max_ns, counts FROM over_time WHERE run = ? "
		"ORDER BY operation, start_ms",
		READING, error);
	int code = SQLITE_ERROR, ret = 0;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, run);
	while (!ret && (code = sqlite3_step(s)) == SQLITE_ROW)
		ret = read_point(list, s);
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, READING, error);
	else if (ret == -ENOMEM)
		ret = input_error_no_memory(error);
	else if (ret)
		ret = store_damaged(store, error);
	sqlite3_finalize(s);
	return ret;
}
