// SPDX-License-Identifier: GPL-2.0-only
/* A soak as text, CSV and JSON (schema/soak-1.schema.json). */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "history/soak.h"
#include "history/timeline.h"
#include "util/field.h"
#include "util/json_out.h"
#include "util/shown.h"

#define BYTES_PER_MIB 1048576.
#define HOST_COLUMNS  16
#define NAMED_MAX     10 /* hosts that a text names */

static int64_t start_ms(const struct soak *soak, size_t i)
{
	return soak->info.began_ms + (int64_t)i * soak->interval_ms;
}

/* The last interval goes up to the newest heartbeat. */
static double per_s(const struct soak *soak, size_t i, double count)
{
	int64_t length_ms = soak->info.last_ms - start_ms(soak, i);

	if (length_ms > soak->interval_ms)
		length_ms = soak->interval_ms;
	return length_ms > 0 ? count / ((double)length_ms / 1e3) : 0;
}

/* Whether the operation did anything, or failed, in the interval. */
static bool is_filled(const struct soak_point *p)
{
	return p->units > 0 || p->errors > 0 || p->cpu_pct > 0;
}

static void put_info(FILE *out, const struct soak_info *info)
{
	char from[TIMELINE_TIME_MAX], to[TIMELINE_TIME_MAX];

	fprintf(out,
		"soak %" PRId64 "%s%s: %s to %s UTC, %s, %" PRIu64 " host%s\n",
		info->id, info->label ? " " : "",
		info->label ? shown(info->label) : "",
		timeline_time(from, info->began_ms),
		timeline_time(to, info->last_ms),
		info->ended ? "ended" : "goes on, or was broken off",
		info->hosts, info->hosts == 1 ? "" : "s");
}

void soak_list_text(FILE *out, const struct soak_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_info(out, &list->soak[i]);
}

static void put_point(FILE *out, const struct soak *soak, size_t i,
		      const struct soak_operation *o)
{
	const struct soak_point *p = &o->point[i];
	const struct soak_interval *all = &soak->interval[i];
	char time[TIMELINE_TIME_MAX];

	fprintf(out, "%s %6" PRIu32 " %6" PRIu32 "  ",
		timeline_time(time, start_ms(soak, i)), all->hosts,
		all->silent);
	field_name(out, HOST_COLUMNS, o->name);
	field_real(out, 11, 1, per_s(soak, i, p->units));
	field_real(out, 10, 1, per_s(soak, i, p->bytes) / BYTES_PER_MIB);
	field_real(out, 10, 3, p->p99_ns / 1e6);
	field_real(out, 8, 0, p->errors);
	field_real(out, 7, 0, p->cpu_pct);
	fputc('\n', out);
}

/* An interval in which nothing was done has a line, too. */
static void put_interval(FILE *out, const struct soak *soak, size_t i)
{
	const struct soak_interval *all = &soak->interval[i];
	char time[TIMELINE_TIME_MAX];
	size_t filled = 0;

	for (size_t k = 0; k < soak->operations; k++) {
		if (!is_filled(&soak->operation[k].point[i]))
			continue;
		put_point(out, soak, i, &soak->operation[k]);
		filled++;
	}
	if (!filled)
		fprintf(out, "%s %6" PRIu32 " %6" PRIu32 "  %s\n",
			timeline_time(time, start_ms(soak, i)), all->hosts,
			all->silent,
			all->heard_ms ? "nothing was done"
				      : "nothing was heard");
}

static void put_gaps(FILE *out, const struct soak *soak)
{
	char from[TIMELINE_TIME_MAX], to[TIMELINE_TIME_MAX];

	for (size_t i = 0; i < soak->gaps; i++)
		fprintf(out,
			"gap: from %s to %s nothing was heard (%" PRId64
			" s)\n",
			timeline_time(from, soak->gap[i].from_ms),
			timeline_time(to, soak->gap[i].to_ms),
			(soak->gap[i].to_ms - soak->gap[i].from_ms) / 1000);
}

/* The hosts that were silent for longest come first, then those with errors. */
static int compare_need(const void *a, const void *b)
{
	const struct soak_host *x = *(const struct soak_host *const *)a;
	const struct soak_host *y = *(const struct soak_host *const *)b;

	if (x->silent_s < y->silent_s || x->silent_s > y->silent_s)
		return x->silent_s > y->silent_s ? -1 : 1;
	if (x->errors != y->errors)
		return x->errors > y->errors ? -1 : 1;
	return strverscmp(x->name, y->name);
}

static void put_host(FILE *out, const struct soak_host *h)
{
	fprintf(out, "%s: ", shown(h->name));
	if (h->gaps)
		fprintf(out, "not heard %" PRIu64 " time%s, %.0f s%s", h->gaps,
			h->gaps == 1 ? "" : "s", h->silent_s,
			h->errors ? ", " : "");
	if (h->errors)
		fprintf(out, "%" PRIu64 " errors", h->errors);
	fputc('\n', out);
}

