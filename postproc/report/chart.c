// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "stats/rate.h"
#include "util/array.h"

/* The quantile scale ends where one operation in a million is slower. */
#define QUANTILE_STEP  0.05
#define QUANTILE_COUNT 121

/* A map is not larger, so that a page stays small. */
#define COLUMNS_MOST 100
#define ROWS_MOST    256
#define CELLS_MOST   8192

const char *const chart_axis_names[CHART_AXES] = { "time", "rate", "latency",
						   "quantile", "threads" };

const char *chart_value(char *out, enum chart_axis axis, double value)
{
	static const struct {
		enum chart_axis axis;
		double from, by;
		const char *unit;
	} units[] = {
		{ CHART_LATENCY, 1e9, 1e9, " s" },
		{ CHART_LATENCY, 1e6, 1e6, " ms" },
		{ CHART_LATENCY, 1e3, 1e3, " µs" },
		{ CHART_LATENCY, 0, 1, " ns" },
		{ CHART_RATE, 1e6, 1e6, "M" },
		{ CHART_RATE, 1e4, 1e3, "k" },
		{ CHART_RATE, 0, 1, "" },
		{ CHART_TIME, 86400, 86400, " d" },
		{ CHART_TIME, 3600, 3600, " h" },
		{ CHART_TIME, 60, 60, " min" },
		{ CHART_TIME, 1, 1, " s" },
		{ CHART_TIME, 1e-12, 1e-3, " ms" },
		{ CHART_TIME, 0, 1, "" },
	};
	size_t i = 0;

	if (axis == CHART_QUANTILE) {
		double percent = 100 - 100 * pow(10, -value);

		snprintf(out, CHART_VALUE_MAX, "%.*f %%",
			 value > 2 ? (int)ceil(value) - 2 : 0, percent);
		return out;
	}
	/* Three digits: 999.6 is 1000, and so of the next unit. */
	while (units[i].axis != axis || value < units[i].from * 0.9995)
		i++;
	value /= units[i].by;
	snprintf(out, CHART_VALUE_MAX, value >= 100 ? "%.0f%s" : "%.3g%s",
		 value, units[i].unit);
	return out;
}

struct chart_line *chart_add_line(struct chart *chart, const char *name,
				  unsigned int colour, size_t count)
{
	struct chart_line *line = array_add(&chart->line, &chart->lines);

	if (!line)
		return NULL;
	line->name = strdup(name);
	line->colour = colour % CHART_COLOURS;
	line->count = count;
	line->y = calloc(count + 1, sizeof(*line->y));
	return line->name && line->y ? line : NULL;
}

static void free_line(struct chart_line *line)
{
	free(line->name);
	free(line->x);
	free(line->y);
}

static int add_rate(struct chart *chart, const struct chart_source *source,
		    size_t run)
{
	const struct time_series *l = source->run[run].over_time;
	struct chart_line *line;
	char name[CHART_VALUE_MAX];

	/* So short a run has no rate anywhere (stats/rate.h). */
	if (!l->count ||
	    isnan(rate_per_s(1, l->interval_s * (double)(l->count - 1) +
					l->last_s)))
		return 0;
	snprintf(name, sizeof(name), "%s/s", source->unit);
	line = chart_add_line(chart,
			      source->runs > 1 ? source->run[run].name : name,
			      (unsigned int)run, l->count);
	if (!line)
		return -ENOMEM;
	line->dx = l->interval_s;
	for (size_t i = 0; i < l->count; i++)
		line->y[i] = time_series_rate(l, i);
	return 0;
}

static int fill_rate(struct chart *chart, const struct chart_source *source)
{
	int ret = 0;

	chart->steps = true;
	for (size_t i = 0; i < source->runs && !ret; i++)
		if (source->run[i].over_time)
			ret = add_rate(chart, source, i);
	return ret;
}

static bool has_percentile(const struct time_series *l, size_t k)
{
	for (size_t i = 0; i < l->count; i++)
		if (!l->point[i].unknown && l->point[i].percentile_ns[k] > 0)
			return true;
	return false;
}

/*
 * Of one run all percentiles are drawn. Of several there would be too many
 * lines: p50 and p99 of each.
 */
