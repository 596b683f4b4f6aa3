// SPDX-License-Identifier: GPL-2.0-only
/* A line for each phase, for a user who reads only the beginning. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/latency_summary.h"
#include "format/phase_latency.h"
#include "util/field.h"
#include "format/result_format.h"
#include "util/shown.h"
#include "util/terminal.h"

#define NAME_MIN    12
#define NUMBER      11
#define LATENCY     9
#define VERDICT     12
#define NAMES_SHOWN 4
#define NS_PER_S    1e9L

/* The name of the units if all phases have the same, or else "done". */
static const char *common_unit(const struct result *result)
{
	for (size_t i = 1; i < result->phases; i++)
		if (result->phase[i].asked.unit != result->phase[0].asked.unit)
			return "done";
	return result_unit_heading(&result->phase[0]);
}

static bool moves_data(const struct result *result)
{
	for (size_t i = 0; i < result->phases; i++)
		if (!isnan(result->phase[i].cluster.whole.mib_per_s))
			return true;
	return false;
}

/* The width of names: what the longest needs, or else what the rest leaves. */
static int name_width(const struct result *result)
{
	int most = terminal_width() - 2 * NUMBER - 2 * LATENCY - VERDICT -
		   (moves_data(result) ? NUMBER : 0);
	int width = NAME_MIN;

	for (size_t i = 0; i < result->phases; i++) {
		int n = field_columns(result->phase[i].job);

		if (n > width)
			width = n;
	}
	return width < most || most < NAME_MIN ? width : most;
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

/* Writes between which bounds a percentile with a mark lies. */
static void write_bounds(FILE *out, const struct phase *phase,
			 const struct percentile *p, const struct bounded *b)
{
	if (!latency_summary_is_rough(b))
		return;
	fprintf(out, "~ p%s of ", p->name);
	fputs(shown(phase->job), out);
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

static enum terminal_tone tone_of(const struct phase *phase)
{
	if (phase->invalid)
		return TONE_BAD;
	return phase->too_small || phase->too_short ? TONE_OPEN : TONE_GOOD;
}

/* What the notes below the table say. */
struct below {
	FILE *out;
	char *text;
	size_t size;
	char *by_fio; /* the phases whose percentiles fio printed, or NULL */
	size_t by_fio_count;
};

static int add_by_fio(struct below *below, const struct phase *phase)
{
	char *names;

	if (++below->by_fio_count > NAMES_SHOWN)
		return 0;
	if (asprintf(&names, "%s%s%s", below->by_fio ? below->by_fio : "",
		     below->by_fio ? ", " : "", phase->job) < 0)
		return -ENOMEM;
	free(below->by_fio);
	below->by_fio = names;
	return 0;
}

static void write_by_fio(FILE *out, const struct below *below)
{
	if (!below->by_fio)
		return;
	fprintf(out, "percentiles of %s", shown(below->by_fio));
	if (below->by_fio_count > NAMES_SHOWN)
		fprintf(out, " and %zu more",
			below->by_fio_count - NAMES_SHOWN);
	fputs(" are those that fio printed: with json+ smallfio can compute "
	      "them\n",
	      out);
}

/* Writes the line of a phase. Returns 0 or -ENOMEM. */
static int write_line(FILE *out, struct below *below,
		      const struct result_page *page, const struct phase *phase,
		      int width)
{
	const struct scope *all = &phase->cluster;
	struct phase_latency latency;
	char cell[FIELD_MAX];
	int ret = phase_latency_build(&latency, page->run, phase, FIO_CLAT);

	field_name(out, width, phase->job);
	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)all->units);
	field_right(out, NUMBER, cell);
	field_rate(out, NUMBER, all->whole.units_per_s);
	if (moves_data(page->result))
		field_rate(out, NUMBER, all->whole.mib_per_s);
	for (size_t i = 0; i < PHASE_COLUMNS && !ret; i++)
		ret = write_latency(out, &latency.value[i]);
	fputs("  ", out);
	if (isnan(phase->share_percent))
		terminal_put(out, tone_of(phase), phase_verdict(phase));
	else
		fprintf(out, "%.1Lf %% of it", phase->share_percent);
	fputc('\n', out);
	for (size_t i = 0; i < PHASE_COLUMNS && !ret; i++)
		write_bounds(below->out, phase, &latency.percentiles.p[i],
			     &latency.value[i]);
	if (!ret && !strcmp(latency.source, "fio"))
		ret = add_by_fio(below, phase);
	return ret;
}

/* The name of a part without that of its operation. */
static const char *part_name(const struct phase *phase)
{
	return strrchr(phase->operation, '.') + 1;
}

void result_breakdown(FILE *out, const struct result *result)
{
	const char *operation = "";
	bool open = false;

	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];
		bool scope = !isnan(phase->share_percent);

		if (!phase->is_part)
			operation = phase->job;
		if (open && !scope)
			fputc('\n', out);
		if (scope && !open)
			fprintf(out, "time of %s: ", shown(operation));
		if (scope)
			fprintf(out, "%s%.1Lf %% %s", open ? ", " : "",
				phase->share_percent, part_name(phase));
		open = scope;
	}
	if (open)
		fputc('\n', out);
}

static void write_header(FILE *out, const struct result *result, int width)
{
	const char *unit = common_unit(result);
	char rate[FIELD_MAX];

	snprintf(rate, sizeof(rate), "%s/s", unit);
	field_name(out, width, "operation");
	field_right(out, NUMBER, unit);
	field_right(out, NUMBER, rate);
	if (moves_data(result))
		field_right(out, NUMBER, "MiB/s");
	field_right(out, LATENCY, "p50");
	field_right(out, LATENCY, "p99");
	fputs("  verdict\n", out);
}

int result_summary(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	struct below below = { 0 };
	int width = name_width(result), ret = 0;

	if (!result->phases)
		return 0;
	below.out = open_memstream(&below.text, &below.size);
	if (!below.out)
		return -ENOMEM;
	write_header(out, result, width);
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = write_line(out, &below, page, &result->phase[i], width);
	if (fclose(below.out))
		ret = -ENOMEM;
	else
		fputs(below.text, out);
	write_by_fio(out, &below);
	free(below.text);
	free(below.by_fio);
	return ret;
}
