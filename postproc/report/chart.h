/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charts of an operation, drawn by gnuplot, which may be missing. Each chart is
 * a row and a function in chart.c.
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
	/* Writes the commands and data that follow "set terminal". */
	void (*write)(FILE *gnuplot, const struct chart_data *data);
	/* Whether the chart needs over_time, or a histogram. */
	bool needs_times, needs_bins;
};

/* Ends with a row without a name. */
extern const struct chart charts[];

/* Whether the data has what the chart needs. */
bool chart_possible(const struct chart *chart, const struct chart_data *data);

enum chart_form {
	CHART_SVG,
	CHART_PNG,
};

/*
 * Draws a chart into memory. The caller frees *picture. Returns 0, -ENOENT if
 * gnuplot is missing, -EIO if gnuplot fails, or another -errno.
 */
int chart_draw(const struct chart *chart, const struct chart_data *data,
	       enum chart_form form, char **picture, size_t *size);

#endif
