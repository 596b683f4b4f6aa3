// SPDX-License-Identifier: GPL-2.0-only
/* smallfio gate: limits, and comparison of runs with a baseline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gate_settings.h"
#include "cli/progress.h"
#include "history/baseline.h"
#include "util/shown.h"
#include "util/array.h"

#define COMMAND      "gate"
#define LAST_DEFAULT 20

struct paths {
	const char **path;
	size_t count;
};

struct gate_command {
	struct gate_settings settings; /* first: the setters' context */
	struct limits limits;
	struct paths baseline, current;
	const char *database;  /* to take the baseline from; NULL: none */
	const char *reference; /* label of runs to compare with, too */
	struct store_filter filter;
	/* The latest run of the history, if none is like the current ones. */
	struct run_summaries unlike;
	struct input_error error; /* in a file of rules */
	bool rules_failed;
};

static int add_path(struct paths *paths, const char *path, char *error)
{
	const char **added = array_add(&paths->path, &paths->count);

	if (!added) {
		strcpy(error, "out of memory");
		return -EINVAL;
	}
	*added = path;
	return 0;
}

static int set_baseline(void *context, const char *value, char *error)
{
	struct gate_command *command = context;

	return add_path(&command->baseline, value, error);
}

static int set_current(void *context, const char *value, char *error)
{
	struct gate_command *command = context;

	return add_path(&command->current, value, error);
}

static int set_limit(void *context, const char *value, char *error)
{
	struct gate_command *command = context;
	char reason[LIMIT_ERROR_MAX];
	struct limit limit;
	unsigned int column;

	if (limit_parse(&limit, value, &column, reason)) {
		snprintf(error, OPTIONS_ERROR_MAX,
			 "\"%.60s\", column %u: %.150s", value, column, reason);
		return -EINVAL;
	}
	if (!limits_add(&command->limits, &limit))
		return 0;
	strcpy(error, "expected at most 1000 rules");
	return -EINVAL;
}

static int set_limits(void *context, const char *value, char *error)
{
	struct gate_command *command = context;

	/* The first bad file is reported after all options are parsed. */
	if (!command->rules_failed &&
	    limits_read(&command->limits, value, &command->error))
		command->rules_failed = true;
	return 0;
}

static const struct option_row rows[] = {
	{ "limit", 0, "RULE", "check a rule: 'create p99 < 2ms'",
	  OPTION_SET(set_limit) },
	{ "limits", 0, "FILE", "check the rules in FILE, one a line",
	  OPTION_SET(set_limits) },
	{ "baseline", 0, "RUN...", "runs to compare with",
	  OPTION_SET(set_baseline) },
	{ "current", 0, "RUN...", "runs to compare", OPTION_SET(set_current) },
	{ "baseline-db", 0, "DB",
	  "take the baseline from a history: runs that are alike\n"
	  "and ended before the current ones, of the latest level",
	  OPTION_TEXT(struct gate_command, database) },
	{ "last", 0, "N", "of these the latest N (20)",
	  OPTION_WHOLE(struct gate_command, filter.last, 1, COMPARE_RUNS_MAX) },
	{ "label", 0, "TEXT", "of these only those with this label",
	  OPTION_TEXT(struct gate_command, filter.label) },
	{ "reference-label", 0, "TEXT",
	  "compare with the latest runs of this label in the\n"
	  "history, too, such as those of a release",
	  OPTION_TEXT(struct gate_command, reference) },
	{ "paired", 0, NULL,
	  "the first runs of both sides were done together, and\n"
	  "the second, ...: only ratios within pairs count",
	  OPTION_FLAG(struct gate_command, settings.options.paired) },
	GATE_COMPARISON_ROWS,
	{ "allow-unlike", 0, NULL,
	  "compare runs of other jobs, options or machines, too",
	  OPTION_FLAG(struct gate_settings, allow_unlike) },
	GATE_OUTPUT_ROWS,
	OPTION_COLOR_ROW,
	{ 0 },
};

