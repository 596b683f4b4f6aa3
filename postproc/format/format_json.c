// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON, described by schema/stats-1.schema.json. A member is never left out: a
 * figure that cannot be told is null.
 */
#include <errno.h>
#include <math.h>

#include "format/format.h"
#include "util/json_out.h"

#define SCHEMA "smallfio-stats-1"

static void percentile(struct json_out *json, const struct percentile *p,
		       const struct bounded *b, uint64_t samples)
{
	const uint64_t e9 = 1000000000;

	json_out_open(json, NULL, '{');
	if (p->e9 % e9)
		json_out_real(json, "percentile", (long double)p->e9 / 1e9L);
	else
		json_out_int(json, "percentile", (int64_t)(p->e9 / e9));
	json_out_whole(json, "latency_ns", b->value_ns);
	json_out_whole(json, "low_ns", floorl(b->low_ns));
	json_out_whole(json, "high_ns", ceill(b->high_ns));
	json_out_bool(json, "enough_samples",
		      percentile_has_enough(p, samples));
	json_out_bool(json, "rough", latency_summary_is_rough(b));
	json_out_close(json, '}');
}

/* Writes them as a list, and again as "p99_ns" for who wants a name. */
void format_json_percentiles(struct json_out *json,
			     const struct percentiles *list,
			     const struct bounded *value, uint64_t samples)
{
	json_out_open(json, "percentiles", '[');
	for (size_t i = 0; i < list->count; i++)
		percentile(json, &list->p[i], &value[i], samples);
	json_out_close(json, ']');
	for (size_t i = 0; i < list->count; i++) {
		char key[PERCENTILE_NAME_MAX + 8];

		snprintf(key, sizeof(key), "p%s_ns", list->p[i].name);
		json_out_whole(json, key, value[i].value_ns);
	}
}

static void who(struct json_out *json, const struct stats_row *row)
{
	if (row->level == LEVEL_CLUSTER)
		json_out_null(json, "host");
	else
		json_out_string(json, "host", row->host);
	json_out_known(json, "thread", row->thread, LOG_THREAD_UNKNOWN);
	json_out_known(json, "fio_job", row->fio_job, LOG_FIO_JOB_UNKNOWN);
}

void format_json_pauses(struct json_out *json, const struct pauses *pauses)
{
	json_out_open(json, "pauses", '{');
	json_out_int(json, "count", (int64_t)pauses->count);
	json_out_int(json, "longest_ns", pauses->longest_ns);
	json_out_int(json, "longest_from_ns", pauses->longest_from_ns);
	json_out_string(json, "source", pauses_source(pauses));
	json_out_close(json, '}');
}

static void row_object(struct json_out *json, const struct stats_report *report,
		       const struct stats_row *row)
{
	static const char *const levels[] = { "cluster", "host", "thread" };
	const struct latency_summary *s = &row->summary;

	json_out_open(json, NULL, '{');
	json_out_string(json, "level", levels[row->level]);
	who(json, row);
	json_out_int(json, "samples", (int64_t)s->samples);
	json_out_whole(json, "min_ns", latency_summary_min_ns(s));
	json_out_whole(json, "max_ns", latency_summary_max_ns(s));
	json_out_whole(json, "mean_ns", s->mean_ns);
	json_out_whole(json, "stddev_ns", s->stddev_ns);
	json_out_real(json, "dev_percent", s->dev_percent);
	/* Those of intervals are not known. */
	if (row->pauses.known)
		format_json_pauses(json, &row->pauses);
	else
		json_out_null(json, "pauses");
	format_json_percentiles(json, &report->percentiles, s->percentile,
				s->samples);
	json_out_close(json, '}');
}

static void table_array(struct json_out *json,
			const struct stats_report *report,
			const struct stats_table *table)
{
	size_t i;

	json_out_open(json, "statistics", '[');
	for (i = 0; i < table->rows; i++)
		row_object(json, report, &table->row[i]);
	json_out_close(json, ']');
}

static void slowest_array(struct json_out *json, const char *name,
			  const struct stats_row *const *slowest, size_t count)
{
	size_t i;

	json_out_open(json, name, '[');
	for (i = 0; i < count; i++) {
		json_out_open(json, NULL, '{');
		who(json, slowest[i]);
		json_out_whole(json, "mean_ns", slowest[i]->summary.mean_ns);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void outliers_array(struct json_out *json,
			   const struct operation_stats *operation)
{
	size_t i;

	json_out_open(json, "outliers", '[');
	for (i = 0; i < operation->whole.rows; i++) {
		const struct stats_row *row = &operation->whole.row[i];

		if (!row->outlier)
			continue;
		json_out_open(json, NULL, '{');
		who(json, row);
		json_out_whole(json, "median_ns", row->median_ns);
		json_out_real(json, "score", row->score);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void standings_object(struct json_out *json,
			     const struct operation_stats *o)
{
	json_out_open(json, "standings", '{');
	json_out_real(json, "fairness_threads", o->fairness_threads);
	json_out_real(json, "fairness_hosts", o->fairness_hosts);
	slowest_array(json, "slowest_threads", o->slowest_thread,
		      o->slowest_threads);
	slowest_array(json, "slowest_hosts", o->slowest_host, o->slowest_hosts);
	json_out_whole(json, "median_ns", o->median_ns);
	outliers_array(json, o);
	json_out_close(json, '}');
}

static void intervals_array(struct json_out *json,
			    const struct stats_report *report,
			    const struct operation_stats *operation)
{
	size_t i;

	json_out_open(json, "intervals", '[');
	for (i = 0; i < operation->intervals; i++) {
		const struct stats_table *table = &operation->interval[i];

		json_out_open(json, NULL, '{');
		json_out_int(json, "start_ns", table->start_ns);
		json_out_int(json, "length_ns", report->interval_ns);
		table_array(json, report, table);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void operation_object(struct json_out *json,
			     const struct stats_report *report,
			     const struct operation_stats *operation)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "operation", operation->name);
	json_out_string(json, "latency", operation->latency);
	json_out_string(json, "source", stats_origin_name(operation->source));
	json_out_int(json, "hosts", (int64_t)operation->hosts);
	json_out_int(json, "threads", (int64_t)operation->threads_in_all);
	table_array(json, report, &operation->whole);
	standings_object(json, operation);
	intervals_array(json, report, operation);
	json_out_close(json, '}');
}

int format_json(FILE *out, const struct stats_report *report)
{
	struct json_out json = { .out = out };
	size_t i;

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", SCHEMA);
	json_out_string(&json, "smallfio", SMALLFIO_VERSION);
	json_out_int(&json, "logs", (int64_t)report->logs);
	json_out_int(&json, "samples", (int64_t)report->samples);
	json_out_open(&json, "operations", '[');
	for (i = 0; i < report->operations; i++)
		operation_object(&json, report, &report->operation[i]);
	json_out_close(&json, ']');
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
