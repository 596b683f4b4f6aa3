// SPDX-License-Identifier: GPL-2.0-only
/* The list of formats, and the formats for people. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/field.h"
#include "util/markup.h"
#include "util/shown.h"
#include "util/terminal.h"
#include "verdict/compare_format.h"

#define OPERATIONS_NAMED 4
#define OPERATION_MIN    14 /* "geometric mean" */
#define BLANKS           2  /* between two columns */

const struct compare_format compare_formats[] = {
	{ "text", "a table for a person", compare_format_text, NULL },
	{ "markdown", "for a pull-request comment", compare_format_markdown,
	  NULL },
	{ "csv", "a header and a line for each row and side",
	  compare_format_csv, NULL },
	{ "json", "schema smallfio-compare-1", compare_format_json, NULL },
	EXPORT_ROWS,
	{ 0 },
};

int compare_format_write(FILE *out, const struct compare_format *format,
			 const struct compare_table *table)
{
	struct points points = { .source = "compare" };
	int ret;

	if (format->write)
		return format->write(out, table);
	ret = compare_points(&points, table,
			     format->export == export_benchstat);
	if (!ret)
		ret = format->export(out, &points);
	points_free(&points);
	return ret;
}

/* Prints a change in percent; nothing for one that is not known. */
static void print_change(char *out, const char *unit, double change)
{
	if (isfinite(change))
		snprintf(out, COMPARE_CELL_MAX, "%+.1f%s", 100 * change, unit);
	else
		*out = '\0';
}

/* Prints a value with its bounds. Of one run there can be no bounds. */
static void print_value(char *out, const struct metric *metric,
			const struct compare_cell *cell, size_t runs)
{
	char value[METRIC_VALUE_MAX], spread[32] = "";
	double percent = 100 * compare_cell_spread(cell);

	if (isnan(cell->median)) {
		strcpy(out, "-");
		return;
	}
	metric_format_value(value, metric->row->unit, cell->median);
	if (isfinite(percent))
		snprintf(spread, sizeof(spread), " ± %.*f %%", percent < 9.95,
			 percent);
	else if (runs > 1)
		strcpy(spread, " ± ?");
	snprintf(out, COMPARE_CELL_MAX, "%s%s", value, spread);
}

void compare_format_cells(const struct compare_table *table,
			  const struct compare_row *row, size_t side,
			  struct compare_cells *cells)
{
	const struct compare_cell *cell = &row->cell[side];
	char low[COMPARE_CELL_MAX], high[COMPARE_CELL_MAX];
	size_t used;

	print_value(cells->old, row->metric, &row->cell[0],
		    table->side[0].runs.count);
	print_value(cells->now, row->metric, cell,
		    table->side[side].runs.count);
	print_change(cells->change, " %", cell->change);
	print_change(low, "", cell->change_low);
	print_change(high, "", cell->change_high);
	used = strlen(cells->change);
	if (*low && *high)
		snprintf(cells->change + used, COMPARE_CELL_MAX - used,
			 " (%.24s to %.24s)", low, high);
	cells->verdict = compare_verdict_name(cell->verdict);
}

void compare_format_mean(const struct compare_mean *mean, size_t side,
			 struct compare_cells *cells)
{
	metric_format_value(cells->old, mean->metric->row->unit, mean->mean[0]);
	metric_format_value(cells->now, mean->metric->row->unit,
			    mean->mean[side]);
	print_change(cells->change, " %", mean->change[side]);
	cells->verdict = "";
}

/* Whether two rows lack a value on a side for the same reason. */
static bool is_same(const struct compare_row *a, const struct compare_row *b,
		    size_t side)
{
	return (a->metric == b->metric || a->cell[side].absent) &&
	       a->cell[side].missing == b->cell[side].missing;
}

static bool is_first(const struct compare_table *table, size_t at, size_t side)
{
	for (size_t i = 0; i < at; i++)
		if (is_same(&table->row[at], &table->row[i], side))
			return false;
	return true;
}

