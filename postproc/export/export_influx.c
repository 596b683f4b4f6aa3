// SPDX-License-Identifier: GPL-2.0-only
/*
 * InfluxDB's line protocol: a line for each point, with tags, fields and the
 * time at which the run ended, if that is known.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/export.h"
#include "util/shown.h"

#define SPECIAL ",= "

/*
 * Writes a tag. A backslash before a special character, or at the end, would
 * escape what follows it, so it becomes \x5c. There are no empty tags.
 */
static void put_tag(FILE *out, const char *name, const char *value)
{
	value = shown(value);
	if (!*value)
		return;
	fprintf(out, ",%s=", name);
	for (; *value; value++) {
		if (*value == '\\' &&
		    (!value[1] || strchr(SPECIAL, value[1]))) {
			fputs("\\x5c", out);
			continue;
		}
		if (strchr(SPECIAL, *value))
			fputc('\\', out);
		fputc(*value, out);
	}
}

static void put_fields(FILE *out, const struct point *point)
{
	for (size_t i = 0; i < point->values; i++) {
		const struct point_value *v = &point->value[i];
		const struct figure_row *row = &figure_rows[v->figure];
		char name[POINT_NAME_MAX];

		fprintf(out, "%c%s=", i ? ',' : ' ',
			point_value_name(name, v, row->field, "_ns"));
		if (row->is_count)
			fprintf(out, "%.0fi", v->value);
		else
			fprintf(out, "%.9g", v->value);
	}
}

int export_influx(FILE *out, const struct points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->point[i];
		char number[POINT_NUMBER_MAX];
		const char *name, *value;

		/* A line without a field is not allowed. */
		if (!point->values)
			continue;
		fprintf(out, "smallfio_%s", points->source);
		for (size_t k = 0; k < POINT_LABELS; k++) {
			value = point_label(point, k, &name, number);
			if (value)
				put_tag(out, name, value);
		}
		put_fields(out, point);
		if (point->time_ns)
			fprintf(out, " %" PRId64, point->time_ns);
		fputc('\n', out);
	}
	return points->no_memory ? -ENOMEM : 0;
}
