// SPDX-License-Identifier: GPL-2.0-only
/* Reads heartbeats from the history, and puts them into intervals. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/soak.h"
#include "history/soak_parts.h"
#include "history/store_parts.h"
#include "util/array.h"

#define DOING           "read a soak"
#define INTERVAL_MIN_MS 1000
/* A host is not heard after twice its interval and this. */
#define SPARE_MS 10000

#define INFO                                                                   \
	"SELECT id, label, began_ms, coalesce((SELECT max(time_ms) FROM "      \
	"heartbeat WHERE soak = soak.id), began_ms), ended, "                  \
	"(SELECT count(*) FROM soak_host WHERE soak = soak.id) FROM soak "

/* Times of other programs' rows that nothing is computed with: 31,000 years. */
static bool is_time(int64_t ms)
{
	return ms > -INT64_C(1000000000000000) &&
	       ms < INT64_C(1000000000000000);
}

static char *copy(const unsigned char *text)
{
	return strdup(text ? (const char *)text : "");
}

static int fill_info(struct soak_info *info, sqlite3_stmt *s,
		     struct input_error *error)
{
	const unsigned char *label = sqlite3_column_text(s, 1);

	info->id = sqlite3_column_int64(s, 0);
	info->label = label ? copy(label) : NULL;
	info->began_ms = sqlite3_column_int64(s, 2);
	info->last_ms = sqlite3_column_int64(s, 3);
	info->ended = sqlite3_column_int(s, 4);
	info->hosts = (uint64_t)sqlite3_column_int64(s, 5);
	/* A clock may have been set back. */
	if (info->last_ms < info->began_ms)
		info->last_ms = info->began_ms;
	return label && !info->label ? input_error_no_memory(error) : 0;
}

int soak_list_read(struct store *store, struct soak_list *list,
		   struct input_error *error)
{
	sqlite3_stmt *s =
		store_prepare(store, INFO "ORDER BY id", DOING, error);
	int code = SQLITE_ERROR, ret = 0;

	if (!s)
		return -EINVAL;
	while (!ret && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct soak_info *info = array_add(&list->soak, &list->count);

		ret = info ? fill_info(info, s, error)
			   : input_error_no_memory(error);
	}
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, DOING, error);
	sqlite3_finalize(s);
	return ret;
}

void soak_list_free(struct soak_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->soak[i].label);
	free(list->soak);
	memset(list, 0, sizeof(*list));
}

static int read_info(struct store *store, int64_t id, struct soak *soak,
		     struct input_error *error)
{
	sqlite3_stmt *s =
		store_prepare(store, INFO "WHERE id = ?", DOING, error);
	int code, ret = 0;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, id);
	code = sqlite3_step(s);
	error->path = store->path;
	if (code == SQLITE_ROW)
		ret = fill_info(&soak->info, s, error);
	else if (code == SQLITE_DONE)
		ret = input_error_set(error, INPUT_DATABASE, 0, 0,
				      "expected the number of a soak, found "
				      "%" PRId64 ", which the history does not "
				      "have; `smallfio history` lists them",
				      id);
	else
		ret = store_fail(store, DOING, error);
	sqlite3_finalize(s);
	if (!ret &&
	    (!is_time(soak->info.began_ms) || !is_time(soak->info.last_ms)))
		ret = store_damaged(store, error);
	return ret;
}

static int read_hosts(struct store *store, struct soak *soak,
		      struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT id, name FROM soak_host WHERE soak = ? ORDER BY id",
		DOING, error);
	int code = SQLITE_ERROR, ret = 0;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, soak->info.id);
	while (!ret && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct soak_host *h = array_add(&soak->host, &soak->hosts);

		if (h) {
			h->number = soak->hosts - 1;
			h->id = sqlite3_column_int64(s, 0);
			h->name = copy(sqlite3_column_text(s, 1));
			h->p99_ns = NAN;
			h->counted = h->counted_silent = -1;
		}
		if (!h || !h->name)
			ret = input_error_no_memory(error);
	}
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, DOING, error);
	sqlite3_finalize(s);
	return ret;
}