/* Names the operations that lack a value for the same reason as a row does. */
static void name_operations(FILE *out, const struct compare_table *table,
			    size_t first, size_t side)
{
	const char *last = "";
	size_t n = 0;

	for (size_t i = first; i < table->rows; i++) {
		const char *name = table->row[i].operation;

		if (!is_same(&table->row[first], &table->row[i], side) ||
		    !strcmp(name, last) ||
		    (last = name, ++n) > OPERATIONS_NAMED)
			continue;
		fprintf(out, "%s%s", n > 1 ? ", " : "", name);
	}
	if (n > OPERATIONS_NAMED)
		fprintf(out, " and %zu more", n - OPERATIONS_NAMED);
}

/* Adds why values are missing, a sentence for each reason. */
static int note_missing(const struct compare_table *table, size_t at,
			size_t side, struct notes *notes)
{
	const struct compare_row *row = &table->row[at];
	const struct compare_cell *cell = &row->cell[side];
	char *names = NULL;
	size_t size;
	FILE *text = open_memstream(&names, &size);

	if (!text)
		return -ENOMEM;
	name_operations(text, table, at, side);
	if (!fclose(text))
		notes_add(notes, "%s: %s%s%s %s", table->side[side].name,
			  cell->absent ? "" : row->metric->name,
			  cell->absent ? "" : " of ", names, cell->missing);
	free(names);
	return 0;
}

/* Collects what stands below the tables. Returns 0 or -ENOMEM. */
static int collect_notes(const struct compare_table *table, struct notes *notes)
{
	int ret = 0;

	for (size_t side = 0; side < table->sides; side++)
		for (size_t i = 0; i < table->rows && !ret; i++)
			if (table->row[i].cell[side].missing &&
			    is_first(table, i, side))
				ret = note_missing(table, i, side, notes);
	for (size_t i = 0; i < table->notes.count; i++)
		notes_add_once(notes, table->notes.text[i]);
	return ret;
}

static void count_runs(char *out, const struct compare_side *side)
{
	snprintf(out, COMPARE_CELL_MAX, "%zu run%s", side->runs.count,
		 side->runs.count == 1 ? "" : "s");
}

/* A line of a table: operation, metric, old, now, change, verdict. */
#define COLUMNS 6
struct table_line {
	const char *text[COLUMNS];
	struct compare_cells cells;
};

static void fill_line(struct table_line *line, const char *operation,
		      const struct metric *metric)
{
	line->text[0] = operation;
	line->text[1] = metric->name;
	line->text[2] = line->cells.old;
	line->text[3] = line->cells.now;
	line->text[4] = line->cells.change;
	line->text[5] = line->cells.verdict;
}

/* Makes the lines of one side against the first. NULL: no memory. */
static struct table_line *make_lines(const struct compare_table *table,
				     size_t side)
{
	struct table_line *line =
		calloc(table->rows + table->means + 1, sizeof(*line));

	for (size_t i = 0; i < table->rows && line; i++) {
		compare_format_cells(table, &table->row[i], side,
				     &line[i].cells);
		fill_line(&line[i], table->row[i].operation,
			  table->row[i].metric);
	}
	for (size_t i = 0; i < table->means && line; i++) {
		compare_format_mean(&table->mean[i], side,
				    &line[table->rows + i].cells);
		fill_line(&line[table->rows + i], "geometric mean",
			  table->mean[i].metric);
	}
	return line;
}

/* Writes a verdict, or the heading of the column. */
static void put_verdict(FILE *out, const char *text)
{
	if (!strcmp(text, compare_verdict_name(COMPARE_REGRESSION)))
		terminal_put(out, TONE_BAD, text);
	else if (!strcmp(text, compare_verdict_name(COMPARE_IMPROVEMENT)))
		terminal_put(out, TONE_GOOD, text);
	else if (!strcmp(text, compare_verdict_name(COMPARE_INCONCLUSIVE)))
		terminal_put(out, TONE_OPEN, text);
	else
		fputs(text, out);
}

