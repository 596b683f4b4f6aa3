/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charts of an operation, drawn by gnuplot, which may be missing. A row in
 * chart.c and a function each.
 */
#ifndef SMALLFIO_CHART_H
#define SMALLFIO_CHART_H

#include <stdio.h>

#include "run/operation_figures.h"
#include "stats/time_series.h"

struct chart_data {
	const struct operation_figures
		*figures;                    /* all hosts of the operation */
	const struct time_series *over_time; /* NULL: no logs */
};

struct chart {
	const char *name;
	const char *title;
	const char *help;
	/* Writes gnuplot commands behind the terminal's, data with them. */
	void (*write)(FILE *gnuplot, const struct chart_data *data);
	/* What it needs. */
	bool needs_times, needs_bins;
};

extern const struct chart charts[];

/* Is there what the chart needs? */
bool chart_possible(const struct chart *chart, const struct chart_data *data);

enum chart_form {
	CHART_SVG,
	CHART_PNG,
};

/*
 * Draws into memory; *picture is to be freed. 0, -ENOENT without gnuplot,
 * -EIO where it fails, or another -errno.
 */
int chart_draw(const struct chart *chart, const struct chart_data *data,
	       enum chart_form form, char **picture, size_t *size);

#endif
