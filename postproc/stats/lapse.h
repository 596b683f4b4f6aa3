/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An operation over the time of a run, from its latency logs: for each
 * interval how much was done, percentiles, and how many operations took how
 * long.
 */
#ifndef SMALLFIO_LAPSE_H
#define SMALLFIO_LAPSE_H

#include "stats/series.h"

/* Rows of the heat map: 4 to each power of two, from 2^LAPSE_FIRST ns on. */
#define LAPSE_FIRST   7 /* 128 ns */
#define LAPSE_OCTAVES 28
#define LAPSE_SUB     4
#define LAPSE_ROWS    (LAPSE_SUB * LAPSE_OCTAVES)

/* In the order of lapse_percentiles. */
#define LAPSE_PERCENTILES      4
#define LAPSE_PERCENTILES_LIST "50,95,99,100"

struct lapse_point {
	double start_s; /* from the first interval of the operation on */
	uint64_t operations;
	double percentile_ns[LAPSE_PERCENTILES]; /* NaN for no operation */
	uint32_t row[LAPSE_ROWS];
};

struct lapse {
	char *operation;
	double interval_s;
	struct lapse_point *point;
	size_t count;
};

/* Zeroed by its owner. */
struct lapses {
	struct lapse *lapse;
	size_t count;
};

/*
 * From samples that load() has read with this interval. 0 or -ENOMEM; free in
 * any case.
 */
int lapses_build(struct lapses *lapses, const struct series_list *samples,
		 int64_t interval_ns);

/* NULL: no logs of it. */
const struct lapse *lapses_find(const struct lapses *lapses,
				const char *operation);

/* A length of interval that cuts a run of `runtime_ms` into 50 to 125. */
int64_t lapse_interval_ns(uint64_t runtime_ms);

/* The lower bound of a row, in ns. */
double lapse_row_low_ns(size_t row);

void lapses_free(struct lapses *lapses);

#endif