static void print_line(FILE *out, const int *width, const char *const *text)
{
	field_name(out, width[0], text[0]);
	fprintf(out, "%*s", BLANKS, "");
	field_name(out, width[1], text[1]);
	for (int c = 2; c < COLUMNS - 1 && (c < 4 || *text[c]); c++)
		field_right(out, width[c] + BLANKS, text[c]);
	if (width[COLUMNS - 1] && *text[COLUMNS - 1]) {
		fprintf(out, "%*s", BLANKS, "");
		put_verdict(out, text[COLUMNS - 1]);
	}
	fputc('\n', out);
}

static void print_lines(FILE *out, const struct table_line *line, size_t n)
{
	static const char *const header[COLUMNS] = {
		"operation", "metric", "old", "new", "change", "verdict",
	};
	int width[COLUMNS], rest = terminal_width();

	for (int c = 0; c < COLUMNS; c++) {
		/* With one run a side there is no verdict, and no column. */
		width[c] = c < COLUMNS - 1 ? field_columns(header[c]) : 0;
		for (size_t i = 0; i < n; i++) {
			int wide = field_columns(line[i].text[c]);

			if (wide > width[c])
				width[c] = wide;
		}
	}
	/* Names of operations get what the other columns leave. */
	for (int c = 1; c < COLUMNS; c++)
		rest -= width[c] + BLANKS;
	if (width[0] > rest)
		width[0] = rest > OPERATION_MIN ? rest : OPERATION_MIN;
	print_line(out, width, header);
	for (size_t i = 0; i < n; i++)
		print_line(out, width, line[i].text);
}

static void put_text_side(FILE *out, const struct compare_table *table,
			  size_t side, const struct table_line *line)
{
	char runs[COMPARE_CELL_MAX];

	count_runs(runs, &table->side[0]);
	fprintf(out, "old: %s, %s\n", shown(table->side[0].name), runs);
	count_runs(runs, &table->side[side]);
	fprintf(out, "new: %s, %s\n\n", shown(table->side[side].name), runs);
	print_lines(out, line, table->rows + table->means);
}

static void put_text_note(FILE *out, const char *note)
{
	field_item(out, terminal_width(), "note:", note);
}

static void put_markdown_side(FILE *out, const struct compare_table *table,
			      size_t side, const struct table_line *line)
{
	char runs[COMPARE_CELL_MAX];

	fputs("### ", out);
	markup_put_markdown(out, table->side[side].name);
	count_runs(runs, &table->side[side]);
	fprintf(out, " (%s) against ", runs);
	markup_put_markdown(out, table->side[0].name);
	count_runs(runs, &table->side[0]);
	fprintf(out,
		" (%s)\n\n| operation | metric | old | new | change | "
		"verdict |\n|---|---|--:|--:|--:|---|\n",
		runs);
	for (size_t i = 0; i < table->rows + table->means; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			fputs(c ? " | " : "| ", out);
			markup_put_markdown(out, line[i].text[c]);
		}
		fputs(" |\n", out);
	}
}

static void put_markdown_note(FILE *out, const char *note)
{
	fputs("- ", out);
	markup_put_markdown(out, note);
	fputc('\n', out);
}

/* Writes each side against the first (of one side, itself), then the notes. */
static int
put_sides(FILE *out, const struct compare_table *table,
	  void (*put_side)(FILE *out, const struct compare_table *table,
			   size_t side, const struct table_line *line),
	  void (*put_note)(FILE *out, const char *note))
{
	struct notes notes = { 0 };
	int ret = collect_notes(table, &notes);

	for (size_t i = table->sides > 1; i < table->sides && !ret; i++) {
		struct table_line *line = make_lines(table, i);

		if (line) {
			put_side(out, table, i, line);
			fputc('\n', out);
		} else {
			ret = -ENOMEM;
		}
		free(line);
	}
	for (size_t i = 0; i < notes.count; i++)
		put_note(out, notes.text[i]);
	notes_free(&notes);
	return ret;
}

int compare_format_text(FILE *out, const struct compare_table *table)
{
	return put_sides(out, table, put_text_side, put_text_note);
}

int compare_format_markdown(FILE *out, const struct compare_table *table)
{
	return put_sides(out, table, put_markdown_side, put_markdown_note);
}