static const char usage[] =
	"usage: smallfio gate --limit RULE... RUN...\n"
	"       smallfio gate --baseline RUN... --current RUN...\n"
	"       smallfio gate --baseline-db DB [--last N] --current "
	"RUN...\n"
	"       smallfio gate calibrate|selftest JOB.fio | --a COMMAND\n"
	"\n"
	"A verdict for CI: exit code 1 for a regression or a broken "
	"limit.\n"
	"RUN is fio's JSON file, or a directory of one run.\n"
	"\n"
	"RULE: [OPERATION[@HOST]] METRIC COMPARISON VALUE[UNIT]\n"
	"\n";

static int read_runs(struct run_summaries *runs, const struct paths *paths,
		     struct notes *notes, struct input_error *error)
{
	struct progress progress;
	int ret = 0;

	progress_begin(&progress);
	progress_of_runs(&progress, runs);
	for (size_t i = 0; i < paths->count && !ret; i++)
		ret = run_summaries_read(runs, paths->path[i], notes, error);
	progress_end(&progress);
	return ret ? ret : run_summaries_check_whole(runs, error);
}

static int out_of_memory(void)
{
	struct input_error error = { 0 };

	input_error_no_memory(&error);
	return cli_input_failed(COMMAND, &error);
}

static int compared(const struct gate_command *command, struct gate *gate,
		    const struct run_summaries *baseline,
		    const struct run_summaries *current)
{
	int ret = gate_settings_check_alike(&command->settings, COMMAND, gate,
					    baseline, current);

	if (ret)
		return ret;
	ret = gate_compare(gate, baseline, current);
	if (ret == -EINVAL)
		return cli_usage_error(COMMAND,
				       "expected as many baseline as current "
				       "runs with --paired");
	if (ret == -E2BIG)
		return cli_usage_error(
			COMMAND, "expected at most 500 runs a side, or 2005 "
				 "pairs (--paired)");
	return ret ? out_of_memory() : 0;
}

static int judge(const struct gate_command *command, struct gate *gate,
		 const struct run_summaries *baseline,
		 const struct run_summaries *reference,
		 const struct run_summaries *current,
		 const struct run_summaries *runs)
{
	int code = 0;

	if (command->limits.count &&
	    gate_limits(gate, &command->limits, runs->count ? runs : current))
		code = out_of_memory();
	if (!code && baseline->count)
		code = compared(command, gate, baseline, current);
	if (!code && reference->count) {
		gate->against = command->reference;
		code = compared(command, gate, reference, current);
	}
	return code ? code
		    : gate_settings_write(&command->settings, COMMAND, gate);
}

/*
 * Reads runs of the history that are like the first current run. If there are
 * none, reads the latest that is not, so that the user can see why.
 */
static int select_runs(struct gate_command *command, struct gate *gate,
		       struct store *store, const char *label,
		       const struct run_summaries *current,
		       struct run_summaries *runs, struct input_error *error)
{
	const struct gate_options *options = &command->settings.options;
	struct store_filter filter = command->filter;
	int ret;

	filter.label = label;
	if (!command->settings.allow_unlike)
		filter.like = &current->run[0];
	ret = baseline_select(store, filter, current, options->metric,
			      options->metrics, runs, &gate->notes, error);
	if (ret || runs->count)
		return ret;
	filter.like = NULL;
	filter.last = 1;
	return baseline_select(store, filter, current, options->metric,
			       options->metrics, &command->unlike, &gate->notes,
			       error);
}

/* Reads the baseline and the reference. */
static int read_database(struct gate_command *command, struct gate *gate,
			 struct run_summaries *baseline,
			 struct run_summaries *reference,
			 const struct run_summaries *current,
			 struct input_error *error)
{
	struct store *store;
	int ret = store_open(&store, command->database, STORE_READ, error);

	if (ret)
		return ret;
	ret = select_runs(command, gate, store, command->filter.label, current,
			  baseline, error);
	if (!ret && baseline->count && command->reference)
		ret = select_runs(command, gate, store, command->reference,
				  current, reference, error);
	store_close(store);
	return ret;
}

