// SPDX-License-Identifier: GPL-2.0-only
/* smallfio record: keeps runs in a history. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "history/store.h"
#include "run/run_bundle.h"
#include "util/number.h"
#include "util/shown.h"

#define COMMAND "record"

#define INTERVAL_DEFAULT_S 10
#define INTERVAL_MAX_S     86400

struct record {
	const char *label;
	const char *environment; /* a directory of this machine, or NULL */
	uint64_t interval_s;     /* 0: no intervals are kept */
};

static const struct option_row rows[] = {
	{ "label", 0, "TEXT", "what to find the runs by: a branch, a commit",
	  OPTION_TEXT(struct record, label) },
	{ "environment", 0, "DIR",
	  "the runs were done on this machine, in DIR: keep its\n"
	  "kernel, processor and file system with those that do\n"
	  "not say",
	  OPTION_TEXT(struct record, environment) },
	{ "interval", 0, "S",
	  "of runs with logs, also keep the operations over time, in\n"
	  "intervals of so many seconds; 0: do not (10)",
	  OPTION_WHOLE(struct record, interval_s, 0, INTERVAL_MAX_S) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio record [OPTION...] DB RUN...\n"
	"\n"
	"Keeps runs in the history DB, which is made if there is none.\n"
	"RUN is fio's JSON file, or a directory of one run. A run that "
	"is there already\n"
	"is left as it is.\n"
	"\n";

static int add_environment(const struct record *record,
			   struct run_summaries *runs,
			   struct input_error *error)
{
	struct environment here;
	size_t i;
	int k, ret = environment_here(&here, record->environment);

	error->path = record->environment;
	if (ret)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s", strerror(-ret));
	for (i = 0; i < runs->count; i++) {
		struct fingerprint *f = &runs->run[i].fingerprint;

		for (k = 0; k < ENVIRONMENT_FACTS; k++) {
			const char *name = environment_fact_names[k];

			if (here.fact[k][0] && !fingerprint_get(f, name) &&
			    fingerprint_set(f, name, here.fact[k]))
				return input_error_no_memory(error);
		}
	}
	return 0;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/*
 * Reads the run's logs, if there are any. Logs that cannot be read become a
 * note, because the run's figures do not need them.
 */
static void add_over_time(const struct record *record, const char *path,
			  struct run_summaries *runs, struct notes *notes)
{
	struct run_summary *run = &runs->run[runs->count - 1];
	struct run_bundle bundle = {
		.progress = runs->progress,
		.progress_context = runs->progress_context,
	};

	if (!record->interval_s || !is_directory(path))
		return;
	if (run_bundle_read_over_time(
		    &bundle, path, (int64_t)(record->interval_s * NS_PER_S))) {
		notes_add(notes, "%s: intervals are not kept: %s", path,
			  bundle.error.message);
	} else {
		run->over_time = bundle.time_series;
		bundle.time_series = (struct time_series_list){ 0 };
	}
	run_bundle_free(&bundle);
}

static int read_run(const struct record *record, const char *path,
		    struct run_summaries *runs, struct notes *notes,
		    struct input_error *error)
{
	int ret = run_summaries_read(runs, path, notes, error);

	if (!ret)
		add_over_time(record, path, runs, notes);
	return ret;
}

static int record_all(struct store *store, const struct record *record,
		      const struct run_summaries *runs,
		      struct input_error *error)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < runs->count; i++) {
		const struct run_summary *t = &runs->run[i];
		int64_t id;
		bool known;

		ret = store_record(store, t, record->label, &id, &known, error);
		if (ret)
			break;
		printf("%s: %s %lld%s%s%s%s\n", shown(t->path),
		       known ? "known as run" : "run", (long long)id,
		       t->not_whole ? ", not valid: " : "",
		       t->not_whole ? shown(t->not_whole) : "",
		       t->pauses ? ", " : "",
		       t->pauses ? shown(t->pauses) : "");
		/* The run is kept: print so even if we are killed next. */
		fflush(stdout);
	}
	if (ret && i)
		fprintf(stderr,
			"smallfio record: %zu of %zu runs are recorded, the "
			"others are not\n",
			i, runs->count);
	return ret;
}

/*
 * Reads all runs before the first is kept, so that a bad one changes nothing.
 */
static int run(const struct record *record, int argc, char **argv)
{
	struct input_error error = { 0 };
	struct run_summaries runs = { 0 };
	struct store *store = NULL;
	struct notes notes = { 0 };
	struct progress progress;
	int i, ret = 0;

	progress_begin(&progress);
	progress_of_runs(&progress, &runs);
	for (i = 2; i < argc && !ret; i++)
		ret = read_run(record, argv[i], &runs, &notes, &error);
	progress_end(&progress);
	if (!ret && record->environment)
		ret = add_environment(record, &runs, &error);
	cli_print_notes(COMMAND, &notes);
	if (!ret)
		ret = store_open(&store, argv[1], STORE_CREATE, &error);
	if (!ret)
		ret = record_all(store, record, &runs, &error);
	if (ret)
		ret = cli_input_failed(COMMAND, &error);
	store_close(store);
	notes_free(&notes);
	run_summaries_free(&runs);
	return ret;
}

int cmd_record(int argc, char **argv)
{
	struct record record = { .interval_s = INTERVAL_DEFAULT_S };
	int code =
		cli_options(COMMAND, rows, usage, NULL, &record, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc < 3)
		return cli_usage_error(COMMAND, "expected a history and a run");
	return run(&record, argc, argv);
}
