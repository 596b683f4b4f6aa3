// SPDX-License-Identifier: GPL-2.0-only
/* What a watch shows on a terminal, and what it prints at its end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/watch.h"
#include "util/field.h"
#include "util/shown.h"

#define NS_PER_S      1e9
#define BYTES_PER_MIB 1048576.
#define NAMED_MAX     10 /* hosts that a summary names */
#define LINE_BYTES    1024
#define VALUE_BYTES   32

/* What a row of the table is sorted by: the least comes first. */
enum attention { SILENT, STALLED, WITH_ERRORS, NOT_HEARD, RUNS, ENDED };

struct row {
	const struct watch_host *host;
	enum attention attention;
};

static enum attention attention_of(const struct watch_host *h)
{
	if (h->named_ns)
		return SILENT;
	if (h->round.state == HEARTBEAT_STALLED)
		return STALLED;
	if (h->totals.errors)
		return WITH_ERRORS;
	if (!watch_is_expected(h))
		return ENDED;
	return h->threads ? RUNS : NOT_HEARD;
}

/* What a host does a second, for sorting: files, or else MiB. */
static double rate_of(const struct watch_host *h)
{
	return strcmp(h->round.operation, HEARTBEAT_CHUNKS) != 0
		       ? h->round.units_per_s
		       : h->round.mib_per_s;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double rate_x = rate_of(x->host), rate_y = rate_of(y->host);

	if (x->attention != y->attention)
		return x->attention < y->attention ? -1 : 1;
	if (rate_x < rate_y || rate_x > rate_y)
		return rate_x < rate_y ? -1 : 1;
	return strverscmp(x->host->name, y->host->name);
}

static double seconds(uint64_t ns)
{
	return (double)ns / NS_PER_S;
}

/* Writes a line's first `width` characters. */
static void put_line(FILE *out, const char *line, size_t width)
{
	const char *p = line;
	uint32_t c;

	for (size_t n = 0; n < width && *p; n++) {
		size_t length = shown_character(p, &c);

		p += length ? length : 1;
	}
	fprintf(out, "%.*s\033[K\n", (int)(p - line), line);
}

static const char *state_text(const struct watch_host *h)
{
	static const char *const names[] = {
		[HEARTBEAT_RUNS] = "runs",       [HEARTBEAT_IDLE] = "idle",
		[HEARTBEAT_STALLED] = "STALLED", [HEARTBEAT_ENDED] = "ended",
		[HEARTBEAT_SILENT] = "",
	};

	/* Its next job has not had a message yet. */
	if (h->round.state == HEARTBEAT_ENDED && watch_is_expected(h))
		return "waits";
	return names[h->round.state];
}

/* How much of the files is done, or how many where none are asked for. */
static const char *done_text(const struct heartbeat *b, char *text)
{
	*text = '\0';
	if (b->files_asked > 0)
		snprintf(text, VALUE_BYTES, "%.1f %%",
			 100. * (double)b->files_done / (double)b->files_asked);
	else if (b->files_done)
		snprintf(text, VALUE_BYTES, "%" PRIu64, b->files_done);
	return text;
}

/* How the table lies on the terminal: its names, and all behind them. */
struct host_columns {
	int names;
	size_t rest;
};

#define NAME_COLUMNS 14

/* Only whole columns are shown. Names get what the others leave. */
static struct host_columns columns_for(const struct watch *w, size_t width)
{
	/* Where the columns behind the names end. */
	static const size_t ends[] = { 76, 68, 61, 54, 46, 37, 28, 18, 10, 0 };
	struct host_columns columns = { NAME_COLUMNS, 0 };
	size_t i = 0;

	while (ends[i] && NAME_COLUMNS + 1 + ends[i] > width)
		i++;
	columns.rest = ends[i] ? ends[i] : width - NAME_COLUMNS - 1;
	for (size_t k = 0; !i && k < w->hosts; k++) {
		int name = field_columns(w->host[k].name);

		if (name > columns.names)
			columns.names = name;
	}
	if (!i && (size_t)columns.names > width - 1 - columns.rest)
		columns.names = (int)(width - 1 - columns.rest);
	return columns;
}

static void put_host(const struct watch_host *h, uint64_t now_ns, FILE *out,
		     const struct host_columns *columns)
{
	const struct heartbeat *b = &h->round;
	char line[LINE_BYTES], done[VALUE_BYTES];

	/* Of a silent host no figure is known. */
	if (h->named_ns)
		snprintf(line, sizeof(line), "SILENT for %.0f s",
			 seconds(now_ns - h->seen_ns));
	else if (!b->threads)
		snprintf(line, sizeof(line), "has not reported yet");
	else
		snprintf(line, sizeof(line),
			 "%-10.10s %-7s %9.1f %8.1f %8.3f %7s %6" PRIu64
			 " %6.0f %7.0f",
			 shown(b->operation), state_text(h), b->units_per_s,
			 b->mib_per_s, b->p99_ms, done_text(b, done),
			 h->totals.errors, b->cpu_user_pct + b->cpu_system_pct,
			 b->memory_mib);
	field_name(out, columns->names, h->name);
	fputc(' ', out);
	put_line(out, line, columns->rest);
}

