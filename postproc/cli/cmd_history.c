// SPDX-License-Identifier: GPL-2.0-only
/* smallfio history: shows runs of a history over time, and removes old ones. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gate_settings.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "history/soak.h"
#include "history/store.h"
#include "history/timeline.h"
#include "util/shown.h"

#define COMMAND      "history"
#define SOAK_LINES   50
#define INTERVAL_MIN 1 /* seconds */
#define INTERVAL_MAX 31536000

static const struct history_format {
	const char *name;
	int (*write)(FILE *out, const struct timelines *lines);
	int (*write_soak)(FILE *out, const struct soak *soak);
} formats[] = {
	{ "text", timeline_text, soak_text },
	{ "csv", timeline_csv, soak_csv },
	{ "json", timeline_json, soak_json },
	{ 0 },
};

struct history {
	struct gate_settings settings; /* first: the setters' context */
	struct store_filter filter;
	const struct history_format *format; /* NULL: not given */
	const char *operation;
	uint64_t last; /* UINT64_MAX: not given */
	bool metric_given;
	uint64_t keep;
	int64_t before_ms; /* INT64_MIN: not given */
	uint64_t remove;
	uint64_t remove_soak;
	uint64_t soak;       /* 0: not given */
	uint64_t interval_s; /* of a soak; 0: one that fits */
	bool dry_run;
	bool fail_on_change;
	struct progress progress;
};

static int set_from(void *context, const char *value, char *error)
{
	struct history *h = context;

	return options_parse_time(value, &h->filter.from_ms, error);
}

static int set_to(void *context, const char *value, char *error)
{
	struct history *h = context;

	return options_parse_time(value, &h->filter.to_ms, error);
}

static int set_before(void *context, const char *value, char *error)
{
	struct history *h = context;

	return options_parse_time(value, &h->before_ms, error);
}

static int set_metric(void *context, const char *value, char *error)
{
	struct history *h = context;

	h->metric_given = true;
	return gate_settings_set_metric(context, value, error);
}