/* A host that was not heard when no other was needs no line. */
static int put_hosts(FILE *out, const struct soak *soak)
{
	const struct soak_host **named =
		calloc(soak->hosts + 1, sizeof(*named));
	size_t count = 0;

	if (!named)
		return -1;
	for (size_t i = 0; i < soak->hosts; i++)
		if (soak->host[i].gaps > soak->gaps || soak->host[i].errors)
			named[count++] = &soak->host[i];
	qsort(named, count, sizeof(*named), compare_need);
	for (size_t i = 0; i < count && i < NAMED_MAX; i++)
		put_host(out, named[i]);
	if (count > NAMED_MAX)
		fprintf(out,
			"and %zu more hosts that were not heard or had "
			"errors\n",
			count - NAMED_MAX);
	free(named);
	return 0;
}

int soak_text(FILE *out, const struct soak *soak)
{
	put_info(out, &soak->info);
	fprintf(out, "intervals of %" PRId64 " s\n", soak->interval_ms / 1000);
	fprintf(out, "%-19s %6s %6s  %-*s%11s%10s%10s%8s%7s\n", "time (UTC)",
		"hosts", "silent", HOST_COLUMNS, "operation", "a second",
		"MiB/s", "p99 ms", "errors", "CPU %");
	for (size_t i = 0; i < soak->intervals; i++)
		put_interval(out, soak, i);
	put_gaps(out, soak);
	return put_hosts(out, soak);
}

int soak_csv(FILE *out, const struct soak *soak)
{
	fputs("time_ms,interval_ms,operation,hosts,silent,units,bytes,errors,"
	      "p99_ns,max_ns,cpu_pct\n",
	      out);
	for (size_t i = 0; i < soak->intervals; i++) {
		for (size_t k = 0; k < soak->operations; k++) {
			const struct soak_operation *o = &soak->operation[k];
			const struct soak_point *p = &o->point[i];

			fprintf(out, "%" PRId64 ",%" PRId64 ",",
				start_ms(soak, i), soak->interval_ms);
			field_csv(out, o->name);
			fprintf(out, ",%" PRIu32 ",%" PRIu32 ",%.0f,%.0f,%.0f,",
				soak->interval[i].hosts,
				soak->interval[i].silent, p->units, p->bytes,
				p->errors);
			field_csv_real(out, p->p99_ns);
			fputc(',', out);
			field_csv_real(out, p->max_ns);
			fputc(',', out);
			field_csv_real(out, p->cpu_pct);
			fputc('\n', out);
		}
	}
	return 0;
}

static void json_points(struct json_out *json, const struct soak *soak,
			const struct soak_operation *o)
{
	json_out_open(json, "points", '[');
	for (size_t i = 0; i < soak->intervals; i++) {
		const struct soak_point *p = &o->point[i];

		json_out_open(json, NULL, '{');
		json_out_int(json, "time_ms", start_ms(soak, i));
		json_out_real(json, "units", p->units);
		json_out_real(json, "bytes", p->bytes);
		json_out_real(json, "errors", p->errors);
		json_out_real(json, "p99_ns", p->p99_ns);
		json_out_real(json, "max_ns", p->max_ns);
		json_out_real(json, "cpu_pct", p->cpu_pct);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void json_operations(struct json_out *json, const struct soak *soak)
{
	json_out_open(json, "operations", '[');
	for (size_t k = 0; k < soak->operations; k++) {
		json_out_open(json, NULL, '{');
		json_out_string(json, "operation", soak->operation[k].name);
		json_points(json, soak, &soak->operation[k]);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void json_intervals(struct json_out *json, const struct soak *soak)
{
	json_out_open(json, "intervals", '[');
	for (size_t i = 0; i < soak->intervals; i++) {
		json_out_open(json, NULL, '{');
		json_out_int(json, "time_ms", start_ms(soak, i));
		json_out_int(json, "hosts", soak->interval[i].hosts);
		json_out_int(json, "silent", soak->interval[i].silent);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
	json_out_open(json, "gaps", '[');
	for (size_t i = 0; i < soak->gaps; i++) {
		json_out_open(json, NULL, '{');
		json_out_int(json, "from_ms", soak->gap[i].from_ms);
		json_out_int(json, "to_ms", soak->gap[i].to_ms);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void json_hosts(struct json_out *json, const struct soak *soak)
{
	json_out_open(json, "hosts", '[');
	for (size_t i = 0; i < soak->hosts; i++) {
		const struct soak_host *h = &soak->host[i];

		json_out_open(json, NULL, '{');
		json_out_string(json, "host", h->name);
		json_out_real(json, "units", h->units);
		json_out_real(json, "bytes", h->bytes);
		json_out_int(json, "errors", (int64_t)h->errors);
		json_out_real(json, "heard_s", h->heard_s);
		json_out_real(json, "not_heard_s", h->silent_s);
		json_out_int(json, "not_heard", (int64_t)h->gaps);
		json_out_real(json, "p99_ns", h->p99_ns);
		json_out_real(json, "memory_mib", h->memory_mib);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

int soak_json(FILE *out, const struct soak *soak)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", "smallfio-soak-1");
	json_out_int(&json, "soak", soak->info.id);
	json_out_string(&json, "label", soak->info.label);
	json_out_int(&json, "began_ms", soak->info.began_ms);
	json_out_int(&json, "last_ms", soak->info.last_ms);
	json_out_bool(&json, "ended", soak->info.ended);
	json_out_int(&json, "interval_ms", soak->interval_ms);
	json_operations(&json, soak);
	json_intervals(&json, soak);
	json_hosts(&json, soak);
	json_out_close(&json, '}');
	return 0;
}
