/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two or more sides of runs next to each other: a row for each operation and
 * metric, with the value of each side, and how it differs from the first side.
 * The statistics and verdicts are those of the gate (gate.h, compare.h), for
 * all hosts together.
 */
#ifndef SMALLFIO_COMPARE_TABLE_H
#define SMALLFIO_COMPARE_TABLE_H

#include "verdict/gate.h"

#define COMPARE_TABLE_METRICS "files/s", "MiB/s", "p50", "p99"
#define COMPARE_METRICS_MAX   16

struct compare_side {
	const char *name;          /* borrowed, as the user wrote it */
	struct run_summaries runs; /* one run or more */
};

enum compare_verdict {
	COMPARE_NO_VERDICT, /* too few runs, or one of the sides has no value */
	COMPARE_NO_REGRESSION,
	COMPARE_INCONCLUSIVE,
	COMPARE_REGRESSION,
	COMPARE_IMPROVEMENT,
};

/* The value of one side. Values are in the metric's unit (metrics.h). */
struct compare_cell {
	const char *missing; /* why there is no value, or NULL: there is one */
	bool absent;         /* because a run does not have the operation */
	double median;       /* of the side's runs; NAN: missing */
	/*
	 * Bounds of the median, each of them one-sided with the gate's
	 * confidence, from order statistics. Infinite: too few runs.
	 *   David, Nagaraja: Order Statistics (2003), section 7.1.
	 */
	double low, high;
	/*
	 * Against the first side: value / first value - 1, and its bounds
	 * (compare.h). NAN: not comparable, or the first side itself. Infinite
	 * bounds: too few runs.
	 */
	double change, change_low, change_high;
	enum compare_verdict verdict;
};

struct compare_row {
	char *operation;
	const struct metric *metric;
	struct compare_cell *cell; /* one for each side */
};

/* The geometric mean of a metric over the operations that all sides have. */
struct compare_mean {
	const struct metric *metric;
	size_t operations; /* 2 or more */
	double *mean;      /* one for each side */
	double *change;    /* against the first side; NAN for itself */
};

struct compare_table {
	struct gate_options options; /* compare_table_init(), or the caller */
	struct metric metric[COMPARE_METRICS_MAX]; /* options.metric */
	const struct compare_side *side;           /* borrowed; set by build */
	size_t sides;
	struct compare_row *row; /* by operation, then as options.metric */
	size_t rows;
	struct compare_mean *mean; /* as options.metric */
	size_t means;
	struct notes notes; /* printed with the table */
};

/*
 * Zeroes the table and sets the options: the gate's confidence and threshold,
 * and COMPARE_TABLE_METRICS. The table must stay where it is.
 */
void compare_table_init(struct compare_table *table);

/*
 * Makes the rows and means. A metric that an operation does not have, such as
 * MiB/s of stat, gets no row. `sides` is 1 or more; of one side there are only
 * values. Returns 0, -ENOMEM, or -E2BIG for more than COMPARE_RUNS_MAX runs a
 * side. The caller calls compare_table_free() in any case.
 */
int compare_table_build(struct compare_table *table,
			const struct compare_side *side, size_t sides);

/* "no regression", "inconclusive", "regression", "improved", or "". */
const char *compare_verdict_name(enum compare_verdict verdict);

/*
 * How far the farther bound is from the median, as a share of it, for "± 2 %".
 * NAN: there is no value. Infinite: too few runs.
 */
double compare_cell_spread(const struct compare_cell *cell);

void compare_table_free(struct compare_table *table);

#endif
