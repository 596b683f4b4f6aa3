// SPDX-License-Identifier: GPL-2.0-only
/*
 * The formats for programs: CSV, and JSON that schema/compare-1.schema.json
 * describes. Values are in the unit that "unit" names. A figure that cannot be
 * told is an empty field, or null.
 */
#include <float.h>
#include <math.h>

#include "util/field.h"
#include "util/json_out.h"
#include "verdict/compare_format.h"

static void write_real(FILE *out, double value)
{
	fputc(',', out);
	field_csv_real(out, value);
}

static void write_rounded(FILE *out, const struct metric *metric, double value)
{
	fputc(',', out);
	if (isfinite(value))
		fprintf(out, "%.*g", DBL_DIG,
			metric_round(metric->row->unit, value));
}

static void write_place(FILE *out, const char *row, const char *operation,
			const struct metric *metric,
			const struct compare_side *side)
{
	fprintf(out, "%s,", row);
	field_csv(out, operation);
	fprintf(out, ",%s,%s,", metric->name,
		metric_unit_name(metric->row->unit));
	field_csv(out, side->name);
	fprintf(out, ",%zu", side->runs.count);
}

static void write_csv_row(FILE *out, const struct compare_row *row,
			  const struct compare_cell *c,
			  const struct compare_side *side)
{
	write_place(out, "operation", row->operation, row->metric, side);
	write_rounded(out, row->metric, c->median);
	write_rounded(out, row->metric, c->low);
	write_rounded(out, row->metric, c->high);
	write_real(out, c->change);
	write_real(out, c->change_low);
	write_real(out, c->change_high);
	fprintf(out, ",%s\n", compare_verdict_name(c->verdict));
}

int compare_format_csv(FILE *out, const struct compare_table *t)
{
	fputs("row,operation,metric,unit,side,runs,value,low,high,change,"
	      "change_low,change_high,verdict\n",
	      out);
	for (size_t i = 0; i < t->rows; i++)
		for (size_t k = 0; k < t->sides; k++)
			write_csv_row(out, &t->row[i], &t->row[i].cell[k],
				      &t->side[k]);
	for (size_t i = 0; i < t->means; i++)
		for (size_t k = 0; k < t->sides; k++) {
			const struct compare_mean *mean = &t->mean[i];

			write_place(out, "geometric mean", "all", mean->metric,
				    &t->side[k]);
			write_rounded(out, mean->metric, mean->mean[k]);
			fputs(",,", out);
			write_real(out, mean->change[k]);
			fputs(",,,\n", out);
		}
	return 0;
}

static void write_sides(struct json_out *json, const struct compare_table *t)
{
	json_out_open(json, "sides", '[');
	for (size_t i = 0; i < t->sides; i++) {
		const struct run_summaries *runs = &t->side[i].runs;

		json_out_open(json, NULL, '{');
		json_out_string(json, "name", t->side[i].name);
		json_out_open(json, "runs", '[');
		for (size_t k = 0; k < runs->count; k++)
			json_out_string(json, NULL, runs->run[k].path);
		json_out_close(json, ']');
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void write_metric(struct json_out *json, const struct metric *metric)
{
	json_out_string(json, "metric", metric->name);
	json_out_string(json, "unit", metric_unit_name(metric->row->unit));
	json_out_bool(json, "more_is_better", metric->row->more_is_better);
}

static void write_value(struct json_out *json, const char *key,
			const struct metric *metric, double value)
{
	json_out_number(json, key, metric_round(metric->row->unit, value));
}

static void write_cell(struct json_out *json, const struct metric *metric,
		       const struct compare_cell *c)
{
	const char *verdict = compare_verdict_name(c->verdict);

	json_out_open(json, NULL, '{');
	write_value(json, "value", metric, c->median);
	write_value(json, "low", metric, c->low);
	write_value(json, "high", metric, c->high);
	json_out_string(json, "missing", c->missing);
	json_out_real(json, "change", c->change);
	json_out_real(json, "change_low", c->change_low);
	json_out_real(json, "change_high", c->change_high);
	json_out_string(json, "verdict", *verdict ? verdict : NULL);
	json_out_close(json, '}');
}

static void write_rows(struct json_out *json, const struct compare_table *t)
{
	json_out_open(json, "rows", '[');
	for (size_t i = 0; i < t->rows; i++) {
		const struct compare_row *row = &t->row[i];

		json_out_open(json, NULL, '{');
		json_out_string(json, "operation", row->operation);
		write_metric(json, row->metric);
		json_out_open(json, "sides", '[');
		for (size_t k = 0; k < t->sides; k++)
			write_cell(json, row->metric, &row->cell[k]);
		json_out_close(json, ']');
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void write_means(struct json_out *json, const struct compare_table *t)
{
	json_out_open(json, "geometric_means", '[');
	for (size_t i = 0; i < t->means; i++) {
		const struct compare_mean *mean = &t->mean[i];

		json_out_open(json, NULL, '{');
		write_metric(json, mean->metric);
		json_out_int(json, "operations", (int64_t)mean->operations);
		json_out_open(json, "sides", '[');
		for (size_t k = 0; k < t->sides; k++) {
			json_out_open(json, NULL, '{');
			write_value(json, "value", mean->metric, mean->mean[k]);
			json_out_real(json, "change", mean->change[k]);
			json_out_close(json, '}');
		}
		json_out_close(json, ']');
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

int compare_format_json(FILE *out, const struct compare_table *t)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", "smallfio-compare-1");
	json_out_string(&json, "smallfio", SMALLFIO_VERSION);
	json_out_real(&json, "alpha", t->options.alpha);
	json_out_real(&json, "threshold", t->options.threshold);
	write_sides(&json, t);
	write_rows(&json, t);
	write_means(&json, t);
	json_out_notes(&json, "notes", &t->notes);
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