static int add_percentile(struct chart *chart,
			  const struct chart_source *source, size_t run,
			  size_t k)
{
	static const char *const names[TIME_SERIES_PERCENTILES] = {
		"p50", "p95", "p99", "max"
	};
	const struct time_series *l = source->run[run].over_time;
	bool several = source->runs > 1;
	struct chart_line *line;
	char *name;

	if ((several && k != 0 && k != 2) || !has_percentile(l, k))
		return 0;
	if (asprintf(&name, "%s%s%s", names[k], several ? " of " : "",
		     several ? source->run[run].name : "") < 0)
		return -ENOMEM;
	line = chart_add_line(chart, name, (unsigned int)(several ? run : k),
			      l->count);
	free(name);
	if (!line)
		return -ENOMEM;
	line->dashed = several && k == 0;
	line->dx = l->interval_s;
	line->x0 = l->interval_s / 2;
	for (size_t i = 0; i < l->count; i++) {
		double ns = l->point[i].percentile_ns[k];

		line->y[i] = l->point[i].unknown || !(ns > 0) ? NAN : ns;
	}
	return 0;
}

static int fill_percentiles(struct chart *chart,
			    const struct chart_source *source)
{
	int ret = 0;

	for (size_t i = 0; i < source->runs; i++)
		for (size_t k = 0; k < TIME_SERIES_PERCENTILES && !ret; k++)
			if (source->run[i].over_time)
				ret = add_percentile(chart, source, i, k);
	return ret;
}

/* A map with a column for `each` intervals. */
static int begin_map(struct chart *chart, const struct time_series *l,
		     size_t each, size_t rows)
{
	struct chart_map *map = &chart->map;

	map->columns = (l->count + each - 1) / each;
	map->cell = calloc(map->columns * rows + 1, sizeof(*map->cell));
	map->rows = map->cell ? rows : 0;
	map->dx = (double)each * l->interval_s;
	return map->cell ? 0 : -ENOMEM;
}

/* The first and the last row that has a count. */
static void find_rows(const struct time_series *l, size_t *first, size_t *last)
{
	*first = TIME_SERIES_ROWS - 1;
	*last = 0;
	for (size_t i = 0; i < l->count; i++)
		for (size_t row = 0; row < TIME_SERIES_ROWS; row++) {
			if (!l->point[i].row[row])
				continue;
			*first = row < *first ? row : *first;
			*last = row > *last ? row : *last;
		}
}

static int fill_heatmap(struct chart *chart, const struct chart_source *source)
{
	const struct time_series *l = source->run->over_time;
	struct chart_map *map = &chart->map;
	size_t first, last, each;

	if (!l)
		return 0;
	find_rows(l, &first, &last);
	if (first > last)
		return 0;
	each = (l->count + COLUMNS_MOST - 1) / COLUMNS_MOST;
	if (begin_map(chart, l, each, last - first + 1))
		return -ENOMEM;
	map->low_ns = time_series_row_low_ns(first);
	map->step = exp2(1.0 / TIME_SERIES_SUB);
	for (size_t i = 0; i < l->count; i++)
		for (size_t row = first; row <= last; row++)
			map->cell[(row - first) * map->columns + i / each] +=
				l->point[i].row[row];
	return 0;
}

/* The share of operations that are slower, against the latency. */
static int add_distribution(struct chart *chart,
			    const struct chart_source *source, size_t run)
{
	const struct operation_figures *f = source->run[run].figures;
	struct chart_line *line = chart_add_line(
		chart, source->runs > 1 ? source->run[run].name : "latency",
		(unsigned int)run, QUANTILE_COUNT);
	size_t i;

	if (!line)
		return -ENOMEM;
	line->dx = QUANTILE_STEP;
	for (i = 0; i < QUANTILE_COUNT; i++) {
		double slower = pow(10, -QUANTILE_STEP * (double)i);

		/* Fewer than one operation is slower: that is the maximum. */
		if (slower * (double)f->samples < 1)
			break;
		/* A logarithmic scale has no 0. */
		line->y[i] =
			fmax((double)fio_histogram_percentile(
				     &f->bins,
				     (uint64_t)llround(1e11 * (1 - slower)))
				     .value_ns,
			     1);
	}
	line->count = i;
	return 0;
}

static int fill_distribution(struct chart *chart,
			     const struct chart_source *source)
{
	int ret = 0;

	for (size_t i = 0; i < source->runs && !ret; i++) {
		const struct operation_figures *f = source->run[i].figures;

		if (f && f->has_bins && f->bins.n > 1)
			ret = add_distribution(chart, source, i);
	}
	return ret;
}

static bool is_new_row(const struct time_series *l, size_t thread, bool hosts)
{
	return !thread || !hosts ||
	       strcmp(l->thread[thread].host, l->thread[thread - 1].host) != 0;
}

