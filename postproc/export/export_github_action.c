// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the action github-action-benchmark reads. It takes values of which more
 * is better from one file, and those of which less is better from another.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "export/export.h"
#include "util/json_out.h"

static int put_value(struct json_out *json, const struct point *point,
		     const struct point_value *v)
{
	const struct figure_row *row = &figure_rows[v->figure];
	char unit[POINT_NAME_MAX], range[32], *name;

	point_value_name(unit, v, row->name, "");
	if (asprintf(&name, "%s %s%s%s%s", point->operation, unit,
		     point->side ? " (" : "", point->side ? point->side : "",
		     point->side ? ")" : "") < 0)
		return -ENOMEM;
	json_out_open(json, NULL, '{');
	json_out_string(json, "name", name);
	json_out_string(json, "unit", row->is_count ? "ns" : row->name);
	if (row->is_count)
		json_out_whole(json, "value", v->value);
	else
		json_out_real(json, "value", v->value);
	if (isfinite(v->spread)) {
		snprintf(range, sizeof(range), "± %.1f %%", 100 * v->spread);
		json_out_string(json, "range", range);
	}
	json_out_close(json, '}');
	free(name);
	return 0;
}

static int put_array(FILE *out, const struct points *points, int better)
{
	struct json_out json = { .out = out };
	int ret = points->no_memory ? -ENOMEM : 0;

	json_out_open(&json, NULL, '[');
	for (size_t i = 0; i < points->count && !ret; i++) {
		const struct point *point = &points->point[i];

		for (size_t k = 0; point->whole && k < point->values && !ret;
		     k++)
			if (figure_rows[point->value[k].figure].better ==
			    better)
				ret = put_value(&json, point, &point->value[k]);
	}
	json_out_close(&json, ']');
	fputc('\n', out);
	return ret;
}

int export_bigger_is_better(FILE *out, const struct points *points)
{
	return put_array(out, points, 1);
}

int export_smaller_is_better(FILE *out, const struct points *points)
{
	return put_array(out, points, -1);
}
