// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/chart.h"
#include "stats/rate.h"

#define US 1e-3 /* a factor from ns to us */

/*
 * Operations a second over time. Where intervals are too short for a rate, the
 * chart has the number of operations in an interval instead.
 */
static void write_throughput(FILE *out, const struct chart_data *data)
{
	const struct time_series *l = data->over_time;
	bool rates = !isnan(rate_per_s(0, l->interval_s));
	size_t i;

	fputs("set xlabel 'time (s)'; set ylabel 'operations", out);
	if (rates)
		fputs("/s", out);
	else
		fprintf(out, " in %g ms", l->interval_s * 1000);
	fputs("'\nset yrange [0:*]; set key off\n"
	      "plot '-' using 1:2 with steps lw 2 lc rgb '#1f77b4'\n",
	      out);
	for (i = 0; i < l->count; i++) {
		long double n = l->point[i].operations;

		fprintf(out, "%g %g\n", l->point[i].start_s,
			(double)(rates ? rate_per_s(n, l->interval_s) : n));
	}
	fputs("e\n", out);
}

static void write_percentiles(FILE *out, const struct chart_data *data)
{
	static const char *const titles[TIME_SERIES_PERCENTILES] = {
		"p50", "p95", "p99", "max"
	};
	const struct time_series *l = data->over_time;
	size_t i, k;

	fputs("set xlabel 'time (s)'; set ylabel 'latency (us)'\n"
	      "set logscale y; set key outside right top\nplot ",
	      out);
	for (k = 0; k < TIME_SERIES_PERCENTILES; k++)
		fprintf(out, "%s'-' using 1:2 with lines lw 2 title '%s'",
			k ? ", " : "", titles[k]);
	fputc('\n', out);
	for (k = 0; k < TIME_SERIES_PERCENTILES; k++) {
		for (i = 0; i < l->count; i++) {
			if (l->point[i].percentile_ns[k] > 0)
				fprintf(out, "%g %g\n", l->point[i].start_s,
					l->point[i].percentile_ns[k] * US);
			else
				fputc('\n', out); /* a gap in the line */
		}
		fputs("e\n", out);
	}
}

/* The highest count of a cell, but at least 10, so that there is a scale. */
static uint32_t most_in_a_cell(const struct time_series *l)
{
	uint32_t most = 10;
	size_t i, row;

	for (i = 0; i < l->count; i++)
		for (row = 0; row < TIME_SERIES_ROWS; row++)
			most = l->point[i].row[row] > most
				       ? l->point[i].row[row]
				       : most;
	return most;
}

/*
 * Finds the first and the last row that has a count, and adds a row at each
 * side.
 */
static void find_rows(const struct time_series *l, size_t *first, size_t *last)
{
	size_t i, row;

	*first = TIME_SERIES_ROWS - 1;
	*last = 0;
	for (i = 0; i < l->count; i++)
		for (row = 0; row < TIME_SERIES_ROWS; row++) {
			if (!l->point[i].row[row])
				continue;
			if (row < *first)
				*first = row;
			if (row > *last)
				*last = row;
		}
	if (*first)
		--*first;
	if (*last + 1 < TIME_SERIES_ROWS)
		++*last;
}

static void write_heatmap(FILE *out, const struct chart_data *data)
{
	const struct time_series *l = data->over_time;
	size_t i, row, first, last;

	find_rows(l, &first, &last);
	fprintf(out,
		"set xlabel 'time (s)'; set ylabel 'latency (us)'\n"
		"set logscale y; set key off\n"
		"set cblabel 'operations in an interval'; set logscale cb\n"
		"set palette defined (0 '#fff7ec', 1 '#fdbb84', 2 '#e34a33', "
		"3 '#7f0000')\n"
		"set xrange [0:%g]; set yrange [%g:%g]\n"
		"set cbrange [1:%u]\n"
		"set style fill solid noborder\n"
		"plot '-' using 1:2:1:3:2:4:5 with boxxyerror lc palette\n",
		(double)l->count * l->interval_s,
		time_series_row_low_ns(first) * US,
		time_series_row_low_ns(last + 1) * US, most_in_a_cell(l));
	for (i = 0; i < l->count; i++)
		for (row = first; row <= last; row++) {
			const struct time_series_point *p = &l->point[i];

			if (p->row[row])
				fprintf(out, "%g %g %g %g %u\n", p->start_s,
					time_series_row_low_ns(row) * US,
					p->start_s + l->interval_s,
					time_series_row_low_ns(row + 1) * US,
					p->row[row]);
		}
	fputs("e\n", out);
}