/* Returns a length that cuts the soak into at most `most` intervals. */
static int64_t fitting(int64_t whole_ms, size_t most)
{
	static const int64_t seconds[] = {
		1,     2,     5,     10,    20,     30,    60,
		120,   300,   600,   1200,  1800,   3600,  7200,
		14400, 21600, 43200, 86400, 172800, 604800
	};
	size_t i = 0, last = sizeof(seconds) / sizeof(*seconds) - 1;

	while (i < last && whole_ms > (int64_t)most * seconds[i] * 1000)
		i++;
	return seconds[i] * 1000;
}

static int make_intervals(struct soak *soak, int64_t interval_ms, size_t most,
			  struct input_error *error)
{
	int64_t whole_ms = soak->info.last_ms - soak->info.began_ms;

	soak->interval_ms = interval_ms ? interval_ms : fitting(whole_ms, most);
	if (whole_ms / soak->interval_ms >= SOAK_INTERVALS_MAX)
		return input_error_set(error, INPUT_TOO_MANY, 0, 0,
				       "expected at most %d intervals, found a "
				       "soak of %" PRId64 " s; ask for longer "
				       "ones",
				       SOAK_INTERVALS_MAX, whole_ms / 1000);
	soak->intervals = (size_t)((whole_ms + soak->interval_ms - 1) /
				   soak->interval_ms);
	soak->intervals += !soak->intervals;
	soak->interval = calloc(soak->intervals, sizeof(*soak->interval));
	return soak->interval ? 0 : input_error_no_memory(error);
}

/* Finds an operation, or adds it with empty points. NULL: no memory. */
static struct soak_operation *operation_of(struct soak *soak, const char *name)
{
	struct soak_operation *o;

	for (size_t i = 0; i < soak->operations; i++)
		if (!strcmp(soak->operation[i].name, name))
			return &soak->operation[i];
	o = array_add(&soak->operation, &soak->operations);
	if (!o)
		return NULL;
	o->name = strdup(name);
	o->point = calloc(soak->intervals, sizeof(*o->point));
	if (soak->by_host)
		o->host_units = calloc(soak->hosts * soak->intervals,
				       sizeof(*o->host_units));
	if (!o->name || !o->point || (soak->by_host && !o->host_units))
		return NULL;
	for (size_t i = 0; i < soak->intervals; i++)
		o->point[i].p99_ns = o->point[i].max_ns = NAN;
	return o;
}

