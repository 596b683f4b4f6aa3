// SPDX-License-Identifier: GPL-2.0-only
/* smallfio history: shows runs of a history over time, and removes old ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gate_settings.h"
#include "cli/options.h"
#include "history/store.h"
#include "history/timeline.h"

#define COMMAND      "history"
#define LAST_DEFAULT 50

static const struct history_format {
	const char *name;
	int (*write)(FILE *out, const struct timelines *lines);
} formats[] = {
	{ "text", timeline_text },
	{ "csv", timeline_csv },
	{ "json", timeline_json },
	{ 0 },
};

struct history {
	struct gate_settings settings; /* first: the setters' context */
	struct store_filter filter;
	const struct history_format *format;
	const char *operation;
	uint64_t keep;
	int64_t before_ms; /* INT64_MIN: not given */
};

/* Parses a time in UTC: "2026-01-31", also with " 23:59" or " 23:59:59". */
static int set_time(const char *value, int64_t *ms, char *error)
{
	static const char *const layouts[] = {
		"%Y-%m-%d",
		"%Y-%m-%d %H:%M",
		"%Y-%m-%d %H:%M:%S",
	};
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(value, layouts[i], &tm);

		if (end && !*end) {
			*ms = (int64_t)timegm(&tm) * 1000;
			return 0;
		}
	}
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected a time as 2026-01-31 or \"2026-01-31 23:59\", "
		 "found \"%.40s\"",
		 value);
	return -EINVAL;
}

static int set_from(void *context, const char *value, char *error)
{
	struct history *h = context;

	return set_time(value, &h->filter.from_ms, error);
}

static int set_to(void *context, const char *value, char *error)
{
	struct history *h = context;

	return set_time(value, &h->filter.to_ms, error);
}

static int set_before(void *context, const char *value, char *error)
{
	struct history *h = context;

	return set_time(value, &h->before_ms, error);
}

static const struct option_row rows[] = {
	{ "metric", 0, "LIST",
	  "metrics to show, divided by commas (" GATE_METRICS ")",
	  OPTION_SET(gate_settings_set_metric) },
	{ "operation", 0, "NAME", "show only this operation",
	  OPTION_TEXT(struct history, operation) },
	{ "last", 0, "N", "show the latest N runs, 0 for all (50)",
	  OPTION_WHOLE(struct history, filter.last, 0, INT32_MAX) },
	{ "from", 0, "TIME",
	  "show runs that ended at TIME or later (UTC), as\n"
	  "2026-01-31 or '2026-01-31 23:59'",
	  OPTION_SET(set_from) },
	{ "to", 0, "TIME", "show runs that ended at TIME or before",
	  OPTION_SET(set_to) },
	{ "label", 0, "TEXT", "show runs that were recorded with this label",
	  OPTION_TEXT(struct history, filter.label) },
	{ "format", 0, "FORMAT", "text, csv or json (text)",
	  OPTION_CHOICE(struct history, format, formats) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct history, settings.output) },
	{ "prune-keep", 0, "N", "remove all but the latest N runs",
	  OPTION_WHOLE(struct history, keep, 1, INT32_MAX) },
	{ "prune-before", 0, "TIME", "remove runs that ended before TIME",
	  OPTION_SET(set_before) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio history [OPTION...] DB\n"
	"\n"
	"Shows the runs in a history: a line of time for each operation, "
	"metric and\n"
	"fingerprint, and where a new level began.\n"
	"\n";

static int write_lines(const struct history *h, const struct timelines *lines)
{
	const char *path = h->settings.output;
	struct output output;
	int code = cli_output_begin(&output, COMMAND, path);

	if (code)
		return code;
	return cli_output_end(&output, COMMAND, path,
			      h->format->write(output.file, lines));
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

static int show(struct history *h, struct store *store,
		struct input_error *error)
{
	struct timelines lines = { 0 };
	struct run_summaries runs = { 0 };
	int ret, code;

	h->filter.with_bins = needs_bins(h);
	ret = store_select(store, &h->filter, &runs, error);
	if (!ret && timelines_build(&lines, &runs, h->settings.metric,
				    h->settings.options.metrics, h->operation))
		ret = input_error_no_memory(error);
	if (ret) {
		code = cli_input_failed(COMMAND, error);
	} else if (!lines.count) {
		fputs("smallfio history: no run is as the options ask for; "
		      "without them it shows the latest\n",
		      stderr);
		code = EXIT_TOO_LITTLE;
	} else {
		code = write_lines(h, &lines);
	}
	timelines_free(&lines);
	run_summaries_free(&runs);
	return code;
}

static int prune(const struct history *h, struct store *store,
		 struct input_error *error)
{
	size_t removed;

	if (store_prune(store, (size_t)h->keep, h->before_ms, &removed, error))
		return cli_input_failed(COMMAND, error);
	printf("%zu runs removed\n", removed);
	return EXIT_GOOD;
}

static int run(struct history *h, const char *path)
{
	bool prunes = h->keep || h->before_ms != INT64_MIN;
	struct input_error error = { 0 };
	struct store *store;
	int code;

	if (store_open(&store, path, prunes ? STORE_WRITE : STORE_READ, &error))
		return cli_input_failed(COMMAND, &error);
	code = prunes ? prune(h, store, &error) : show(h, store, &error);
	store_close(store);
	return code;
}

int cmd_history(int argc, char **argv)
{
	struct history h = {
		.filter = { .from_ms = INT64_MIN,
			    .to_ms = INT64_MAX,
			    .last = LAST_DEFAULT },
		.before_ms = INT64_MIN,
		.format = &formats[0],
	};

	gate_settings_init(&h.settings);
	int code = cli_options(COMMAND, rows, usage, NULL, &h, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc != 2)
		return cli_usage_error(COMMAND, "expected one history");
	return run(&h, argv[1]);
}
