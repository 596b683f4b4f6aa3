// SPDX-License-Identifier: GPL-2.0-only
/* smallfio compare: sides of runs next to each other. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gate_settings.h"
#include "cli/progress.h"
#include "verdict/compare_format.h"

#define COMMAND "compare"

struct comparing {
	struct gate_settings settings; /* first: the setters' context */
	const struct compare_format *format;
	struct compare_side *side;
	size_t sides;
};

static const struct option_row rows[] = {
	{ "metric", 0, "LIST",
	  "metrics to compare, divided by commas\n"
	  "(files/s,MiB/s,p50,p99): also mean, stddev, min, max, pNN",
	  OPTION_SET(gate_settings_set_metric) },
	GATE_THRESHOLD_ROWS,
	{ "format", 0, "FORMAT",
	  "text, markdown, csv, json (text), " EXPORT_NAMES,
	  OPTION_CHOICE(struct comparing, format, compare_formats) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct gate_settings, output) },
	OPTION_COLOR_ROW,
	{ 0 },
};

static const char usage[] =
	"usage: smallfio compare [OPTION...] OLD NEW...\n"
	"\n"
	"Prints runs next to each other: for each operation and metric the "
	"old and the\n"
	"new value, how far off they may be, the change, and the verdict of "
	"the gate's\n"
	"statistics. At the end stand geometric means.\n"
	"\n"
	"OLD and NEW are fio's JSON file, a directory of one run, or a "
	"directory of\n"
	"several runs of the same thing. Of one run a side there is no "
	"verdict.\n"
	"\n";

static int read_sides(struct comparing *c, char **path, struct notes *notes,
		      struct input_error *error)
{
	struct progress progress;
	int ret = 0;

	progress_begin(&progress);
	for (size_t i = 0; i < c->sides && !ret; i++) {
		c->side[i].name = path[i];
		progress_of_runs(&progress, &c->side[i].runs);
		ret = run_summaries_read_samples(&c->side[i].runs, path[i],
						 notes, error);
		if (!ret)
			ret = run_summaries_check_whole(&c->side[i].runs,
							error);
	}
	progress_end(&progress);
	return ret;
}

/* Notes how the sides differ. Refuses a run that is there twice. */
static int check_alike(const struct comparing *c, struct notes *notes)
{
	struct gate gate = { .options = &c->settings.options };
	int code = 0;

	for (size_t i = 1; i < c->sides && !code; i++)
		code = gate_settings_check_alike(&c->settings, COMMAND, &gate,
						 &c->side[0].runs,
						 &c->side[i].runs);
	for (size_t i = 0; i < gate.notes.count; i++)
		notes_add_once(notes, gate.notes.text[i]);
	gate_free(&gate);
	return code;
}

static int write_table(const struct comparing *c,
		       const struct compare_table *table)
{
	struct output output;
	int code = cli_output_begin(&output, COMMAND, c->settings.output);

	if (code)
		return code;
	return cli_output_end(&output, COMMAND, c->settings.output,
			      compare_format_write(output.file, c->format,
						   table));
}

static int build(const struct comparing *c, struct compare_table *table)
{
	struct input_error error = { 0 };
	int ret;

	if (c->settings.options.metrics)
		table->options = c->settings.options;
	table->options.threshold = c->settings.options.threshold;
	table->options.floors = &c->settings.floors;
	ret = compare_table_build(table, c->side, c->sides);
	if (ret == -E2BIG)
		return cli_usage_error(COMMAND,
				       "expected at most 500 runs a side");
	if (!ret)
		return EXIT_GOOD;
	input_error_no_memory(&error);
	return cli_input_failed(COMMAND, &error);
}

static int compare_all(const struct comparing *c)
{
	struct compare_table table;
	int code;

	compare_table_init(&table);
	code = check_alike(c, &table.notes);
	if (!code)
		code = build(c, &table);
	if (!code)
		code = write_table(c, &table);
	compare_table_free(&table);
	return code;
}

static int run(struct comparing *c, char **path)
{
	struct input_error error = { 0 };
	struct notes notes = { 0 };
	int ret = read_sides(c, path, &notes, &error), code;

	cli_print_notes(COMMAND, &notes);
	code = ret ? cli_input_failed(COMMAND, &error) : compare_all(c);
	notes_free(&notes);
	for (size_t i = 0; i < c->sides; i++)
		run_summaries_free(&c->side[i].runs);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	struct comparing c = { .format = &compare_formats[0] };
	int code;

	gate_settings_init(&c.settings);
	c.settings.options.metrics = 0; /* not given */
	c.settings.allow_unlike = true;
	code = cli_options(COMMAND, rows, usage, NULL, &c, &argc, argv);
	if (code == CLI_GO_ON && argc < 3)
		code = cli_usage_error(COMMAND, "expected two runs, or "
						"directories of runs");
	if (code == CLI_GO_ON) {
		c.sides = (size_t)argc - 1;
		c.side = calloc(c.sides, sizeof(*c.side));
		code = c.side ? run(&c, argv + 1)
			      : cli_usage_error(COMMAND, "out of memory");
	}
	gate_settings_free(&c.settings);
	free(c.side);
	return code;
}