static struct soak_host *host_of(struct soak *soak, int64_t id)
{
	size_t low = 0, high = soak->hosts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (soak->host[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < soak->hosts && soak->host[low].id == id ? &soak->host[low]
							     : NULL;
}

/* A row of the database: a heartbeat of the time from begin_ms to end_ms. */
struct beat_row {
	struct soak_host *host;
	const char *operation;
	bool silent, ended;
	int64_t begin_ms, end_ms;
	double units, bytes, p99_ns, max_ns, cpu_pct, memory_mib;
	uint64_t errors;
};

static double number(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_NULL
		       ? NAN
		       : sqlite3_column_double(s, column);
}

/* False: another program wrote the row, or its host. */
static bool read_beat(struct soak *soak, sqlite3_stmt *s, struct beat_row *b)
{
	const char *state = (const char *)sqlite3_column_text(s, 3);
	int64_t length_ms = sqlite3_column_int64(s, 4);

	b->host = host_of(soak, sqlite3_column_int64(s, 1));
	b->operation = (const char *)sqlite3_column_text(s, 2);
	b->end_ms = sqlite3_column_int64(s, 0);
	if (!b->host || !b->operation || !state || length_ms < 0 ||
	    !is_time(length_ms) || !is_time(b->end_ms))
		return false;
	b->silent = !strcmp(state, soak_states[HEARTBEAT_SILENT]);
	b->ended = !strcmp(state, soak_states[HEARTBEAT_ENDED]);
	b->begin_ms = b->end_ms - (length_ms ? length_ms : 1);
	b->units = sqlite3_column_double(s, 5);
	b->bytes = sqlite3_column_double(s, 6);
	b->errors = (uint64_t)sqlite3_column_int64(s, 7);
	b->p99_ns = number(s, 8);
	b->max_ns = number(s, 9);
	b->cpu_pct = sqlite3_column_double(s, 10);
	b->memory_mib = sqlite3_column_double(s, 11) / 1024;
	return true;
}

static double latest(double a, double b)
{
	return isnan(a) || b > a ? b : a;
}

/* The part of a heartbeat that lies in an interval goes to that interval. */
static void add_share(const struct soak *soak, struct soak_operation *o,
		      const struct beat_row *b, size_t i)
{
	struct soak_point *point = &o->point[i];
	int64_t from = soak->info.began_ms + (int64_t)i * soak->interval_ms;
	int64_t to = from + soak->interval_ms;
	double part;

	from = b->begin_ms > from ? b->begin_ms : from;
	to = b->end_ms < to ? b->end_ms : to;
	if (to <= from)
		return;
	part = (double)(to - from) / (double)(b->end_ms - b->begin_ms);
	point->units += part * b->units;
	if (o->host_units)
		o->host_units[b->host->number * soak->intervals + i] +=
			(float)(part * b->units);
	point->bytes += part * b->bytes;
	point->errors += part * (double)b->errors;
	point->p99_ns = latest(point->p99_ns, b->p99_ns);
	point->max_ns = latest(point->max_ns, b->max_ns);
	point->cpu_pct +=
		b->cpu_pct * (double)(to - from) / (double)soak->interval_ms;
}

/* Returns the interval of a time; the first or last for one outside. */
static size_t index_of(const struct soak *soak, int64_t ms)
{
	int64_t i = (ms - soak->info.began_ms) / soak->interval_ms;

	if (ms <= soak->info.began_ms)
		return 0;
	return i < (int64_t)soak->intervals ? (size_t)i : soak->intervals - 1;
}

/* Counts the host once in each interval that the heartbeat covers. */
static void count_host(struct soak *soak, const struct beat_row *b,
		       size_t first, size_t last)
{
	struct soak_host *h = b->host;
	int64_t *counted = b->silent ? &h->counted_silent : &h->counted;

	for (size_t i = first; i <= last; i++) {
		if ((int64_t)i <= *counted)
			continue;
		*counted = (int64_t)i;
		if (b->silent)
			soak->interval[i].silent++;
		else
			soak->interval[i].hosts++;
	}
}

/* Notes a time in which the host should have been heard, and was not. */
static void add_host_time(struct soak_host *h, const struct beat_row *b)
{
	int64_t limit_ms = 2 * (b->end_ms - b->begin_ms) + SPARE_MS;

	if (h->seen_ms && !h->ended && b->begin_ms - h->seen_ms > limit_ms) {
		h->gaps++;
		h->silent_s += (double)(b->begin_ms - h->seen_ms) / 1e3;
	}
	if (b->end_ms > h->seen_ms)
		h->seen_ms = b->end_ms;
	h->ended = b->ended;
	h->heard_s += (double)(b->end_ms - b->begin_ms) / 1e3;
	h->units += b->units;
	h->bytes += b->bytes;
	h->errors += b->errors;
	h->p99_ns = latest(h->p99_ns, b->p99_ns);
	h->memory_mib = latest(h->memory_mib, b->memory_mib);
}

static int add_gap(struct soak *soak, int64_t heard_ms,
		   const struct beat_row *b)
{
	int64_t limit_ms = 2 * (b->end_ms - b->begin_ms) + SPARE_MS;
	struct soak_gap *gap;

	if (b->begin_ms - heard_ms <= limit_ms)
		return 0;
	gap = array_add(&soak->gap, &soak->gaps);
	if (!gap)
		return -ENOMEM;
	gap->from_ms = heard_ms;
	gap->to_ms = b->begin_ms;
	return 0;
}

/* Heartbeats come in the order of their ends. */
static void add_active(struct soak_operation *o, const struct beat_row *b)
{
	int64_t from_ms =
		b->begin_ms > o->active_to_ms ? b->begin_ms : o->active_to_ms;

	if (b->end_ms <= from_ms)
		return;
	o->active_s += (double)(b->end_ms - from_ms) / 1e3;
	o->active_to_ms = b->end_ms;
}

/* The time from *heard_ms, up to when any host was heard, is heard now. */
static void add_heard(struct soak *soak, const struct beat_row *b,
		      int64_t *heard_ms)
{
	int64_t from_ms = b->begin_ms > *heard_ms ? b->begin_ms : *heard_ms;

	if (b->end_ms <= from_ms)
		return;
	for (size_t i = index_of(soak, from_ms);
	     i <= index_of(soak, b->end_ms - 1); i++) {
		int64_t from =
			soak->info.began_ms + (int64_t)i * soak->interval_ms;
		int64_t to = from + soak->interval_ms;

		from = from > from_ms ? from : from_ms;
		to = to < b->end_ms ? to : b->end_ms;
		soak->interval[i].heard_ms += to > from ? to - from : 0;
	}
	*heard_ms = b->end_ms;
}

/* `heard_ms`: up to when any host was heard. */
static int add_beat(struct soak *soak, const struct beat_row *b,
		    int64_t *heard_ms)
{
	size_t first = index_of(soak, b->begin_ms);
	size_t last = index_of(soak, b->end_ms - 1);
	struct soak_operation *o;
	int ret;

	count_host(soak, b, first, last);
	if (b->silent)
		return 0;
	ret = add_gap(soak, *heard_ms, b);
	o = ret ? NULL : operation_of(soak, b->operation);
	if (!o)
		return -ENOMEM;
	add_heard(soak, b, heard_ms);
	add_host_time(b->host, b);
	add_active(o, b);
	for (size_t i = first; i <= last; i++)
		add_share(soak, o, b, i);
	return 0;
}

static int read_beats(struct store *store, struct soak *soak,
		      struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT time_ms, host, operation, state, interval_ms, units, "
		"bytes, errors, p99_ns, max_ns, coalesce(cpu_user_pct, 0) + "
		"coalesce(cpu_system_pct, 0), memory_kib FROM heartbeat "
		"WHERE soak = ? AND time_ms <= ? ORDER BY time_ms",
		DOING, error);
	int64_t heard_ms = soak->info.began_ms;
	int code = SQLITE_ERROR, ret = 0;
	struct beat_row row;

	if (!s)
		return -EINVAL;
	sqlite3_bind_int64(s, 1, soak->info.id);
	sqlite3_bind_int64(s, 2, soak->info.last_ms);
	while (!ret && (code = sqlite3_step(s)) == SQLITE_ROW) {
		if (!read_beat(soak, s, &row))
			ret = store_damaged(store, error);
		else if (add_beat(soak, &row, &heard_ms))
			ret = input_error_no_memory(error);
	}
	if (!ret && code != SQLITE_DONE)
		ret = store_fail(store, DOING, error);
	sqlite3_finalize(s);
	return ret;
}

static int compare_hosts(const void *a, const void *b)
{
	return strverscmp(((const struct soak_host *)a)->name,
			  ((const struct soak_host *)b)->name);
}

int soak_read(struct store *store, int64_t id, int64_t interval_ms, size_t most,
	      struct soak *soak, struct input_error *error)
{
	/* The soak stays as it is now, whatever is written meanwhile. */
	int ret = store_execute(store, "BEGIN", DOING, error);

	if (ret)
		return ret;
	ret = read_info(store, id, soak, error);
	if (!ret)
		ret = make_intervals(soak, interval_ms, most, error);
	if (!ret)
		ret = read_hosts(store, soak, error);
	if (!ret)
		ret = read_beats(store, soak, error);
	if (soak->hosts)
		qsort(soak->host, soak->hosts, sizeof(*soak->host),
		      compare_hosts);
	return store_end(store, ret, error);
}

void soak_free(struct soak *soak)
{
	for (size_t i = 0; i < soak->operations; i++) {
		free(soak->operation[i].name);
		free(soak->operation[i].point);
		free(soak->operation[i].host_units);
	}
	for (size_t i = 0; i < soak->hosts; i++)
		free(soak->host[i].name);
	free(soak->operation);
	free(soak->host);
	free(soak->interval);
	free(soak->gap);
	free(soak->info.label);
	memset(soak, 0, sizeof(*soak));
}
