/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A metric has a name and a unit, says which direction is better, and computes
 * its value from the figures of a run. Each metric is a row in metrics.c. One
 * row is for all percentiles, pNN.
 *
 * Values are of type double: latencies in ns, rates in 1/s or MiB/s, counts.
 */
#ifndef SMALLFIO_METRICS_H
#define SMALLFIO_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "run/operation_figures.h"
#include "stats/percentiles.h"

#define METRIC_NAME_MAX  (PERCENTILE_NAME_MAX + 8)
#define METRIC_ERROR_MAX 200
#define METRIC_VALUE_MAX 48

enum metric_unit {
	UNIT_NS,
	UNIT_PER_S,
	UNIT_MIB_PER_S,
	UNIT_COUNT,
};

struct metric_row {
	const char *name;
	enum metric_unit unit;
	bool more_is_better;
	bool needs_samples; /* needs samples of latency */
	bool real;          /* a double; false: a uint64_t */
	size_t offset;      /* of the value in struct operation_figures */
	bool percentile;    /* of a percentile, which is computed instead */
};

/* A metric that a user asked for. */
struct metric {
	char name[METRIC_NAME_MAX];
	const struct metric_row *row;
	struct percentile percentile; /* if the row is that of percentiles */
};

/* Why a metric has no value. */
enum metric_state {
	METRIC_OK,
	METRIC_NO_SAMPLES,   /* the operation was never done */
	METRIC_TOO_FEW,      /* too few samples for this percentile */
	METRIC_NO_HISTOGRAM, /* neither JSON+ nor logs */
	METRIC_NO_DATA,      /* the operation moves no data */
	METRIC_NO_TIME,      /* the run took less than a rate needs */
	METRIC_NO_RATE,      /* it is a part of an operation */
};

/*
 * Finds a metric by its name: "files/s", "mean", "p99.9", ... Returns 0, or
 * -EINVAL with a sentence in `error` (METRIC_ERROR_MAX bytes) that lists the
 * metrics.
 */
int metric_parse(struct metric *metric, const char *name, char *error);

bool metric_is_rate(const struct metric *metric);

/* Computes a metric. *value is set only for METRIC_OK. */
enum metric_state metric_value(const struct metric *metric,
			       const struct operation_figures *figures,
			       double *value);

/* Whether the value is a percentile that fio printed (fio_percentiles.h). */
bool metric_is_by_fio(const struct metric *metric,
		      const struct operation_figures *figures);

/*
 * The bounds between which the value surely lies. For a percentile of a
 * histogram they are those that smallfio stats prints. For all other metrics
 * both are the value itself. Only for METRIC_OK.
 */
void metric_bounds(const struct metric *metric,
		   const struct operation_figures *figures, double *low,
		   double *high);

/* The end of a sentence about a state: "has no samples", ... Never NULL. */
const char *metric_state_text(enum metric_state state);

/*
 * Reads a number with a unit, as in "2ms", "20000" or "1.5GiB/s", and converts
 * it to the metric's own unit. Returns 0, or -EINVAL with a sentence in
 * `error`.
 */
int metric_parse_value(enum metric_unit unit, const char *text, double *value,
		       char *error);

/*
 * Writes a value for people, with three to five digits: "1.25 ms", "20000/s".
 * Returns `out`.
 */
const char *metric_format_value(char *out, enum metric_unit unit, double value);

/*
 * Rounds a value for programs: ns and counts to whole numbers, rates by
 * field_round().
 */
double metric_round(enum metric_unit unit, double value);

/* The name of a unit for programs: "ns", "1/s", "MiB/s", "count". */
const char *metric_unit_name(enum metric_unit unit);

#endif
