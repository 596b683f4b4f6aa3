// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenMetrics. All metrics are gauges without times, because node_exporter's
 * textfile collector refuses times. A family's lines stand together.
 */
#include <errno.h>
#include <string.h>

#include "export/export.h"
#include "util/shown.h"

static void put_label(FILE *out, const char *name, const char *value,
		      const char *between)
{
	fprintf(out, "%s%s=\"", between, name);
	for (value = shown(value); *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, const struct points *points,
		      const struct point *point, const struct point_value *v)
{
	const struct figure_row *row = &figure_rows[v->figure];
	const char *name, *value, *between = "{";
	char number[POINT_NUMBER_MAX];

	fprintf(out, "smallfio_%s_%s", points->source, row->family);
	for (size_t i = 0; i < POINT_LABELS; i++) {
		value = point_label(point, i, &name, number);
		if (!value)
			continue;
		put_label(out, name, value, between);
		between = ",";
	}
	if (v->percentile)
		put_label(out, "percentile", v->percentile, between);
	fprintf(out, "} %.9g\n", v->value * row->scale);
}

static void put_heading(FILE *out, const struct points *points,
			const struct figure_row *row)
{
	fprintf(out, "# HELP smallfio_%s_%s %s\n", points->source, row->family,
		row->help);
	fprintf(out, "# TYPE smallfio_%s_%s gauge\n", points->source,
		row->family);
}

static void put_family(FILE *out, const struct points *points,
		       enum figure figure)
{
	bool begun = false;

	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->point[i];

		for (size_t k = 0; k < point->values; k++) {
			if (point->value[k].figure != figure)
				continue;
			if (!begun)
				put_heading(out, points, &figure_rows[figure]);
			begun = true;
			put_value(out, points, point, &point->value[k]);
		}
	}
}

int export_openmetrics(FILE *out, const struct points *points)
{
	for (int i = 0; i < FIGURES; i++)
		put_family(out, points, (enum figure)i);
	fputs("# EOF\n", out);
	return points->no_memory ? -ENOMEM : 0;
}