static size_t count_rows(const struct time_series *l, bool hosts)
{
	size_t rows = 0;

	for (size_t i = 0; i < l->threads; i++)
		rows += is_new_row(l, i, hosts);
	return rows;
}

static char *name_row(const struct time_series_thread *thread, bool hosts)
{
	char *name;

	if (hosts || thread->thread < 0)
		return strdup(thread->host);
	return asprintf(&name, "%s %02ld", thread->host, thread->thread) < 0
		       ? NULL
		       : name;
}

/*
 * A row for each thread. Where there are too many threads, a row for each host,
 * and of too many hosts the first.
 */
static int fill_threads(struct chart *chart, const struct chart_source *source)
{
	const struct time_series *l = source->run->over_time;
	struct chart_map *map = &chart->map;
	bool hosts = l && l->threads > ROWS_MOST;
	size_t rows = l ? count_rows(l, hosts) : 0, row = 0, each;

	if (rows < 2 || !l->count)
		return 0;
	if (rows > ROWS_MOST)
		rows = ROWS_MOST;
	each = (l->count * rows + CELLS_MOST - 1) / CELLS_MOST;
	if (each < (l->count + COLUMNS_MOST - 1) / COLUMNS_MOST)
		each = (l->count + COLUMNS_MOST - 1) / COLUMNS_MOST;
	if (begin_map(chart, l, each, rows))
		return -ENOMEM;
	map->row = calloc(rows + 1, sizeof(*map->row));
	if (!map->row)
		return -ENOMEM;
	for (size_t i = 0; i < l->threads; i++) {
		if (is_new_row(l, i, hosts)) {
			if (row == rows)
				break;
			map->row[row] = name_row(&l->thread[i], hosts);
			if (!map->row[row++])
				return -ENOMEM;
		}
		for (size_t k = 0; k < l->count; k++)
			map->cell[(row - 1) * map->columns + k / each] +=
				l->thread[i].operations[k];
	}
	return 0;
}

#define OVER_TIME "latency logs (write_lat_log=) of more than one interval"

const struct chart_kind chart_kinds[] = {
	{ "throughput", "rate over time", OVER_TIME, false, fill_rate,
	  CHART_TIME, CHART_RATE },
	{ "percentiles", "latency percentiles over time", OVER_TIME, false,
	  fill_percentiles, CHART_TIME, CHART_LATENCY },
	{ "heatmap", "latencies over time", OVER_TIME, true, fill_heatmap,
	  CHART_TIME, CHART_LATENCY },
	{ "distribution",
	  "latency within which a share of the operations ended",
	  "a histogram (--output-format=json+)", false, fill_distribution,
	  CHART_QUANTILE, CHART_LATENCY },
	{ "threads", "operations by host and thread over time",
	  OVER_TIME ", and of more than one thread", true, fill_threads,
	  CHART_TIME, CHART_THREADS },
	{ 0 },
};

static void widen(double value, double *min, double *max)
{
	*min = fmin(value, *min);
	*max = fmax(value, *max);
}

/* Finds the ranges of both axes. The least range of y is [1, 2]. */
static void find_ranges(struct chart *chart)
{
	const struct chart_map *map = &chart->map;

	chart->x_min = chart->x_max = 0;
	chart->y_min = INFINITY;
	chart->y_max = 0;
	for (size_t i = 0; i < chart->lines; i++) {
		const struct chart_line *line = &chart->line[i];

		for (size_t k = 0; k < line->count; k++)
			if (!isnan(line->y[k]))
				widen(line->y[k], &chart->y_min, &chart->y_max);
		widen(chart_line_x(line,
				   line->count - (line->x != NULL ||
						  chart->x == CHART_QUANTILE)),
		      &chart->x_min, &chart->x_max);
	}
	if (map->rows) {
		chart->x_max = map->dx * (double)map->columns;
		chart->y_min = map->row ? 0 : map->low_ns;
		chart->y_max = map->row ? (double)map->rows
					: map->low_ns * pow(map->step,
							    (double)map->rows);
	}
	if (chart->y == CHART_RATE)
		chart->y_min = 0;
	if (!(chart->y_max > 0)) {
		chart->y_min = chart->y == CHART_RATE ? 0 : 1;
		chart->y_max = 2;
	}
	if (!map->rows && chart->y != CHART_RATE)
		chart->y_min /= 1.1;
	if (!map->rows)
		chart->y_max *= 1.1;
}

