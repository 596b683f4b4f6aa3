// SPDX-License-Identifier: GPL-2.0-only
/* A line an operation, for who reads no more than the end. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "util/field.h"
#include "stats/percentiles.h"
#include "format/result_format.h"

#define NAME_MIN     12
#define NAME_LONGEST 24
#define NUMBER       11
#define LATENCY      9
#define NS_PER_S     1e9L
#define PERCENTILES  "50,99"

/* All units alike: their name; else a word for any. */
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
 * The latencies of all threads of a phase. *known: there are such, and all have
 * histograms.
 */
static int add_latencies(const struct fio_result *run,
			 const struct phase *phase, struct fio_histogram *bins,
			 bool *known)
{
	int ret = 0;

	*known = true;
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
			*known &= l->has_bins;
			if (l->has_bins)
				ret = fio_histogram_merge(bins, &l->bins);
		}
	}
	*known &= !ret && bins->samples > 0;
	return ret;
}

static void write_latency(FILE *out, const struct fio_histogram *bins,
			  bool known, const struct percentile *p)
{
	long double s = NAN;

	if (known && percentile_has_enough(p, bins->samples))
		s = fio_histogram_percentile(bins, p->e9).value_ns / NS_PER_S;
	field_seconds(out, LATENCY, s);
}

static int write_line(FILE *out, const struct result_page *page,
		      const struct phase *phase, int width,
		      const struct percentiles *percentiles)
{
	const struct part *all = &phase->cluster;
	struct fio_histogram bins = { 0 };
	char cell[FIELD_MAX];
	bool known;
	int ret = add_latencies(page->run, phase, &bins, &known);

	field_name(out, width, phase->job);
	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)all->units);
	field_right(out, NUMBER, cell);
	field_real(out, NUMBER, 1, all->whole.units_per_s);
	for (size_t i = 0; i < percentiles->count; i++)
		write_latency(out, &bins, known, &percentiles->p[i]);
	fprintf(out, "  %s\n", phase_verdict(phase));
	fio_histogram_free(&bins);
	return ret == -ENOMEM ? ret : 0;
}

int result_summary(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	char error[PERCENTILES_ERROR_MAX], rate[FIELD_MAX];
	struct percentiles percentiles;
	const char *unit;
	int width = name_width(result), ret = 0;

	if (!result->phases)
		return 0;
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
		ret = write_line(out, page, &result->phase[i], width,
				 &percentiles);
	fputc('\n', out);
	return ret;
}
