// SPDX-License-Identifier: GPL-2.0-only
/* A line for each phase, for a user who reads only the end. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/latency_summary.h"
#include "util/field.h"
#include "stats/percentiles.h"
#include "format/result_format.h"

#define NAME_MIN     12
#define NAME_LONGEST 24
#define NUMBER       11
#define LATENCY      9
#define NS_PER_S     1e9L
#define PERCENTILES  "50,99"

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

/* The latencies of all threads of a phase. */
struct latencies {
	struct fio_histogram bins;
	bool known; /* there are latencies, and all have histograms */
	const struct fio_latency *only; /* NULL: there are none or several */
};

static int add_latencies(const struct fio_result *run,
			 const struct phase *phase, struct latencies *sum)
{
	size_t found = 0;
	int ret = 0;

	sum->known = true;
	for (size_t i = 0; i < run->entries && !ret; i++) {
		const struct fio_entry *entry = &run->entry[i];

		if (strcmp(entry->job, phase->job) != 0 ||
		    strcmp(fio_json_operation(run, entry), phase->operation) !=
			    0)
			continue;
		for (int d = 0; d < FIO_DIRECTIONS && !ret; d++) {
			const struct fio_side *side = entry->side[d];
			const struct fio_latency *l =
				side ? side->latency[FIO_CLAT] : NULL;

			if (!l || !l->samples)
				continue;
			sum->only = found++ ? NULL : l;
			sum->known &= l->has_bins;
			if (l->has_bins)
				ret = fio_histogram_merge(&sum->bins, &l->bins);
		}
	}
	sum->known &= !ret && sum->bins.samples > 0;
	return ret;
}

/* A percentile gets a mark if its bounds lie further from it than this. */
#define ERROR_PERCENT_MAX 5

static bool is_rough(const struct bounded *b)
{
	return !isnan(b->value_ns) &&
	       !(latency_summary_error_percent(b, b->value_ns) <=
		 ERROR_PERCENT_MAX);
}

static struct bounded latency_of(const struct latencies *sum,
				 const struct percentile *p)
{
	if (sum->known && percentile_has_enough(p, sum->bins.samples))
		return fio_histogram_percentile(&sum->bins, p->e9);
	if (!sum->known && sum->only &&
	    percentile_has_enough(p, sum->only->samples))
		return fio_percentiles_find(&sum->only->printed, p->e9);
	return (struct bounded){ NAN, NAN, NAN };
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

	if (!is_rough(b)) {
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
	if (!is_rough(b))
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
		      const struct phase *phase, int width,
		      const struct percentiles *percentiles)
{
	const struct part *all = &phase->cluster;
	struct latencies sum = { 0 };
	char cell[FIELD_MAX];
	struct bounded b[PERCENTILES_MAX];
	int ret = add_latencies(page->run, phase, &sum);

	/* Without a histogram of all threads, the latencies are not known. */
	ret = ret == -ENOMEM ? ret : 0;

	field_name(out, width, phase->job);
	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)all->units);
	field_right(out, NUMBER, cell);
	field_real(out, NUMBER, 1, all->whole.units_per_s);
	for (size_t i = 0; i < percentiles->count && !ret; i++) {
		b[i] = latency_of(&sum, &percentiles->p[i]);
		ret = write_latency(out, &b[i]);
	}
	fprintf(out, "  %s\n", phase_verdict(phase));
	for (size_t i = 0; i < percentiles->count && !ret; i++)
		write_bounds(below, phase, &percentiles->p[i], &b[i]);
	if (!sum.known && sum.only && sum.only->printed.n) {
		fputs("percentiles of ", below);
		field_name(below, name_columns(phase->job), phase->job);
		fputs(" are those that fio printed: with json+ smallfio can "
		      "compute them\n",
		      below);
	}
	fio_histogram_free(&sum.bins);
	return ret;
}

int result_summary(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	char error[PERCENTILES_ERROR_MAX], rate[FIELD_MAX];
	struct percentiles percentiles;
	char *rough = NULL;
	size_t length;
	FILE *below;
	const char *unit;
	int width = name_width(result), ret = 0;

	if (!result->phases)
		return 0;
	below = open_memstream(&rough, &length);
	if (!below)
		return -ENOMEM;
	percentiles_parse(&percentiles, PERCENTILES, error);
	unit = common_unit(result);
	snprintf(rate, sizeof(rate), "%s/s", unit);
	field_name(out, width, "operation");
	field_right(out, NUMBER, unit);
	field_right(out, NUMBER, rate);
	field_right(out, LATENCY, "p50");
	field_right(out, LATENCY, "p99");
	fputs("  verdict\n", out);
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = write_line(out, below, page, &result->phase[i], width,
				 &percentiles);
	if (fclose(below))
		ret = -ENOMEM;
	else
		fputs(rough, out);
	free(rough);
	fputc('\n', out);
	return ret;
}
