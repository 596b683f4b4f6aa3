// SPDX-License-Identifier: GPL-2.0-only
/* smallfio history accept, relabel: say something else of a run. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "history/store.h"
#include "util/shown.h"

#define ACCEPT  "history accept"
#define RELABEL "history relabel"

struct accept {
	const char *reason;
	int64_t until_ms;
	bool withdraw;
};

static int set_until(void *context, const char *value, char *error)
{
	struct accept *a = context;

	return options_parse_time(value, &a->until_ms, error);
}

static const struct option_row accept_rows[] = {
	{ "reason", 0, "TEXT", "why the level is wanted",
	  OPTION_TEXT(struct accept, reason) },
	{ "until", 0, "TIME",
	  "only until TIME (UTC), as 2026-12-31; for ever without",
	  OPTION_SET(set_until) },
	{ "withdraw", 0, NULL, "the level is no longer wanted",
	  OPTION_FLAG(struct accept, withdraw) },
	{ 0 },
};

static const char accept_usage[] =
	"usage: smallfio history accept RUN --reason TEXT [--until TIME] DB\n"
	"       smallfio history accept RUN --withdraw DB\n"
	"\n"
	"Says that the level that began with run RUN of the history DB is "
	"wanted: it is no\n"
	"change for --fail-on-change, and `smallfio gate` takes its baseline "
	"from there on.\n"
	"\n";

static const struct option_row relabel_rows[] = { { 0 } };

static const char relabel_usage[] =
	"usage: smallfio history relabel RUN TEXT DB\n"
	"\n"
	"Gives run RUN of the history DB the label TEXT; '' takes its label "
	"away.\n"
	"\n";

/* Parses the number of a run. Returns false for anything else. */
static bool parse_run(const char *text, int64_t *run)
{
	char *end;

	errno = 0;
	*run = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *run > 0;
}

/* What is done to a run; NULL means that the option was not given. */
struct change {
	const char *command;
	int64_t run;
	const struct accept *accept; /* NULL: give it the label */
	const char *label;
};

/* No level begins with a run that is in no baseline. Returns an exit code. */
static int check_whole(struct store *store, const struct change *c)
{
	const struct store_filter filter = { .from_ms = INT64_MIN,
					     .to_ms = INT64_MAX,
					     .run = c->run };
	struct run_summaries runs = { 0 };
	struct input_error error = { 0 };
	int code = EXIT_GOOD;

	if (store_select(store, &filter, &runs, &error)) {
		code = cli_input_failed(c->command, &error);
	} else if (runs.count && runs.run[0].not_whole) {
		fprintf(stderr,
			"smallfio %s: run %" PRId64 " is not valid (%s), so "
			"no baseline begins with it; accept the next run of "
			"the level\n",
			c->command, c->run, shown(runs.run[0].not_whole));
		code = EXIT_INPUT;
	}
	run_summaries_free(&runs);
	return code;
}

static int make_change(const struct change *c, const char *path)
{
	struct input_error error = { 0 };
	struct store *store;
	bool found = false;
	int ret = store_open(&store, path, STORE_WRITE, &error), code;

	if (!ret && c->accept && c->accept->reason) {
		code = check_whole(store, c);
		if (code) {
			store_close(store);
			return code;
		}
	}
	if (!ret && c->accept)
		ret = store_accept(store, c->run, c->accept->reason,
				   c->accept->until_ms, &found, &error);
	else if (!ret)
		ret = store_relabel(store, c->run, c->label, &found, &error);
	store_close(store);
	if (ret)
		return cli_input_failed(c->command, &error);
	if (found)
		return EXIT_GOOD;
	fprintf(stderr,
		"smallfio %s: %s: expected a run of the history, found no run "
		"%" PRId64 "; smallfio history --last 0 shows them all\n",
		c->command, shown(path), c->run);
	return EXIT_INPUT;
}

int cmd_history_accept(int argc, char **argv)
{
	struct accept accept = { .until_ms = INT64_MAX };
	struct change change = { .command = ACCEPT, .accept = &accept };
	int code = cli_options(ACCEPT, accept_rows, accept_usage, NULL, &accept,
			       &argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc != 3 || !parse_run(argv[1], &change.run))
		return cli_usage_error(ACCEPT,
				       "expected the number of a run and a "
				       "history");
	if (!accept.reason == !accept.withdraw)
		return cli_usage_error(ACCEPT, "expected --reason TEXT, or "
					       "--withdraw");
	code = make_change(&change, argv[2]);
	if (!code)
		printf("run %" PRId64 ": %s\n", change.run,
		       accept.reason ? "accepted" : "no longer accepted");
	return code;
}

int cmd_history_relabel(int argc, char **argv)
{
	struct change change = { .command = RELABEL };
	int code = cli_options(RELABEL, relabel_rows, relabel_usage, NULL, NULL,
			       &argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc != 4 || !parse_run(argv[1], &change.run))
		return cli_usage_error(RELABEL,
				       "expected the number of a run, its new "
				       "label and a history");
	change.label = *argv[2] ? argv[2] : NULL;
	code = make_change(&change, argv[3]);
	if (!code)
		printf("run %" PRId64 ": %s%s\n", change.run,
		       change.label ? "label " : "no label",
		       change.label ? shown(change.label) : "");
	return code;
}
