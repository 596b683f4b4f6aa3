// SPDX-License-Identifier: GPL-2.0-only
/* Timelines as text, CSV and JSON (schema/history-1.schema.json). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "history/timeline.h"
#include "util/field.h"
#include "util/json_out.h"
#include "util/shown.h"

#define DIFFERENCES_MAX 4

/* Says that a level began, and whether it is wanted. */
static void print_level(FILE *out, const struct timeline_point *p)
{
	char time[TIMELINE_TIME_MAX];

	if (p->accepted)
		fprintf(out, "<< accepted: %s  ", shown(p->accepted));
	else if (p->changed)
		fputs("<< changed  ", out);
	if (p->run->accepted && !p->run->is_accepted)
		fprintf(out, "(accepted until %s: %s)  ",
			timeline_time(time, p->run->accepted_until_ms),
			shown(p->run->accepted));
}

static void print_text_point(FILE *out, const struct timeline *line, size_t i)
{
	const struct timeline_point *p = &line->point[i];
	const struct timeline_point *before = i ? &line->point[i - 1] : NULL;
	char value[METRIC_VALUE_MAX] = "-", time[TIMELINE_TIME_MAX];

	if (p->known)
		metric_format_value(value, line->metric.row->unit, p->value);
	fprintf(out, "%6" PRId64 "  %s  %12s", p->run->id,
		timeline_time(time, p->run->end_ms), value);
	if (p->known && before && before->known && before->value > 0)
		fprintf(out, "  %+6.1f %%",
			100 * (p->value / before->value - 1));
	else
		fprintf(out, "  %8s", "");
	fputs("  ", out);
	print_level(out, p);
	fprintf(out, "%s%s%s%s%s%s\n",
		p->run->label ? shown(p->run->label) : "",
		p->run->label ? "  " : "",
		p->run->not_whole ? "not valid: " : "",
		p->run->not_whole ? shown(p->run->not_whole) : "",
		p->run->not_whole && p->run->pauses ? "; " : "",
		p->run->pauses ? shown(p->run->pauses) : "");
}

/* Returns the timeline before this one of the same thing, or NULL. */
static const struct timeline *find_before(const struct timelines *lines,
					  size_t at)
{
	const struct timeline *l = &lines->line[at];

	while (at--) {
		const struct timeline *other = &lines->line[at];

		if (!strcmp(other->operation, l->operation) &&
		    !strcmp(other->metric.name, l->metric.name))
			return other;
	}
	return NULL;
}

/* Says why a timeline of the same thing stands alone. */
static void print_differences(FILE *out, const struct timelines *lines,
			      size_t at)
{
	const struct timeline *before = find_before(lines, at);
	struct notes differences = { 0 };
	size_t i;

	if (before)
		fingerprint_compare(&before->point[0].run->fingerprint,
				    &lines->line[at].point[0].run->fingerprint,
				    &differences);
	for (i = 0; i < differences.count && i < DIFFERENCES_MAX; i++)
		fprintf(out, "unlike run %" PRId64 " in %s\n",
			before->point[0].run->id, shown(differences.text[i]));
	if (differences.count > DIFFERENCES_MAX)
		fprintf(out, "and in %zu more\n",
			differences.count - DIFFERENCES_MAX);
	notes_free(&differences);
}

/* Warns where levels were marked that may be chance. */
static void print_alike(FILE *out, const struct timeline *l)
{
	size_t k;

	for (k = 0; k < l->count; k++) {
		if (l->alike && l->point[k].changed) {
			fputs("note: a run is more like the run before than "
			      "chance would have it (the machine drifts?), so "
			      "levels may be marked that are none\n",
			      out);
			return;
		}
	}
}

int timeline_text(FILE *out, const struct timelines *lines)
{
	size_t i, k;

	for (i = 0; i < lines->count; i++) {
		const struct timeline *l = &lines->line[i];

		fprintf(out, "%s%s %s, fingerprint %016" PRIx64 "\n",
			i ? "\n" : "", shown(l->operation), l->metric.name,
			l->fingerprint);
		print_differences(out, lines, i);
		fprintf(out, "%6s  %-19s  %12s  %8s  label\n", "run",
			"end (UTC)", l->metric.name, "change");
		for (k = 0; k < l->count; k++)
			print_text_point(out, l, k);
		print_alike(out, l);
	}
	return 0;
}

int timeline_csv(FILE *out, const struct timelines *lines)
{
	size_t i, k;

	fputs("run,end_ms,fingerprint,operation,metric,unit,value,changed,"
	      "label,path,not_valid,pauses,accepted\n",
	      out);
	for (i = 0; i < lines->count; i++) {
		const struct timeline *l = &lines->line[i];

		for (k = 0; k < l->count; k++) {
			const struct timeline_point *p = &l->point[k];

			fprintf(out, "%" PRId64 ",%" PRId64 ",%016" PRIx64 ",",
				p->run->id, p->run->end_ms, l->fingerprint);
			field_csv(out, l->operation);
			fprintf(out, ",%s,%s,", l->metric.name,
				metric_unit_name(l->metric.row->unit));
			if (p->known)
				fprintf(out, "%.15g",
					metric_round(l->metric.row->unit,
						     p->value));
			fprintf(out, ",%d,", p->changed);
			field_csv(out, p->run->label ? p->run->label : "");
			fputc(',', out);
			field_csv(out, p->run->path);
			fputc(',', out);
			field_csv(out,
				  p->run->not_whole ? p->run->not_whole : "");
			fputc(',', out);
			field_csv(out, p->run->pauses ? p->run->pauses : "");
			fputc(',', out);
			field_csv(out, p->accepted ? p->accepted : "");
			fputc('\n', out);
		}
	}
	return 0;
}

static void write_point(struct json_out *json, const struct timeline *l,
			const struct timeline_point *p)
{
	json_out_open(json, NULL, '{');
	json_out_int(json, "run", p->run->id);
	json_out_int(json, "end_ms", p->run->end_ms);
	json_out_number(json, "value",
			p->known ? metric_round(l->metric.row->unit, p->value)
				 : NAN);
	json_out_bool(json, "changed", p->changed);
	json_out_string(json, "label", p->run->label);
	json_out_string(json, "path", p->run->path);
	json_out_string(json, "not_valid", p->run->not_whole);
	json_out_string(json, "pauses", p->run->pauses);
	json_out_string(json, "accepted", p->accepted);
	json_out_close(json, '}');
}

static void write_line(struct json_out *json, const struct timeline *l)
{
	char fingerprint[17];

	snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64,
		 l->fingerprint);
	json_out_open(json, NULL, '{');
	json_out_string(json, "fingerprint", fingerprint);
	json_out_string(json, "operation", l->operation);
	json_out_string(json, "metric", l->metric.name);
	json_out_string(json, "unit", metric_unit_name(l->metric.row->unit));
	json_out_bool(json, "alike", l->alike);
	json_out_open(json, "points", '[');
	for (size_t k = 0; k < l->count; k++)
		write_point(json, l, &l->point[k]);
	json_out_close(json, ']');
	json_out_close(json, '}');
}

int timeline_json(FILE *out, const struct timelines *lines)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", "smallfio-history-1");
	json_out_open(&json, "lines", '[');
	for (size_t i = 0; i < lines->count; i++)
		write_line(&json, &lines->line[i]);
	json_out_close(&json, ']');
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