static const struct option_row rows[] = {
	{ "metric", 0, "LIST",
	  "metrics to show, divided by commas (" GATE_METRICS ")",
	  OPTION_SET(set_metric) },
	{ "operation", 0, "NAME", "show only this operation",
	  OPTION_TEXT(struct history, operation) },
	{ "last", 0, "N", "show the latest N runs, 0 for all (50)",
	  OPTION_WHOLE(struct history, last, 0, INT32_MAX) },
	{ "from", 0, "TIME",
	  "only runs that ended at TIME or later (UTC), as\n"
	  "2026-01-31 or '2026-01-31 23:59'",
	  OPTION_SET(set_from) },
	{ "to", 0, "TIME", "only runs that ended at TIME or before",
	  OPTION_SET(set_to) },
	{ "label", 0, "TEXT", "only runs that were recorded with this label",
	  OPTION_TEXT(struct history, filter.label) },
	{ "threshold", 0, "PERCENT",
	  "mark a new level only if its median differs by PERCENT\n"
	  "or more from that of the last level that is marked (0)",
	  OPTION_SET(gate_settings_set_threshold) },
	{ "fail-on-change", 0, NULL,
	  "exit code 1 where a new level began, and nobody has\n"
	  "accepted it",
	  OPTION_FLAG(struct history, fail_on_change) },
	{ "format", 0, "FORMAT", "text, csv or json (text)",
	  OPTION_CHOICE(struct history, format, formats) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct history, settings.output) },
	{ "soak", 0, "N",
	  "show what `smallfio watch --record` kept as soak N, over\n"
	  "time; without it, the text ends with a list of soaks",
	  OPTION_WHOLE(struct history, soak, 1, INT64_MAX) },
	{ "interval", 0, "S",
	  "with --soak: length of an interval in seconds (one that\n"
	  "gives 50 lines or less)",
	  OPTION_WHOLE(struct history, interval_s, INTERVAL_MIN,
		       INTERVAL_MAX) },
	{ "remove-soak", 0, "N", "remove soak N",
	  OPTION_WHOLE(struct history, remove_soak, 1, INT64_MAX) },
	{ "prune-keep", 0, "N",
	  "remove all but the latest N runs, among those of\n"
	  "--label, --from and --to",
	  OPTION_WHOLE(struct history, keep, 1, INT32_MAX) },
	{ "prune-before", 0, "TIME",
	  "remove runs that ended before TIME, among the same",
	  OPTION_SET(set_before) },
	{ "remove", 0, "RUN", "remove the run of this number",
	  OPTION_WHOLE(struct history, remove, 1, INT64_MAX) },
	{ "dry-run", 0, NULL, "only tell what would be removed",
	  OPTION_FLAG(struct history, dry_run) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio history [OPTION...] DB\n"
	"       smallfio history accept|relabel RUN... DB\n"
	"\n"
	"Shows the runs in a history: a line of time for each operation, "
	"metric and\n"
	"fingerprint, and where a new level began. Removes runs that are no "
	"longer wanted.\n"
	"\n";

static int write_lines(const struct history *h, const struct timelines *lines)
{
	const struct history_format *format = h->format ? h->format : formats;
	const char *path = h->settings.output;
	struct output output;
	int code = cli_output_begin(&output, COMMAND, path);

	if (code)
		return code;
	return cli_output_end(&output, COMMAND, path,
			      format->write(output.file, lines));
}

static bool needs_bins(const struct history *h)
{
	size_t i;

	for (i = 0; i < h->settings.options.metrics; i++) {
		if (h->settings.metric[i].row->percentile)
			return true;
	}
	return false;
}

/* Lists the soaks, for people, behind the runs. Sets *any if there are any. */
static int list_soaks(const struct history *h, struct store *store, bool lines,
		      bool *any, struct input_error *error)
{
	bool text = (h->format ? h->format : formats) == formats &&
		    !h->settings.output;
	struct soak_list list = { 0 };
	int ret = soak_list_read(store, &list, error);

	*any = list.count > 0;
	if (!ret && text && *any && lines)
		fputc('\n', stdout);
	if (!ret && text)
		soak_list_text(stdout, &list);
	soak_list_free(&list);
	return ret ? cli_input_failed(COMMAND, error) : EXIT_GOOD;
}

static int fail_on_change(const struct timelines *lines)
{
	size_t changes = timelines_unaccepted(lines);

	if (!changes)
		return EXIT_GOOD;
	fprintf(stderr,
		"smallfio history: %zu new level%s that nobody has accepted; "
		"if %s wanted: smallfio history accept RUN --reason TEXT DB\n",
		changes, changes == 1 ? "" : "s",
		changes == 1 ? "it is" : "they are");
	return EXIT_GATE;
}

static int show_runs(struct history *h, struct store *store,
		     const struct timelines *lines, struct input_error *error)
{
	bool soaks = false;
	int code = lines->count ? write_lines(h, lines) : EXIT_GOOD;

	if (!code)
		code = list_soaks(h, store, lines->count > 0, &soaks, error);
	if (!code && h->fail_on_change)
		code = fail_on_change(lines);
	if (code || lines->count || soaks)
		return code;
	fputs("smallfio history: no run is as the options ask for; "
	      "without them it shows the latest\n",
	      stderr);
	return EXIT_TOO_LITTLE;
}

static int show(struct history *h, struct store *store,
		struct input_error *error)
{
	struct timelines lines = { 0 };
	struct run_summaries runs = { 0 };
	int ret, code;

	h->filter.with_bins = needs_bins(h);
	h->filter.last = h->last == UINT64_MAX ? TIMELINE_RUNS : h->last;
	ret = store_select(store, &h->filter, &runs, error);
	if (!ret && timelines_build(&lines, &runs, h->settings.metric,
				    h->settings.options.metrics, h->operation,
				    h->settings.options.threshold))
		ret = input_error_no_memory(error);
	progress_end(&h->progress);
	code = ret ? cli_input_failed(COMMAND, error)
		   : show_runs(h, store, &lines, error);
	timelines_free(&lines);
	run_summaries_free(&runs);
	return code;
}

static int show_soak(struct history *h, struct store *store,
		     struct input_error *error)
{
	const struct history_format *format = h->format ? h->format : formats;
	const char *path = h->settings.output;
	struct soak soak = { 0 };
	struct output output;
	int code = EXIT_GOOD, ret;

	ret = soak_read(store, (int64_t)h->soak, (int64_t)h->interval_s * 1000,
			SOAK_LINES, &soak, error);
	progress_end(&h->progress);
	if (ret)
		code = cli_input_failed(COMMAND, error);
	if (!code)
		code = cli_output_begin(&output, COMMAND, path);
	if (!code)
		code = cli_output_end(&output, COMMAND, path,
				      format->write_soak(output.file, &soak));
	soak_free(&soak);
	return code;
}

static bool removes(const struct history *h)
{
	return h->keep || h->before_ms != INT64_MIN || h->remove ||
	       h->remove_soak;
}

struct given {
	bool given;
	const char *name;
};

/* Returns the first option of a list that is given, or NULL. */
static const char *first_given(const struct given *option)
{
	while (option->name && !option->given)
		option++;
	return option->name;
}

/*
 * Refuses options that have no meaning together. A removal that left one of
 * them aside would take runs that the user wanted to keep.
 */
static int check_removal(const struct history *h)
{
	const struct given for_showing[] = {
		{ h->metric_given, "--metric" },
		{ h->operation != NULL, "--operation" },
		{ h->last != UINT64_MAX, "--last" },
		{ h->settings.options.threshold > 0, "--threshold" },
		{ h->format != NULL, "--format" },
		{ h->settings.output != NULL, "--output" },
		{ h->soak, "--soak" },
		{ h->interval_s, "--interval" },
		{ 0 },
	};
	const struct given of_runs[] = {
		{ h->filter.label != NULL, "--label" },
		{ h->filter.from_ms != INT64_MIN, "--from" },
		{ h->filter.to_ms != INT64_MAX, "--to" },
		{ h->keep, "--prune-keep" },
		{ h->before_ms != INT64_MIN, "--prune-before" },
		{ h->remove, "--remove" },
		{ 0 },
	};
	char message[OPTIONS_ERROR_MAX];
	const char *name;

	if (h->fail_on_change && (removes(h) || h->soak))
		return cli_usage_error(COMMAND,
				       "--fail-on-change goes with showing "
				       "runs");
	if (!removes(h))
		return h->dry_run ? cli_usage_error(
					    COMMAND,
					    "--dry-run goes with --prune-keep, "
					    "--prune-before, --remove or "
					    "--remove-soak")
				  : EXIT_GOOD;
	name = first_given(for_showing);
	if (name) {
		snprintf(message, sizeof(message),
			 "%s is for showing and cannot choose what to remove; "
			 "use --label, --from or --to for runs",
			 name);
		return cli_usage_error(COMMAND, message);
	}
	if (!!h->keep + (h->before_ms != INT64_MIN) + !!h->remove > 1)
		return cli_usage_error(COMMAND,
				       "expected one of --prune-keep, "
				       "--prune-before and --remove, found "
				       "several");
	name = h->remove_soak ? first_given(of_runs) : NULL;
	if (!name)
		return EXIT_GOOD;
	snprintf(message, sizeof(message),
		 "%s is for runs, and --remove-soak removes one soak: give one "
		 "of the two",
		 name);
	return cli_usage_error(COMMAND, message);
}

static const char *done_to(const struct history *h)
{
	return h->dry_run ? "would be removed" : "removed";
}

/* The soak of this number in the list, or an empty list. */
static struct soak_list find_soak(const struct soak_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->soak[i].id == (int64_t)id)
			return (struct soak_list){ &list->soak[i], 1 };
	}
	return (struct soak_list){ 0 };
}

