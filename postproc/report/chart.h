/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a picture of one operation shows: lines or a heat map, of one run or of
 * several. Who draws it (svg.h, the page's script) needs to know nothing of
 * operations. Each chart is a row and a function in chart.c.
 */
#ifndef SMALLFIO_CHART_H
#define SMALLFIO_CHART_H

#include <stdio.h>

#include "run/operation_figures.h"
#include "stats/time_series.h"

/* What is along an axis, and so how its values read. */
enum chart_axis {
	CHART_TIME,     /* s since the operation's start */
	CHART_RATE,     /* units a second */
	CHART_LATENCY,  /* ns, on a logarithmic scale */
	CHART_QUANTILE, /* -log10 of the share of operations that are slower */
	CHART_THREADS,  /* rows of the map, the first at the top */
	CHART_AXES,
};

/* The axis's name in the page, for its script. */
extern const char *const chart_axis_names[CHART_AXES];

/* Values at equal distances along x, or at `x`. NaN: there is none. */
struct chart_line {
	char *name;
	unsigned int colour; /* 0 to CHART_COLOURS - 1 */
	bool dashed;
	double x0, dx;
	double *x; /* ascending; NULL: by x0 and dx */
	double *y;
	size_t count;
};

/* Where the i-th value is along x. It may be one behind the last by dx. */
static inline double chart_line_x(const struct chart_line *line, size_t i)
{
	return line->x ? line->x[i] : line->x0 + line->dx * (double)i;
}

#define CHART_COLOURS 6

/* Counts of a row in a column. Column 0 is from x = 0 to dx. */
struct chart_map {
	double dx;
	size_t columns, rows;
	uint32_t *cell; /* rows * columns; row 0 is the lowest latency */
	uint32_t most;
	char **row;          /* names of the rows; NULL: they are latencies */
	double low_ns, step; /* row i is from low_ns * step^i */
};

struct chart {
	char *title;      /* with the operation, and the run if there is one */
	const char *unit; /* what operations are called: "files" */
	enum chart_axis x, y;
	double x_min, x_max, y_min, y_max;
	bool steps; /* a value holds until the next one */
	struct chart_line *line;
	size_t lines;
	struct chart_map map; /* rows 0: there are only lines */
};

/* One run of the operation. Either pointer may be NULL: there are no data. */
struct chart_run {
	const char *name;
	const struct operation_figures *figures; /* of all hosts */
	const struct time_series *over_time;
};

struct chart_source {
	const char *operation, *unit;
	const struct chart_run *run;
	size_t runs;
};

struct chart_kind {
	const char *name, *title;
	const char *needs; /* what a run without the data lacks */
	bool single;       /* of one run only */
	/* Adds lines, or the map. Returns 0 or -ENOMEM. */
	int (*fill)(struct chart *chart, const struct chart_source *source);
	enum chart_axis x, y;
};

/* Ends with a row without a name. */
extern const struct chart_kind chart_kinds[];

/*
 * Makes a chart. The caller zeroes *chart first, and frees it in any case.
 * Returns 0, -ENODATA where no run has the data, or -ENOMEM.
 */
int chart_build(struct chart *chart, const struct chart_kind *kind,
		const struct chart_source *source);

/*
 * For a chart of another kind: adds a line with room for so many values (NULL:
 * no memory), and finds the ranges when all are there. Returns 0, or -ENODATA
 * if no line has more than one value.
 */
struct chart_line *chart_add_line(struct chart *chart, const char *name,
				  unsigned int colour, size_t count);
int chart_finish(struct chart *chart);

/* Writes what the picture shows, in words, for those who cannot see it. */
void chart_describe(FILE *out, const struct chart *chart);

/* Writes a value of the axis for people: "1.5 ms", "12.3k", "2 min". */
#define CHART_VALUE_MAX 32
const char *chart_value(char *out, enum chart_axis axis, double value);

void chart_free(struct chart *chart);

#endif