static void put_head(FILE *out, const struct host_columns *columns)
{
	char line[LINE_BYTES];

	snprintf(line, sizeof(line), "%-10s %-7s %9s %8s %8s %7s %6s %6s %7s",
		 "operation", "state", "a second", "MiB/s", "p99 ms", "done",
		 "errors", "CPU %", "MiB");
	fprintf(out, "%-*s ", columns->names, "host");
	put_line(out, line, columns->rest);
}

static void put_all(const struct watch *w, uint64_t now_ns, FILE *out,
		    size_t width)
{
	double units_per_s = 0, mib_per_s = 0;
	size_t silent = 0, running = 0;
	char line[LINE_BYTES];
	uint64_t errors = 0;

	for (size_t i = 0; i < w->hosts; i++) {
		const struct watch_host *h = &w->host[i];

		errors += h->totals.errors;
		silent += h->named_ns != 0;
		if (h->named_ns || !h->threads || !watch_is_expected(h))
			continue;
		running++;
		if (h->round.state == HEARTBEAT_ENDED)
			continue;
		units_per_s += h->round.units_per_s;
		mib_per_s += h->round.mib_per_s;
	}
	snprintf(line, sizeof(line),
		 "%s%.0f s, %zu host%s: %zu run, %zu SILENT; %.1f a second, "
		 "%.1f MiB/s, %" PRIu64 " errors",
		 w->stamp, seconds(now_ns - w->began_ns), w->hosts,
		 w->hosts == 1 ? "" : "s", running, silent, units_per_s,
		 mib_per_s, errors);
	put_line(out, line, width);
}

/* Returns the hosts, sorted, or NULL without memory. The caller frees them. */
static struct row *sorted(const struct watch *w)
{
	struct row *rows = calloc(w->hosts + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < w->hosts; i++)
		rows[i] = (struct row){
			.host = &w->host[i],
			.attention = attention_of(&w->host[i]),
		};
	if (rows)
		qsort(rows, w->hosts, sizeof(*rows), compare_rows);
	return rows;
}

size_t watch_table(const struct watch *w, uint64_t now_ns, FILE *out,
		   size_t width, size_t lines)
{
	struct row *rows = sorted(w);
	char line[VALUE_BYTES * 2];
	size_t shown_hosts = w->hosts;
	struct host_columns columns;

	if (!rows || lines < 4 || width <= NAME_COLUMNS) {
		free(rows);
		return 0;
	}
	if (shown_hosts > lines - 2)
		shown_hosts = lines - 3;
	put_all(w, now_ns, out, width);
	columns = columns_for(w, width);
	put_head(out, &columns);
	for (size_t i = 0; i < shown_hosts; i++)
		put_host(rows[i].host, now_ns, out, &columns);
	free(rows);
	if (shown_hosts == w->hosts)
		return shown_hosts + 2;
	snprintf(line, sizeof(line), "and %zu hosts that do better",
		 w->hosts - shown_hosts);
	put_line(out, line, width);
	return shown_hosts + 3;
}

static void print_named(const struct watch *w, const struct watch_host *h,
			uint64_t now_ns)
{
	uint64_t silences = h->totals.silences + (h->named_ns != 0);
	uint64_t silent_ns = h->totals.silent_ns;

	if (h->named_ns)
		silent_ns += now_ns - h->seen_ns;
	fprintf(w->out, "%s%s: ", w->stamp, shown(h->name));
	if (silences)
		fprintf(w->out, "silent %" PRIu64 " time%s, %.0f s%s", silences,
			silences == 1 ? "" : "s", seconds(silent_ns),
			h->totals.errors ? ", " : "");
	if (h->totals.errors)
		fprintf(w->out, "%" PRIu64 " errors", h->totals.errors);
	fputc('\n', w->out);
}

void watch_summary(const struct watch *w, uint64_t now_ns)
{
	double time_s = seconds(now_ns - w->began_ns), units = 0, bytes = 0;
	uint64_t errors = 0, named = 0;

	for (size_t i = 0; i < w->hosts; i++) {
		const struct watch_host *h = &w->host[i];

		units += h->totals.units;
		bytes += h->totals.bytes;
		errors += h->totals.errors;
		if (!h->totals.errors && !h->totals.silences && !h->named_ns)
			continue;
		if (named++ < NAMED_MAX)
			print_named(w, h, now_ns);
	}
	if (named > NAMED_MAX)
		fprintf(w->out,
			"%sand %" PRIu64 " more hosts were silent or had "
			"errors\n",
			w->stamp, named - NAMED_MAX);
	fprintf(w->out,
		"%sin %.0f s: %zu host%s, %.0f files or chunks, %.1f MiB, %.1f "
		"a second, %.1f MiB/s, %" PRIu64 " errors\n",
		w->stamp, time_s, w->hosts, w->hosts == 1 ? "" : "s", units,
		bytes / BYTES_PER_MIB, time_s > 0 ? units / time_s : 0,
		time_s > 0 ? bytes / BYTES_PER_MIB / time_s : 0, errors);
	fflush(w->out);
}