/*
 * The share of operations that took longer, against the latency. The chart
 * shows where the tail begins.
 */
static void write_distribution(FILE *out, const struct chart_data *data)
{
	const struct fio_histogram *bins = &data->figures->bins;
	uint64_t below = 0;
	size_t i;

	fputs("set xlabel 'latency (us)'; set logscale x; set key off\n"
	      "set ylabel 'slower than this'; set logscale y\n"
	      "set yrange [*:100]; set format y '%g %%'\n"
	      "plot '-' using 1:2 with steps lw 2 lc rgb '#1f77b4'\n",
	      out);
	for (i = 0; i < bins->n; i++) {
		double low = (double)fio_histogram_low_ns(bins->bin[i].index);

		fprintf(out, "%g %g\n", (low > 0 ? low : 1) * US,
			100 - 100 * (double)below / (double)bins->samples);
		below += bins->bin[i].count;
	}
	fputs("e\n", out);
}

const struct chart charts[] = {
	{ "throughput", "Throughput over time",
	  "operations a second, or in an interval below 100 ms",
	  write_throughput, true, false },
	{ "percentiles", "Latency percentiles over time",
	  "p50, p95, p99 and maximum of each interval", write_percentiles, true,
	  false },
	{ "heatmap", "Latencies over time",
	  "how many operations took how long, when", write_heatmap, true,
	  false },
	{ "distribution", "Distribution of the latency",
	  "the share of operations that took longer", write_distribution, false,
	  true },
	{ 0 },
};

bool chart_possible(const struct chart *chart, const struct chart_data *data)
{
	/* A line needs more than one interval, or more than one bin. */
	if (chart->needs_times)
		return data->over_time && data->over_time->count > 1;
	return data->figures && data->figures->has_bins &&
	       data->figures->bins.n > 1;
}

static int write_script(FILE *script, const struct chart *chart,
			const struct chart_data *data, enum chart_form form)
{
	/*
	 * The title has no name of an operation, because gnuplot would take
	 * some of its characters for markup.
	 */
	fprintf(script,
		"set terminal %s size 860,360%s\nset title '%s'\n"
		"set grid\n",
		form == CHART_SVG ? "svg" : "png",
		form == CHART_SVG ? " font 'sans-serif,12'" : "", chart->title);
	chart->write(script, data);
	fflush(script);
	rewind(script);
	return ferror(script) ? -EIO : 0;
}

/*
 * Runs gnuplot on a script. Script and picture are files without a name, and
 * not pipes, which could fill up.
 */
static int run_gnuplot(FILE *script, FILE *picture)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (dup2(fileno(script), 0) < 0 || dup2(fileno(picture), 1) < 0)
			_exit(126);
		/* -d: gnuplot does not read the user's settings. */
		execlp("gnuplot", "gnuplot", "-d", NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (!status)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EIO;
}

static int read_all(FILE *file, char **data, size_t *size)
{
	long end;

	if (fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0)
		return -errno;
	rewind(file);
	*data = malloc((size_t)end + 1);
	if (!*data)
		return -ENOMEM;
	*size = fread(*data, 1, (size_t)end, file);
	(*data)[*size] = '\0';
	return *size && *size == (size_t)end ? 0 : -EIO;
}

int chart_draw(const struct chart *chart, const struct chart_data *data,
	       enum chart_form form, char **picture, size_t *size)
{
	FILE *script = tmpfile(), *drawn = tmpfile();
	int ret = script && drawn ? 0 : -errno;

	*picture = NULL;
	if (!ret)
		ret = write_script(script, chart, data, form);
	if (!ret)
		ret = run_gnuplot(script, drawn);
	if (!ret)
		ret = read_all(drawn, picture, size);
	if (ret) {
		free(*picture);
		*picture = NULL;
	}
	if (script)
		fclose(script);
	if (drawn)
		fclose(drawn);
	return ret;
}