static int no_baseline(const struct gate_command *command, const char *label,
		       const struct run_summary *current)
{
	const struct run_summaries *unlike = &command->unlike;

	fprintf(stderr,
		"smallfio gate: %s: expected runs of the same job and machine "
		"as the current ones%s%s that ended before them, found none%s",
		shown(command->database), label ? " with the label " : "",
		label ? shown(label) : "",
		unlike->count ? "; the latest is unlike them:\n"
			      : "; record some first\n");
	if (unlike->count)
		gate_settings_print_unlike(COMMAND, unlike->run, current);
	return EXIT_TOO_LITTLE;
}

static int run(struct gate_command *command, const struct paths *paths)
{
	struct run_summaries baseline = { 0 }, current = { 0 }, runs = { 0 };
	struct run_summaries reference = { 0 };
	struct gate gate = { .options = &command->settings.options };
	struct input_error error = { 0 };
	struct notes notes = { 0 };
	int code;

	code = read_runs(&baseline, &command->baseline, &notes, &error);
	if (!code)
		code = read_runs(&current, &command->current, &notes, &error);
	if (!code)
		code = read_runs(&runs, paths, &notes, &error);
	if (!code && command->database)
		code = read_database(command, &gate, &baseline, &reference,
				     &current, &error);
	cli_print_notes(COMMAND, &notes);
	if (code)
		code = cli_input_failed(COMMAND, &error);
	else if (command->database && !baseline.count)
		code = no_baseline(command, command->filter.label, current.run);
	else if (command->reference && !reference.count)
		code = no_baseline(command, command->reference, current.run);
	else
		code = judge(command, &gate, &baseline, &reference, &current,
			     &runs);
	gate_free(&gate);
	notes_free(&notes);
	run_summaries_free(&baseline);
	run_summaries_free(&reference);
	run_summaries_free(&current);
	run_summaries_free(&runs);
	run_summaries_free(&command->unlike);
	return code;
}

/* Returns what is wrong about the options together, or NULL. */
static const char *wrong_usage(const struct gate_command *command, size_t paths)
{
	bool against = command->baseline.count || command->database;

	if (command->settings.options.paired && command->database)
		return "expected --baseline with --paired: runs of a history "
		       "are not done together with the current ones";
	if (command->reference && !command->database)
		return "expected --baseline-db with --reference-label";
	if (command->baseline.count && command->database)
		return "expected --baseline or --baseline-db, found both";
	if (against != (command->current.count > 0))
		return against ? "expected --current RUN beside --baseline or "
				 "--baseline-db, found none"
			       : "expected --baseline RUN or --baseline-db DB "
				 "beside --current, found neither";
	if (against && paths)
		return "expected runs behind --baseline or --current, found "
		       "one that belongs to neither";
	if (!against && !command->limits.count && !command->rules_failed)
		return "expected --limit RULE or --limits FILE with a run, or "
		       "--current RUN with --baseline RUN or --baseline-db DB";
	if (!against && !paths)
		return "expected a run: fio's JSON file or a directory";
	return NULL;
}

static int parse_and_run(struct gate_command *command, int argc, char **argv)
{
	struct paths paths;
	const char *wrong;
	int code =
		cli_options(COMMAND, rows, usage, NULL, command, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	paths.path = (const char **)argv + 1;
	paths.count = (size_t)argc - 1;
	wrong = wrong_usage(command, paths.count);
	if (wrong)
		return cli_usage_error(COMMAND, wrong);
	if (command->rules_failed)
		return cli_input_failed(COMMAND, &command->error);
	return run(command, &paths);
}

int cmd_gate(int argc, char **argv)
{
	struct gate_command command = {
		.filter = { .last = LAST_DEFAULT },
	};
	int code;

	if (argc > 1 && !strcmp(argv[1], "calibrate"))
		return cmd_gate_calibrate(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "selftest"))
		return cmd_gate_selftest(argc - 1, argv + 1);
	gate_settings_init(&command.settings);
	code = parse_and_run(&command, argc, argv);
	gate_settings_free(&command.settings);
	limits_free(&command.limits);
	free(command.baseline.path);
	free(command.current.path);
	return code;
}
