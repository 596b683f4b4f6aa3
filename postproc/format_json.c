// SPDX-License-Identifier: GPL-2.0-only
/*
 * Described by schema/stats-1.schema.json. A member is never left out: what
 * cannot be told is null.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cell.h"
#include "format.h"

#define SCHEMA "smallfio-stats-1"

static json_t *percentile_number(const struct percentile *percentile)
{
	const uint64_t e9 = 1000000000;

	if (percentile->e9 % e9)
		return json_real((double)((long double)percentile->e9 / 1e9L));
	return json_integer((json_int_t)(percentile->e9 / e9));
}

static json_t *percentiles(const struct report *report,
			   const struct summary *summary)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < report->percentiles.count; i++) {
		const struct percentile *p = &report->percentiles.p[i];
		const struct bounded *b = &summary->percentile[i];

		json_array_append_new(
			array,
			json_pack("{s:o, s:o, s:o, s:o, s:b}", "percentile",
				  percentile_number(p), "latency_ns",
				  cell_json_whole(b->value_ns), "low_ns",
				  cell_json_whole(floorl(b->low_ns)), "high_ns",
				  cell_json_whole(ceill(b->high_ns)),
				  "enough_samples",
				  percentile_has_enough(p, summary->samples)));
	}
	return array;
}

static json_t *number_or_null(long number, long unknown)
{
	return number == unknown ? json_null() : json_integer(number);
}

static json_t *row_object(const struct report *report, const struct row *row)
{
	static const char *const levels[] = { "cluster", "host", "thread" };
	const struct summary *s = &row->summary;
	long double min = s->samples ? (long double)s->min_ns : NAN;
	long double max = s->samples ? (long double)s->max_ns : NAN;
	json_t *host = row->level == LEVEL_CLUSTER
			       ? json_null()
			       : cell_json_string(row->host);
	json_t *thread = number_or_null(row->thread, LOG_THREAD_UNKNOWN);
	json_t *job = number_or_null(row->fio_job, LOG_FIO_JOB_UNKNOWN);

	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o,"
			 " s:o}",
			 "level", levels[row->level], "host", host, "thread",
			 thread, "fio_job", job, "samples",
			 (json_int_t)s->samples, "min_ns", cell_json_whole(min),
			 "max_ns", cell_json_whole(max), "mean_ns",
			 cell_json_whole(s->mean_ns), "stddev_ns",
			 cell_json_whole(s->stddev_ns), "dev_percent",
			 cell_json_real(s->dev_percent), "percentiles",
			 percentiles(report, s));
}

static json_t *table_array(const struct report *report,
			   const struct table *table)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < table->rows; i++)
		json_array_append_new(array,
				      row_object(report, &table->row[i]));
	return array;
}

/* A row, named, with the figure that it is there for. */
static json_t *standing_object(const struct row *row, const char *name,
			       long double ns)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "host",
			 cell_json_string(row->host), "thread",
			 number_or_null(row->thread, LOG_THREAD_UNKNOWN),
			 "fio_job",
			 number_or_null(row->fio_job, LOG_FIO_JOB_UNKNOWN),
			 name, cell_json_whole(ns));
}

static json_t *slowest_array(const struct row *const *slowest, size_t count)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(
			array, standing_object(slowest[i], "mean_ns",
					       slowest[i]->summary.mean_ns));
	return array;
}

static json_t *outliers_array(const struct operation *operation)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < operation->whole.rows; i++) {
		const struct row *row = &operation->whole.row[i];
		json_t *object;

		if (!row->outlier)
			continue;
		object = standing_object(row, "median_ns", row->median_ns);
		json_object_set_new(object, "score",
				    cell_json_real(row->score));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *standings_object(const struct operation *operation)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "fairness_threads",
			 cell_json_real(operation->fairness_threads),
			 "fairness_hosts",
			 cell_json_real(operation->fairness_hosts),
			 "slowest_threads",
			 slowest_array(operation->slowest_thread,
				       operation->slowest_threads),
			 "slowest_hosts",
			 slowest_array(operation->slowest_host,
				       operation->slowest_hosts),
			 "median_ns", cell_json_whole(operation->median_ns),
			 "outliers", outliers_array(operation));
}

static json_t *operation_object(const struct report *report,
				const struct operation *operation)
{
	json_t *intervals = json_array();
	size_t i;

	for (i = 0; i < operation->intervals; i++) {
		const struct table *table = &operation->interval[i];

		json_array_append_new(
			intervals,
			json_pack(
				"{s:I, s:I, s:o}", "start_ns",
				(json_int_t)(report->base_ns + table->start_ns),
				"length_ns", (json_int_t)report->interval_ns,
				"statistics", table_array(report, table)));
	}
	return json_pack("{s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:o}",
			 "operation", cell_json_string(operation->name),
			 "latency", operation->latency, "source",
			 report_source_name(operation->source), "hosts",
			 (json_int_t)operation->hosts, "threads",
			 (json_int_t)operation->threads, "statistics",
			 table_array(report, &operation->whole), "standings",
			 standings_object(operation), "intervals", intervals);
}

/*
 * jansson passes NULL on: an array that could not take a value would be short,
 * so every one is counted.
 */
static bool has_standings(const json_t *object,
			  const struct operation *operation)
{
	const json_t *s = json_object_get(object, "standings");

	return json_array_size(json_object_get(s, "slowest_threads")) ==
		       operation->slowest_threads &&
	       json_array_size(json_object_get(s, "slowest_hosts")) ==
		       operation->slowest_hosts &&
	       json_array_size(json_object_get(s, "outliers")) ==
		       operation->outliers;
}

static bool is_complete(const json_t *root, const struct report *report)
{
	const json_t *operations = json_object_get(root, "operations");
	size_t i, j;

	if (json_array_size(operations) != report->operations)
		return false;
	for (i = 0; i < report->operations; i++) {
		const struct operation *operation = &report->operation[i];
		const json_t *object = json_array_get(operations, i);
		const json_t *rows = json_object_get(object, "statistics");
		const json_t *intervals = json_object_get(object, "intervals");

		if (json_array_size(rows) != operation->whole.rows ||
		    json_array_size(intervals) != operation->intervals ||
		    !has_standings(object, operation))
			return false;
		for (j = 0; j < operation->intervals; j++) {
			const json_t *part = json_array_get(intervals, j);

			rows = json_object_get(part, "statistics");
			if (json_array_size(rows) !=
			    operation->interval[j].rows)
				return false;
		}
	}
	return true;
}

int format_json(FILE *out, const struct report *report)
{
	json_t *operations = json_array(), *root;
	size_t i;
	int ret = 0;

	for (i = 0; i < report->operations; i++)
		json_array_append_new(operations,
				      operation_object(report,
						       &report->operation[i]));
	root = json_pack("{s:s, s:s, s:I, s:I, s:o}", "schema", SCHEMA,
			 "smallfio", SMALLFIO_VERSION, "logs",
			 (json_int_t)report->logs, "samples",
			 (json_int_t)report->samples, "operations", operations);
	if (!root || !is_complete(root, report))
		ret = -ENOMEM;
	else if (!json_dumpf(root, out,
			     JSON_INDENT(1) | JSON_PRESERVE_ORDER |
				     JSON_REAL_PRECISION(12)))
		fputc('\n', out);
	else if (!ferror(out))
		ret = -ENOMEM;
	json_decref(root);
	return ret;
}