/* Leaves out lines without any value: nobody knows that percentile. */
static void drop_empty_lines(struct chart *chart)
{
	size_t kept = 0;

	for (size_t i = 0; i < chart->lines; i++) {
		struct chart_line line = chart->line[i];
		size_t known = 0;

		for (size_t k = 0; k < line.count; k++)
			known += !isnan(line.y[k]);
		chart->line[i] = chart->line[kept];
		chart->line[kept] = line;
		kept += line.count > 1 && known;
	}
	while (chart->lines > kept)
		free_line(&chart->line[--chart->lines]);
}

static void find_most(struct chart_map *map)
{
	for (size_t i = 0; i < map->rows * map->columns; i++)
		if (map->cell[i] > map->most)
			map->most = map->cell[i];
}

int chart_finish(struct chart *chart)
{
	drop_empty_lines(chart);
	if (!chart->lines && chart->map.columns < 2)
		return -ENODATA;
	find_most(&chart->map);
	find_ranges(chart);
	return 0;
}

int chart_build(struct chart *chart, const struct chart_kind *kind,
		const struct chart_source *source)
{
	const char *run = source->runs == 1 ? source->run->name : NULL;
	int ret;

	chart->x = kind->x;
	chart->y = kind->y;
	chart->unit = source->unit;
	if (asprintf(&chart->title, "%s: %s%s%s", source->operation,
		     kind->title, run ? ", run " : "", run ? run : "") < 0) {
		chart->title = NULL;
		return -ENOMEM;
	}
	ret = kind->fill(chart, source);
	return ret ? ret : chart_finish(chart);
}

static void describe_line(FILE *out, const struct chart *chart,
			  const struct chart_line *line)
{
	char low[CHART_VALUE_MAX], high[CHART_VALUE_MAX], at[CHART_VALUE_MAX];
	double least = INFINITY, most = 0;
	size_t where = 0;

	for (size_t i = 0; i < line->count; i++) {
		if (isnan(line->y[i]))
			continue;
		if (line->y[i] > most)
			where = i;
		widen(line->y[i], &least, &most);
	}
	if (isinf(least))
		return;
	fprintf(out, " %s: %s to %s, highest at %s.", line->name,
		chart_value(low, chart->y, least),
		chart_value(high, chart->y, most),
		chart_value(at, chart->x, chart_line_x(line, where)));
}

/* The sums of the rows, of which the highest and the lowest are told. */
static void describe_map(FILE *out, const struct chart *chart)
{
	const struct chart_map *map = &chart->map;
	char low[CHART_VALUE_MAX], high[CHART_VALUE_MAX];
	char slowest[CHART_VALUE_MAX];
	uint64_t most = 0, least = UINT64_MAX;
	size_t top = 0, bottom = 0;

	for (size_t i = 0; i < map->rows; i++) {
		uint64_t sum = 0;

		for (size_t k = 0; k < map->columns; k++)
			sum += map->cell[i * map->columns + k];
		if (sum > most) {
			most = sum;
			top = i;
		}
		if (sum < least) {
			least = sum;
			bottom = i;
		}
	}
	if (map->row)
		fprintf(out,
			" %zu rows; most operations: %s with %llu, fewest: %s "
			"with %llu.",
			map->rows, map->row[top], (unsigned long long)most,
			map->row[bottom], (unsigned long long)least);
	else
		fprintf(out,
			" Most operations took %s to %s; the slowest up to "
			"%s.",
			chart_value(low, CHART_LATENCY,
				    map->low_ns * pow(map->step, (double)top)),
			chart_value(high, CHART_LATENCY,
				    map->low_ns *
					    pow(map->step, (double)top + 1)),
			chart_value(slowest, CHART_LATENCY, chart->y_max));
}

void chart_describe(FILE *out, const struct chart *chart)
{
	fprintf(out, "%s.", chart->title);
	for (size_t i = 0; i < chart->lines; i++)
		describe_line(out, chart, &chart->line[i]);
	if (chart->map.rows)
		describe_map(out, chart);
}

void chart_free(struct chart *chart)
{
	for (size_t i = 0; i < chart->lines; i++)
		free_line(&chart->line[i]);
	for (size_t i = 0; i < chart->map.rows && chart->map.row; i++)
		free(chart->map.row[i]);
	free(chart->map.row);
	free(chart->map.cell);
	free(chart->line);
	free(chart->title);
	memset(chart, 0, sizeof(*chart));
}
