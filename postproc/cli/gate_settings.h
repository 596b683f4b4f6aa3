/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that several subcommands have for a verdict: what counts as a
 * regression, and where the verdict goes. The context of the setters is a
 * struct that begins with a struct gate_settings.
 */
#ifndef SMALLFIO_GATE_SETTINGS_H
#define SMALLFIO_GATE_SETTINGS_H

#include <stdbool.h>

#include "verdict/gate.h"
#include "verdict/gate_format.h"
#include "cli/options.h"

#define GATE_METRICS_MAX    16
#define GATE_THRESHOLDS_MAX 64
#define GATE_ALSO_MAX       8
#define GATE_METRICS        "files/s"

struct gate_settings {
	struct gate_options options;
	struct metric metric[GATE_METRICS_MAX];
	const char *metric_list; /* as it was given; NULL: GATE_METRICS */
	struct gate_threshold threshold[GATE_THRESHOLDS_MAX];
	struct limits floors;
	bool allow_unlike;
	const struct gate_format *format;
	const char *output; /* NULL: standard output */
	struct {
		const struct gate_format *format;
		const char *path;
	} also[GATE_ALSO_MAX];
	size_t alsos;
};

/* The settings must stay where they are: their options point into them. */
void gate_settings_init(struct gate_settings *settings);
void gate_settings_free(struct gate_settings *settings);

int gate_settings_set_metric(void *context, const char *value, char *error);
int gate_settings_set_threshold(void *context, const char *value, char *error);
int gate_settings_set_check(void *context, const char *value, char *error);
int gate_settings_set_floor(void *context, const char *value, char *error);
int gate_settings_set_inconclusive(void *context, const char *value,
				   char *error);
int gate_settings_set_also(void *context, const char *value, char *error);

/* The rows of these options, for a table of options. */
#define GATE_THRESHOLD_ROWS                                                    \
	{ "threshold", 0, "PERCENT",                                           \
	  "smallest change for the worse that counts (5)",                     \
	  OPTION_SET(gate_settings_set_threshold) },                           \
	{                                                                      \
		"floor", 0, "'METRIC VALUE'",                                  \
			"nor does a smaller change than this count, as\n"      \
			"'p99 20us' or 'create files/s 100'",                  \
			OPTION_SET(gate_settings_set_floor)                    \
	}

#define GATE_COMPARISON_ROWS                                                   \
	{ "metric", 0, "LIST",                                                 \
	  "metrics to compare, divided by commas (" GATE_METRICS "):\n"        \
	  "files/s, MiB/s, mean, stddev, min, max, pNN",                       \
	  OPTION_SET(gate_settings_set_metric) },                              \
		GATE_THRESHOLD_ROWS,                                           \
		{ "check", 0, "'[OPERATION] METRIC PERCENT'",                  \
		  "compare this metric with a threshold of its own, as\n"      \
		  "'create p99 10%'; repeated; without --metric nothing\n"     \
		  "else is compared",                                          \
		  OPTION_SET(gate_settings_set_check) },                       \
		{ "inconclusive", 0, "WORD",                                   \
		  "what an inconclusive verdict does: pass (exit\n"            \
		  "code 0) or fail (4)  (pass)",                               \
		  OPTION_SET(gate_settings_set_inconclusive) },                \
	{                                                                      \
		"strict", 0, NULL, "the same as --inconclusive fail",          \
			OPTION_FLAG(struct gate_settings, options.strict)      \
	}

#define GATE_OUTPUT_ROWS                                                       \
	{ "format", 0, "FORMAT",                                               \
	  "text, markdown, junit, json or github (text)",                      \
	  OPTION_CHOICE(struct gate_settings, format, gate_formats) },         \
		{ "title", 0, "TEXT",                                          \
		  "what is compared, such as two commits; it stands\n"         \
		  "above the verdict",                                         \
		  OPTION_TEXT(struct gate_settings, options.title) },          \
		{ "output", 'o', "FILE", "write FILE, whole or not at all",    \
		  OPTION_TEXT(struct gate_settings, output) },                 \
	{                                                                      \
		"also", 0, "FORMAT=FILE", "write the verdict there, too",      \
			OPTION_SET(gate_settings_set_also)                     \
	}

/*
 * Checks that all output files can be written, before there is a verdict.
 * Returns 0, or EXIT_INPUT after a message.
 */
int gate_settings_check_places(const struct gate_settings *settings,
			       const char *command);

/*
 * Writes the verdict to all places. Returns the exit code of the gate, or
 * EXIT_INPUT with a message where something could not be written.
 */
int gate_settings_write(const struct gate_settings *settings,
			const char *command, const struct gate *gate);

/*
 * Checks that all runs are alike, and that none is given twice. Prints the
 * differences of the first run that is not alike. Returns 0 or EXIT_INPUT. With
 * allow_unlike, differences become notes of the gate.
 */
int gate_settings_check_alike(const struct gate_settings *settings,
			      const char *command, struct gate *gate,
			      const struct run_summaries *baseline,
			      const struct run_summaries *current);

/* Prints how two runs differ, and what to do about that. */
void gate_settings_print_unlike(const char *command,
				const struct run_summary *a,
				const struct run_summary *b);

#endif
