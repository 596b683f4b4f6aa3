// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/page_parts.h"
#include "report/svg.h"
#include "util/markup.h"

#define LEVELS     8
#define TICKS_MOST 24
#define X_TICKS    5
#define Y_TICKS    5

/* A picture: where the plot lies in it, in pixels, and how it is written. */
struct picture {
	FILE *out;
	const struct chart *chart;
	bool alone;
	double left, top, width, height, font;
};

struct tick {
	double at;
	char text[CHART_VALUE_MAX];
};

/* --- scales --------------------------------------------------------------- */

static double share(double value, double min, double max, bool log_scale)
{
	if (log_scale)
		return log(value / min) / log(max / min);
	return (value - min) / (max - min);
}

/* Where a value lies within the plot: 0 to `width`, and `height` to 0. */
static double x_of(const struct picture *p, double x)
{
	return p->width * share(x, p->chart->x_min, p->chart->x_max, false);
}

static double y_of(const struct picture *p, double y)
{
	double part = share(y, p->chart->y_min, p->chart->y_max,
			    p->chart->y == CHART_LATENCY);

	return p->height * (p->chart->map.row ? part : 1 - part);
}

/* The smallest step of people's that gives `most` ticks or fewer. */
static double step_of(enum chart_axis axis, double range, int most)
{
	static const double times[] = { 30,    60,    120,   300,   600,
					1200,  1800,  3600,  7200,  14400,
					21600, 43200, 86400, 172800 };
	double unit = pow(10, floor(log10(range / most)));

	for (size_t i = 0; axis == CHART_TIME && range > 90 &&
			   i < sizeof(times) / sizeof(*times);
	     i++)
		if (range / times[i] <= most)
			return times[i];
	return unit * (range / most <= unit * 2   ? 2
		       : range / most <= unit * 5 ? 5
						  : 10);
}

static size_t linear_ticks(struct tick *tick, enum chart_axis axis, double min,
			   double max, int most)
{
	double step = step_of(axis, max - min, most);
	size_t n = 0;

	for (double at = ceil(min / step) * step;
	     at <= max * 1.0001 && n < TICKS_MOST; at += step)
		chart_value(tick[n].text, axis, tick[n].at = at), n++;
	return n;
}

/* Powers of ten, and where these are few, also their double and fivefold. */
static size_t log_ticks(struct tick *tick, double min, double max)
{
	static const double factors[] = { 1, 2, 5 };
	size_t every = max / min > 1e6 ? 6 : max / min > 100 ? 3 : 1, n = 0;

	for (int i = 3 * (int)floor(log10(min)); n < TICKS_MOST; i++) {
		double at = factors[i % 3] * pow(10, i / 3);

		if (at > max)
			break;
		if (at < min || (size_t)i % every)
			continue;
		chart_value(tick[n].text, CHART_LATENCY, tick[n].at = at);
		n++;
	}
	return n;
}

/* 50, 90, 99, 99.9 % and so on. */
static size_t quantile_ticks(struct tick *tick, double max)
{
	size_t n = 0;

	for (double at = log10(2); at <= max && n < TICKS_MOST;
	     at = at < 1 ? 1 : at + 1) {
		chart_value(tick[n].text, CHART_QUANTILE, tick[n].at = at);
		n++;
	}
	return n;
}

/* Names of rows, as many as there is room for. */
static size_t row_ticks(struct tick *tick, const struct picture *p)
{
	const struct chart_map *map = &p->chart->map;
	size_t every = (size_t)ceil((double)map->rows * p->font * 1.5 /
				    p->height),
	       n = 0;

	for (size_t i = 0; i < map->rows && n < TICKS_MOST;
	     i += every ? every : 1) {
		tick[n].at = (double)i + 1;
		snprintf(tick[n++].text, CHART_VALUE_MAX, "%s", map->row[i]);
	}
	return n;
}

static size_t y_ticks(struct tick *tick, const struct picture *p)
{
	const struct chart *c = p->chart;

	if (c->y == CHART_THREADS)
		return row_ticks(tick, p);
	if (c->y == CHART_LATENCY && c->y_max > 4 * c->y_min)
		return log_ticks(tick, c->y_min, c->y_max);
	return linear_ticks(tick, c->y, c->y_min, c->y_max, Y_TICKS);
}

