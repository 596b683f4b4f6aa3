// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines as Go's benchmarks print them: a name, a number of operations, and
 * values with their units. Only points of whole operations are written, because
 * benchstat takes lines of one name for repetitions.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/export.h"
#include "util/shown.h"

/*
 * Writes a part of a name. A blank would end the name, and a slash begins the
 * next part, so all but plain characters is written as %XX.
 */
static void put_part(FILE *out, const char *text)
{
	for (text = shown(text); *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("_.:=+@", c)))
			fputc(c, out);
		else if (c == '-')
			fputc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}

static bool is_written(const struct point_value *v)
{
	return figure_rows[v->figure].better != 0;
}

static const char *unit_of(char *out, const struct point_value *v)
{
	const struct figure_row *row = &figure_rows[v->figure];

	point_value_name(out, v, row->name, "");
	if (row->is_count)
		strcat(out, "-ns");
	return out;
}

/* Says of each unit which direction is better. */
static void put_units(FILE *out, const struct points *points)
{
	const struct point *first = NULL;
	char unit[POINT_NAME_MAX];

	for (int i = 0; i < FIGURES; i++) {
		const struct figure_row *row = &figure_rows[i];

		if (row->better && i != FIGURE_PERCENTILE)
			fprintf(out, "Unit %s%s better=%s\n", row->name,
				row->is_count ? "-ns" : "",
				row->better > 0 ? "higher" : "lower");
	}
	/* All points have the same percentiles. */
	for (size_t i = 0; i < points->count && !first; i++)
		if (points->point[i].whole)
			first = &points->point[i];
	for (size_t i = 0; first && i < first->values; i++)
		if (first->value[i].figure == FIGURE_PERCENTILE)
			fprintf(out, "Unit %s better=lower\n",
				unit_of(unit, &first->value[i]));
}

static void put_point(FILE *out, const struct point *point)
{
	uint64_t count = point->count ? point->count : 1;

	fputs("BenchmarkSmallfio/operation=", out);
	put_part(out, point->operation);
	/* What follows the last '-' is taken for the number of processors. */
	fprintf(out, "-1 %" PRIu64, count);
	for (size_t i = 0; i < point->values; i++) {
		char unit[POINT_NAME_MAX];

		if (is_written(&point->value[i]))
			fprintf(out, " %.9g %s", point->value[i].value,
				unit_of(unit, &point->value[i]));
	}
	fputc('\n', out);
}

static bool has_values(const struct point *point)
{
	for (size_t i = 0; i < point->values; i++)
		if (is_written(&point->value[i]))
			return true;
	return false;
}

int export_benchstat(FILE *out, const struct points *points)
{
	const char *side = NULL;

	put_units(out, points);
	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->point[i];

		if (!point->whole || !has_values(point))
			continue;
		if (point->side && point->side != side)
			fprintf(out, "\nside: %s\n", shown(point->side));
		side = point->side;
		put_point(out, point);
	}
	return points->no_memory ? -ENOMEM : 0;
}
