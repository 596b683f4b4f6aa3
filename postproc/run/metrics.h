/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics: a name, a unit, which direction is better, and how to compute it
 * from the figures of a run. A row in metrics.c each; percentiles are pNN.
 *
 * Values are double: latencies in ns, rates in 1/s or MiB/s, counts.
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
	const char *help;
	enum metric_unit unit;
	bool more_is_better;
	bool needs_samples; /* of latency; else it is known without any */
	double (*value)(const struct operation_figures *figures);
};

extern const struct metric_row metric_rows[];
extern const size_t metric_rows_count;

/* A metric that was asked for. */
struct metric {
	char name[METRIC_NAME_MAX];
	const struct metric_row *row;
	struct percentile percentile; /* where the row is that of percentiles */
};

/* Why there is no value. */
enum metric_state {
	METRIC_OK,
	METRIC_NO_SAMPLES,   /* the operation was never done */
	METRIC_TOO_FEW,      /* samples for this percentile */
	METRIC_NO_HISTOGRAM, /* neither JSON+ nor logs */
	METRIC_NO_DATA,      /* the operation moves none */
	METRIC_NO_TIME,      /* the run took less than a rate needs */
};

/*
 * Finds "files/s", "mean", "p99.9", ... 0, or -EINVAL with a sentence in
 * `error` (METRIC_ERROR_MAX bytes) that lists what there is.
 */
int metric_parse(struct metric *metric, const char *name, char *error);

/* *value counts only for METRIC_OK. */
enum metric_state metric_value(const struct metric *metric,
			       const struct operation_figures *figures,
			       double *value);

/* A percentile that fio itself printed: see fio_percentiles.h. */
bool metric_is_by_fio(const struct metric *metric,
		      const struct operation_figures *figures);

/*
 * Between which the value surely lies: of a percentile of a histogram the
 * bounds that smallfio stats prints, of all else the value. For METRIC_OK.
 */
void metric_bounds(const struct metric *metric,
		   const struct operation_figures *figures, double *low,
		   double *high);

/* A sentence's end for a state: "has no samples", ... Never NULL. */
const char *metric_state_text(enum metric_state state);

/*
 * A number followed by a unit, as in "2ms", "20000", "1.5GiB/s", as the
 * metric's own unit. 0, or -EINVAL with a sentence in `error`.
 */
int metric_parse_value(enum metric_unit unit, const char *text, double *value,
		       char *error);

/* "1.25 ms", "20000/s", ...: three to five digits. Returns `out`. */
const char *metric_format_value(char *out, enum metric_unit unit, double value);

/* A value for programs: whole ns and counts, rates by field_round(). */
double metric_round(enum metric_unit unit, double value);

/* "ns", "1/s", "MiB/s", "count": the unit of values, for machines. */
const char *metric_unit_name(enum metric_unit unit);

#endif