/* --- what is drawn -------------------------------------------------------- */

/* Writes a coordinate of the picture: pixels, or a share of a page's width. */
static void put_x(const struct picture *p, const char *name, double x)
{
	if (p->alone)
		fprintf(p->out, " %s=\"%.1f\"", name, p->left + x);
	else
		fprintf(p->out, " %s=\"%.4g%%\"", name, 100 * x / p->width);
}

/* Labels of y stand on their lines, within the plot, at its left. */
static void put_y_tick(const struct picture *p, const struct tick *tick)
{
	double y = p->top + y_of(p, tick->at);

	fputs("<line class=\"g\"", p->out);
	put_x(p, "x1", 0);
	put_x(p, "x2", p->width);
	fprintf(p->out, " y1=\"%.1f\" y2=\"%.1f\"/><text class=\"l\"", y, y);
	put_x(p, "x", 0);
	fprintf(p->out, " dx=\"3\" y=\"%.1f\">", y - p->font / 4);
	markup_put(p->out, tick->text);
	fputs("</text>\n", p->out);
}

static void put_x_tick(const struct picture *p, const struct tick *tick)
{
	double x = x_of(p, tick->at);

	fputs("<text", p->out);
	put_x(p, "x", x);
	fprintf(p->out, " y=\"%.1f\" text-anchor=\"%s\">",
		p->top + p->height + 1.3 * p->font,
		x < p->width * 0.03   ? "start"
		: x > p->width * 0.97 ? "end"
				      : "middle");
	markup_put(p->out, tick->text);
	fputs("</text>\n", p->out);
}

static void put_ticks(const struct picture *p)
{
	const struct chart *c = p->chart;
	struct tick tick[TICKS_MOST];
	size_t n = y_ticks(tick, p);

	for (size_t i = 0; i < n; i++)
		put_y_tick(p, &tick[i]);
	n = c->x == CHART_QUANTILE
		    ? quantile_ticks(tick, c->x_max)
		    : linear_ticks(tick, c->x, c->x_min, c->x_max, X_TICKS);
	for (size_t i = 0; i < n; i++)
		put_x_tick(p, &tick[i]);
}

static void put_line(const struct picture *p, const struct chart_line *line)
{
	bool drawn = false;

	fprintf(p->out, "<path class=\"c%u%s\" d=\"", line->colour,
		line->dashed ? " d" : "");
	for (size_t i = 0; i < line->count; i++) {
		double x = x_of(p, chart_line_x(line, i));

		if (isnan(line->y[i])) {
			drawn = false;
			continue;
		}
		fprintf(p->out, "%c%.1f",
			drawn && p->chart->steps ? 'H'
			: drawn                  ? 'L'
						 : 'M',
			x);
		fprintf(p->out, "%c%.1f", drawn && p->chart->steps ? 'V' : ' ',
			y_of(p, line->y[i]));
		if (p->chart->steps)
			fprintf(p->out, "H%.1f",
				fmin(x_of(p, chart_line_x(line, i + 1)),
				     p->width));
		drawn = true;
	}
	fputs("\"/>\n", p->out);
}

/* 0 for no operations. Latencies spread wide, so their counts do, too. */
static unsigned int level_of(const struct chart_map *map, uint32_t count)
{
	double part = (double)count / map->most;

	if (!count)
		return 0;
	if (!map->row)
		part = log1p(count) / log1p(map->most);
	return (unsigned int)ceil(part * LEVELS);
}

/*
 * Draws the cells of a level. Equal cells side by side are one stroke, which is
 * as wide as a row is high. Moves are relative, because that is shorter.
 */
static void put_level(const struct picture *p, unsigned int level)
{
	const struct chart_map *map = &p->chart->map;
	int x = 0, y = 0;

	fprintf(p->out, "<path class=\"h%u\" d=\"M0 0", level);
	for (size_t i = 0, end; i < map->rows * map->columns; i = end + 1) {
		size_t next = (i / map->columns + 1) * map->columns;
		int row = (int)(i / map->columns),
		    column = (int)(i % map->columns);

		for (end = i;
		     end < next && level_of(map, map->cell[end]) == level;)
			end++;
		if (end == i)
			continue;
		row = map->row ? row : (int)map->rows - 1 - row;
		fprintf(p->out, "m%d %dh%zu", column - x, row - y, end - i);
		x = column + (int)(end - i);
		y = row;
		/* The next cell has another level, unless a row begins. */
		end -= end == next;
	}
	fputs("\"/>\n", p->out);
}

