// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compared runs as points: for benchstat the values of each run, because it
 * makes its own statistics, and for all others the median of each side, and how
 * it changed.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "verdict/compare_format.h"

/* The figure of a metric of the gate. *percentile is set for those. */
static enum figure figure_of(const struct metric *metric,
			     const char **percentile)
{
	*percentile = NULL;
	for (int i = 0; i < FIGURES; i++)
		if (!strcmp(figure_rows[i].name, metric->name))
			return (enum figure)i;
	*percentile = metric->percentile.name;
	return FIGURE_PERCENTILE;
}

static void put_metric(struct points *points, const struct metric *metric,
		       double value, double spread)
{
	const char *percentile;
	enum figure figure = figure_of(metric, &percentile);

	points_put_spread(points, figure, percentile, value, spread);
}

static void add_run(struct points *points, const struct compare_table *table,
		    const struct compare_side *side,
		    const struct operation_figures *figures)
{
	struct point *point = points_add(points, figures->operation);
	double value;

	point->side = side->name;
	point->whole = true;
	point->count = figures->ios;
	for (size_t i = 0; i < table->options.metrics; i++)
		if (metric_value(&table->options.metric[i], figures, &value) ==
		    METRIC_OK)
			put_metric(points, &table->options.metric[i], value,
				   NAN);
}

static void add_runs(struct points *points, const struct compare_table *table)
{
	for (size_t i = 0; i < table->sides; i++)
		for (size_t k = 0; k < table->side[i].runs.count; k++) {
			const struct run_summary *run =
				&table->side[i].runs.run[k];

			for (size_t n = 0; n < run->figures.count; n++)
				if (!run->figures.figures[n].host)
					add_run(points, table, &table->side[i],
						&run->figures.figures[n]);
		}
}

static int64_t last_end_ns(const struct run_summaries *runs)
{
	int64_t last = 0;

	for (size_t i = 0; i < runs->count; i++)
		if (runs->run[i].end_ms > last)
			last = runs->run[i].end_ms;
	return last * 1000000;
}

static struct point *add_side(struct points *points,
			      const struct compare_table *table, size_t side,
			      const char *operation)
{
	struct point *point = points_add(points, operation);

	point->side = table->side[side].name;
	point->time_ns = last_end_ns(&table->side[side].runs);
	return point;
}

/* Adds the medians of all metrics of an operation. Returns the next row. */
static size_t add_medians(struct points *points,
			  const struct compare_table *table, size_t row,
			  size_t side)
{
	const char *operation = table->row[row].operation;

	add_side(points, table, side, operation)->whole = true;
	for (;
	     row < table->rows && !strcmp(table->row[row].operation, operation);
	     row++)
		put_metric(points, table->row[row].metric,
			   table->row[row].cell[side].median,
			   compare_cell_spread(&table->row[row].cell[side]));
	return row;
}

static void add_change(struct points *points, const struct compare_table *table,
		       const struct compare_row *row, size_t side)
{
	const struct compare_cell *cell = &row->cell[side];

	if (isnan(cell->change))
		return;
	add_side(points, table, side, row->operation)->metric =
		row->metric->name;
	points_put(points, FIGURE_CHANGE, cell->change);
	points_put(points, FIGURE_CHANGE_LOW, cell->change_low);
	points_put(points, FIGURE_CHANGE_HIGH, cell->change_high);
}

int compare_points(struct points *points, const struct compare_table *table,
		   bool runs)
{
	if (runs)
		add_runs(points, table);
	for (size_t side = 0; side < table->sides && !runs; side++) {
		size_t row = 0;

		while (row < table->rows)
			row = add_medians(points, table, row, side);
		for (row = 0; row < table->rows; row++)
			add_change(points, table, &table->row[row], side);
	}
	return points->no_memory ? -ENOMEM : 0;
}
