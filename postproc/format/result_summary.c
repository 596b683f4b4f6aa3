// SPDX-License-Identifier: GPL-2.0-only
/* A line for each phase, for a user who reads only the end. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/latency_summary.h"
#include "format/phase_latency.h"
#include "util/field.h"
#include "format/result_format.h"

#define NAME_MIN     12
#define NAME_LONGEST 24
#define NUMBER       11
#define LATENCY      9
#define NS_PER_S     1e9L

/* The name of the units if all phases have the same, or else "done". */
static const char *common_unit(const struct result *result)
{
	for (size_t i = 1; i < result->phases; i++)
		if (result->phase[i].asked.unit != result->phase[0].asked.unit)
			return "done";
	return result_unit_heading(&result->phase[0]);
}

static int name_width(const struct result *result)
{
	int width = NAME_MIN;

	for (size_t i = 0; i < result->phases; i++) {
		int n = field_columns(result->phase[i].job);

		if (n > width)
			width = n;
	}
	return width < NAME_LONGEST ? width : NAME_LONGEST;
}

/*
 * Writes a latency, with "~" in front if only the bounds of a wide bin are
 * known. Returns 0 or -ENOMEM.
 */
static int write_latency(FILE *out, const struct bounded *b)
{
	char *text = NULL;
	size_t length;
	FILE *cell;

	if (!latency_summary_is_rough(b)) {
		field_seconds(out, LATENCY, b->value_ns / NS_PER_S);
		return 0;
	}
	cell = open_memstream(&text, &length);
	if (!cell)
		return -ENOMEM;
	fputc('~', cell);
	field_seconds(cell, 0, b->value_ns / NS_PER_S);
	if (fclose(cell)) {
		free(text);
		return -ENOMEM;
	}
	field_right(out, LATENCY, text);
	free(text);
	return 0;
}

static int name_columns(const char *name)
{
	int n = field_columns(name);

	return n < NAME_LONGEST ? n : NAME_LONGEST;
}

/* Writes between which bounds a percentile with a mark lies. */
static void write_bounds(FILE *out, const struct phase *phase,
			 const struct percentile *p, const struct bounded *b)
{
	if (!latency_summary_is_rough(b))
		return;
	fprintf(out, "~ p%s of ", p->name);
	field_name(out, name_columns(phase->job), phase->job);
	fputs(" is somewhere from ", out);
	field_seconds(out, 0, b->low_ns / NS_PER_S);
	fputs(" to ", out);
	if (isinf(b->high_ns))
		fputs("no end", out);
	else
		field_seconds(out, 0, b->high_ns / NS_PER_S);
	fputs(", one bin of fio's histogram: only logs could tell exactly\n",
	      out);
}

/*
 * Writes the line of a phase. Notes go to `below`, and will stand below the
 * table. Returns 0 or -ENOMEM.
 */
static int write_line(FILE *out, FILE *below, const struct result_page *page,
		      const struct phase *phase, int width)
{
	const struct part *all = &phase->cluster;
	struct phase_latency latency;
	char cell[FIELD_MAX];
	int ret = phase_latency_build(&latency, page->run, phase, FIO_CLAT);

	field_name(out, width, phase->job);
	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)all->units);
	field_right(out, NUMBER, cell);
	field_real(out, NUMBER, 1, all->whole.units_per_s);
	for (size_t i = 0; i < PHASE_PERCENTILES && !ret; i++)
		ret = write_latency(out, &latency.value[i]);
	fprintf(out, "  %s\n", phase_verdict(phase));
	for (size_t i = 0; i < PHASE_PERCENTILES && !ret; i++)
		write_bounds(below, phase, &latency.percentiles.p[i],
			     &latency.value[i]);
	if (!strcmp(latency.source, "fio")) {
		fputs("percentiles of ", below);
		field_name(below, name_columns(phase->job), phase->job);
		fputs(" are those that fio printed: with json+ smallfio can "
		      "compute them\n",
		      below);
	}
	return ret;
}

int result_summary(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	char rate[FIELD_MAX], *rough = NULL;
	size_t length;
	FILE *below;
	const char *unit;
	int width = name_width(result), ret = 0;

	if (!result->phases)
		return 0;
	below = open_memstream(&rough, &length);
	if (!below)
		return -ENOMEM;
	unit = common_unit(result);
	snprintf(rate, sizeof(rate), "%s/s", unit);
	field_name(out, width, "operation");
	field_right(out, NUMBER, unit);
	field_right(out, NUMBER, rate);
	field_right(out, LATENCY, "p50");
	field_right(out, LATENCY, "p99");
	fputs("  verdict\n", out);
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = write_line(out, below, page, &result->phase[i], width);
	if (fclose(below))
		ret = -ENOMEM;
	else
		fputs(rough, out);
	free(rough);
	fputc('\n', out);
	return ret;
}