static void put_plot(const struct picture *p)
{
	const struct chart *c = p->chart;
	bool map = c->map.rows > 0;

	fprintf(p->out,
		"<svg x=\"%.1f\" y=\"%.1f\" width=\"%.0f%s\" height=\"%.1f\" "
		"viewBox=\"0 0 %.0f %.1f\" preserveAspectRatio=\"none\"%s>\n",
		p->left, p->top, p->alone ? p->width : 100, p->alone ? "" : "%",
		p->height, map ? (double)c->map.columns : p->width,
		map ? (double)c->map.rows : p->height,
		map ? " shape-rendering=\"crispEdges\"" : "");
	for (size_t i = 0; i < c->lines; i++)
		put_line(p, &c->line[i]);
	if (map)
		fputs("<g transform=\"translate(0 .5)\">\n", p->out);
	for (unsigned int level = 1; map && level <= LEVELS; level++)
		put_level(p, level);
	fprintf(p->out, "%s</svg>\n", map ? "</g>" : "");
}

void svg_in_page(FILE *out, const struct chart *chart)
{
	const struct picture p = {
		.out = out,
		.chart = chart,
		.top = 16,
		.width = 1000,
		.height = 204,
		.font = 12,
	};

	fputs("<svg width=\"100%\" height=\"240\" aria-hidden=\"true\">\n",
	      out);
	put_plot(&p);
	put_ticks(&p);
	fputs("</svg>\n", out);
}

/* --- a file of its own ---------------------------------------------------- */

static void put_legend(const struct picture *p, double y)
{
	const struct chart *c = p->chart;
	char most[CHART_VALUE_MAX], time[CHART_VALUE_MAX];

	fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\">", p->left, y);
	for (size_t i = 0; i < c->lines; i++) {
		fprintf(p->out, "<tspan class=\"k%u\" dx=\"%s\">%s ",
			c->line[i].colour, i ? "1.2em" : "0",
			c->line[i].dashed ? "╍" : "━");
		markup_put(p->out, c->line[i].name);
		fputs("</tspan>", p->out);
	}
	if (c->map.rows)
		fprintf(p->out, "the darker, the more %s: up to %s in %s",
			c->unit, chart_value(most, CHART_RATE, c->map.most),
			chart_value(time, CHART_TIME, c->map.dx));
	fputs("</text>\n", p->out);
}

void svg_alone(FILE *out, const struct chart *chart, const char *title,
	       unsigned int width, unsigned int height)
{
	/* Text of a slide is read from afar: 30 lines fit the height. */
	double font = fmax(height / 30.0, 9);
	const struct picture p = {
		.out = out,
		.chart = chart,
		.alone = true,
		.left = font,
		.top = 5 * font,
		.width = width - 2 * font,
		.height = height - 7.3 * font,
		.font = font,
	};

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		"height=\"%u\" viewBox=\"0 0 %u %u\" font-size=\"%.1fpx\" "
		"role=\"img\">\n<title>",
		width, height, width, height, font);
	markup_put(out, title ? title : chart->title);
	fputs("</title>\n", out);
	fputs("<style>\n", out);
	fwrite(plot_style, 1, plot_style_size, out);
	fprintf(out,
		"</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		"<text class=\"t\" x=\"%.1f\" y=\"%.1f\">",
		font, 1.8 * font);
	markup_put(out, title ? title : chart->title);
	fputs("</text>\n", out);
	put_legend(&p, 3.4 * font);
	put_plot(&p);
	put_ticks(&p);
	fputs("</svg>\n", out);
}

int svg_to_png(FILE *svg, FILE *png)
{
	char name[] = "rsvg-convert", *argv[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	int ret, status;
	pid_t pid;

	fflush(NULL);
	rewind(svg);
	ret = posix_spawn_file_actions_init(&actions);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, fileno(svg),
						       STDIN_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, fileno(png),
						       STDOUT_FILENO);
	if (!ret)
		ret = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret)
		return -ret;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -EBADMSG : 0;
}