static int remove_soak(const struct history *h, struct store *store,
		       struct input_error *error)
{
	struct soak_list list = { 0 }, found = { 0 };
	int ret = soak_list_read(store, &list, error);

	if (!ret)
		found = find_soak(&list, h->remove_soak);
	if (found.count && !h->dry_run)
		ret = soak_remove(store, found.soak->id, error);
	if (!ret) {
		soak_list_text(stdout, &found);
		printf("%zu %s %s\n", found.count,
		       found.count == 1 ? "soak" : "soaks", done_to(h));
	}
	soak_list_free(&list);
	return ret ? cli_input_failed(COMMAND, error) : EXIT_GOOD;
}

static void print_removed(const struct history *h,
			  const struct run_summaries *removed)
{
	char time[TIMELINE_TIME_MAX];
	size_t i;

	for (i = 0; i < removed->count; i++) {
		const struct run_summary *run = &removed->run[i];

		printf("run %" PRId64 "  %s  %s%s%s\n", run->id,
		       timeline_time(time, run->end_ms),
		       run->label ? shown(run->label) : "",
		       run->label ? "  " : "", shown(run->path));
	}
	printf("%zu %s %s\n", removed->count,
	       removed->count == 1 ? "run" : "runs", done_to(h));
}

static int remove_runs(const struct history *h, struct store *store,
		       struct input_error *error)
{
	const struct store_removal what = { .among = h->filter,
					    .keep = (size_t)h->keep,
					    .before_ms = h->before_ms,
					    .run = (int64_t)h->remove,
					    .dry_run = h->dry_run };
	struct run_summaries removed = { 0 };
	int code = EXIT_GOOD;

	if (store_remove(store, &what, &removed, error))
		code = cli_input_failed(COMMAND, error);
	else
		print_removed(h, &removed);
	run_summaries_free(&removed);
	return code;
}

static int run(struct history *h, const char *path)
{
	struct input_error error = { 0 };
	struct store *store;
	int code = check_removal(h);

	if (code)
		return code;
	if (store_open(&store, path, removes(h) ? STORE_WRITE : STORE_READ,
		       &error))
		return cli_input_failed(COMMAND, &error);
	if (progress_begin(&h->progress))
		store_on_progress(store, progress_show_history, &h->progress);
	code = h->remove_soak ? remove_soak(h, store, &error)
	       : h->soak      ? show_soak(h, store, &error)
	       : removes(h)   ? remove_runs(h, store, &error)
			      : show(h, store, &error);
	store_close(store);
	progress_end(&h->progress);
	return code;
}

int cmd_history(int argc, char **argv)
{
	struct history h = {
		.filter = { .from_ms = INT64_MIN, .to_ms = INT64_MAX },
		.last = UINT64_MAX,
		.before_ms = INT64_MIN,
	};

	if (argc > 1 && !strcmp(argv[1], "accept"))
		return cmd_history_accept(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "relabel"))
		return cmd_history_relabel(argc - 1, argv + 1);
	gate_settings_init(&h.settings);
	h.settings.options.threshold = 0;
	int code = cli_options(COMMAND, rows, usage, NULL, &h, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc != 2)
		return cli_usage_error(COMMAND, "expected one history");
	return run(&h, argv[1]);
}
