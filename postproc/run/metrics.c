// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "run/metrics.h"
#include "stats/rate.h"
#include "util/field.h"

#define MIB (1024.0L * 1024.0L)

static long double elapsed_s(const struct operation_figures *f)
{
	return f->runtime_ms ? (long double)f->runtime_ms / 1000 : NAN;
}

static double files_per_s(const struct operation_figures *f)
{
	return (double)rate_per_s(f->ios, elapsed_s(f));
}

#define REAL(member)  true, offsetof(struct operation_figures, member), false
#define COUNT(member) false, offsetof(struct operation_figures, member), false

static const struct metric_row rows[] = {
	{ "files/s", UNIT_PER_S, true, false, COUNT(ios) },
	{ "MiB/s", UNIT_MIB_PER_S, true, false, COUNT(bytes) },
	{ "mean", UNIT_NS, false, true, REAL(mean_ns) },
	{ "stddev", UNIT_NS, false, true, REAL(stddev_ns) },
	{ "min", UNIT_NS, false, true, COUNT(min_ns) },
	{ "max", UNIT_NS, false, true, COUNT(max_ns) },
	{ "errors", UNIT_COUNT, false, false, COUNT(errors) },
	{ "operations", UNIT_COUNT, true, false, COUNT(ios) },
	{ "pNN", UNIT_NS, false, true, false, 0, true },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static const struct metric_row *percentile_row(void)
{
	return &rows[ROWS - 1];
}

static int fail_unknown(const char *name, char *error)
{
	size_t i;
	int used = snprintf(error, METRIC_ERROR_MAX,
			    "\"%.40s\" is no metric; there are", name);

	for (i = 0; i < ROWS; i++)
		used += snprintf(error + used, METRIC_ERROR_MAX - (size_t)used,
				 "%s %s", i ? "," : "", rows[i].name);
	snprintf(error + used, METRIC_ERROR_MAX - (size_t)used,
		 " (as p99 or p99.9)");
	return -EINVAL;
}

int metric_parse(struct metric *metric, const char *name, char *error)
{
	char reason[PERCENTILES_ERROR_MAX];
	struct percentiles list;
	size_t i;

	memset(metric, 0, sizeof(*metric));
	for (i = 0; i + 1 < ROWS; i++) {
		if (strcmp(name, rows[i].name) != 0)
			continue;
		metric->row = &rows[i];
		snprintf(metric->name, sizeof(metric->name), "%s", name);
		return 0;
	}
	if (*name != 'p' || percentiles_parse(&list, name + 1, reason) ||
	    list.count != 1)
		return fail_unknown(name, error);
	metric->row = percentile_row();
	metric->percentile = list.p[0];
	snprintf(metric->name, sizeof(metric->name), "p%s", list.p[0].name);
	return 0;
}

bool metric_is_rate(const struct metric *metric)
{
	return metric->row->unit == UNIT_PER_S ||
	       metric->row->unit == UNIT_MIB_PER_S;
}

static struct bounded percentile_of(const struct metric *metric,
				    const struct operation_figures *figures)
{
	uint64_t e9 = metric->percentile.e9;

	return figures->has_bins ? fio_histogram_percentile(&figures->bins, e9)
				 : fio_percentiles_find(&figures->printed, e9);
}

static double value_of(const struct metric_row *row,
		       const struct operation_figures *f)
{
	const char *at = (const char *)f + row->offset;

	if (row->unit == UNIT_PER_S)
		return files_per_s(f);
	if (row->unit == UNIT_MIB_PER_S)
		return (double)rate_per_s(f->bytes / MIB, elapsed_s(f));
	return row->real ? *(const double *)at : (double)*(const uint64_t *)at;
}

enum metric_state metric_value(const struct metric *metric,
			       const struct operation_figures *figures,
			       double *value)
{
	if (metric->row->needs_samples && !figures->samples)
		return METRIC_NO_SAMPLES;
	if (metric_is_rate(metric) && !figures->ios)
		return METRIC_NO_SAMPLES;
	/* A part of an operation has latencies alone. */
	if (metric_is_rate(metric) && !figures->bytes && !figures->runtime_ms)
		return METRIC_NO_RATE;
	if (metric->row->unit == UNIT_MIB_PER_S &&
	    figures->bytes <= figures->ios)
		return METRIC_NO_DATA;
	if (metric_is_rate(metric) && isnan(files_per_s(figures)))
		return METRIC_NO_TIME;
	if (!metric->row->percentile) {
		*value = value_of(metric->row, figures);
		return METRIC_OK;
	}
	*value = (double)percentile_of(metric, figures).value_ns;
	if (isnan(*value))
		return METRIC_NO_HISTOGRAM;
	if (!percentile_has_enough(&metric->percentile, figures->samples))
		return METRIC_TOO_FEW;
	return METRIC_OK;
}

bool metric_is_by_fio(const struct metric *metric,
		      const struct operation_figures *figures)
{
	return metric->row->percentile && !figures->has_bins;
}

void metric_bounds(const struct metric *metric,
		   const struct operation_figures *figures, double *low,
		   double *high)
{
	struct bounded b;

	if (!metric->row->percentile) {
		*low = *high = value_of(metric->row, figures);
		return;
	}
	b = percentile_of(metric, figures);
	*low = (double)b.low_ns;
	*high = (double)b.high_ns;
}

const char *metric_state_text(enum metric_state state)
{
	static const char *const texts[] = {
		[METRIC_OK] = "is known",
		[METRIC_NO_SAMPLES] = "has no samples",
		[METRIC_TOO_FEW] = "has too few samples for this percentile",
		[METRIC_NO_HISTOGRAM] =
			"has no latencies to take a percentile of; run fio "
			"with --output-format=json+, or give a directory with "
			"the JSON and whole logs",
		[METRIC_NO_DATA] = "has no bandwidth: it moves no data",
		[METRIC_NO_TIME] =
			"took less than the 100 ms that a rate needs",
		[METRIC_NO_RATE] = "has no rate: it is a part of an operation",
	};

	return texts[state];
}

struct unit_row {
	enum metric_unit unit;
	const char *name;
	double factor;
};

static const struct unit_row unit_rows[] = {
	{ UNIT_NS, "ns", 1 },           { UNIT_NS, "us", 1e3 },
	{ UNIT_NS, "\xc2\xb5s", 1e3 }, /* the micro sign, */
	{ UNIT_NS, "\xce\xbcs", 1e3 }, /* and the Greek letter */
	{ UNIT_NS, "ms", 1e6 },         { UNIT_NS, "s", 1e9 },
	{ UNIT_PER_S, "", 1 },          { UNIT_PER_S, "/s", 1 },
	{ UNIT_PER_S, "k", 1e3 },       { UNIT_PER_S, "k/s", 1e3 },
	{ UNIT_MIB_PER_S, "", 1 },      { UNIT_MIB_PER_S, "KiB/s", 1.0 / 1024 },
	{ UNIT_MIB_PER_S, "MiB/s", 1 }, { UNIT_MIB_PER_S, "GiB/s", 1024 },
	{ UNIT_COUNT, "", 1 },
};

static int fail_unit(enum metric_unit unit, const char *found, char *error)
{
	static const char *const expected[] = {
		[UNIT_NS] = "a time needs its unit: ns, us, ms or s",
		[UNIT_PER_S] = "a rate has no unit, /s, k or k/s",
		[UNIT_MIB_PER_S] =
			"a bandwidth has no unit (MiB/s), KiB/s, MiB/s or GiB/s",
		[UNIT_COUNT] = "a count has no unit",
	};

	if (*found)
		snprintf(error, METRIC_ERROR_MAX, "%s; found \"%.20s\"",
			 expected[unit], found);
	else
		snprintf(error, METRIC_ERROR_MAX, "%s; found none",
			 expected[unit]);
	return -EINVAL;
}

int metric_parse_value(enum metric_unit unit, const char *text, double *value,
		       char *error)
{
	char *end;
	size_t i;

	/* strtod() would also take signs, "nan", "inf" and "0x1p3". */
	if (strspn(text, "0123456789.") == 0 || *text == '.' ||
	    (text[0] == '0' && (text[1] | 0x20) == 'x')) {
		snprintf(error, METRIC_ERROR_MAX,
			 "expected a number, 0 or more, found \"%.20s\"", text);
		return -EINVAL;
	}
	*value = strtod(text, &end);
	while (*end == ' ' || *end == '\t')
		end++;
	for (i = 0; i < sizeof(unit_rows) / sizeof(*unit_rows); i++) {
		if (unit_rows[i].unit != unit ||
		    strcmp(unit_rows[i].name, end) != 0)
			continue;
		*value *= unit_rows[i].factor;
		if (isfinite(*value))
			return 0;
		snprintf(error, METRIC_ERROR_MAX, "%.20s is too large", text);
		return -EINVAL;
	}
	return fail_unit(unit, end, error);
}

/* Prints about four significant digits, without an exponent. */
static void print_short(char *out, double value, const char *unit)
{
	double size = fabs(value);
	int decimals = size >= 1000 || value == 0 ? 0
		       : size >= 100              ? 1
		       : size >= 10               ? 2
						  : 3;

	snprintf(out, METRIC_VALUE_MAX, "%.*f%s", decimals, value, unit);
}

const char *metric_format_value(char *out, enum metric_unit unit, double value)
{
	double size = fabs(value);

	switch (unit) {
	case UNIT_NS:
		if (size >= 1e9)
			print_short(out, value / 1e9, " s");
		else if (size >= 1e6)
			print_short(out, value / 1e6, " ms");
		else if (size >= 1e3)
			print_short(out, value / 1e3, " \xc2\xb5s");
		else
			print_short(out, value, " ns");
		break;
	case UNIT_PER_S:
		print_short(out, value, "/s");
		break;
	case UNIT_MIB_PER_S:
		print_short(out, value, " MiB/s");
		break;
	default:
		snprintf(out, METRIC_VALUE_MAX, "%.0f", value);
	}
	return out;
}

double metric_round(enum metric_unit unit, double value)
{
	return unit == UNIT_NS || unit == UNIT_COUNT ? round(value)
						     : field_round(value);
}

const char *metric_unit_name(enum metric_unit unit)
{
	static const char *const names[] = { "ns", "1/s", "MiB/s", "count" };

	return names[unit];
}
