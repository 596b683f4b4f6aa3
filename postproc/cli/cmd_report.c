// SPDX-License-Identifier: GPL-2.0-only
/* smallfio report: makes a page of runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "history/stored_bundle.h"
#include "report/page.h"

#define COMMAND "report"

struct page_request {
	const char *output;
	uint64_t soak, run; /* numbers in a history; 0: not given */
};

static const struct option_row rows[] = {
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct page_request, output) },
	{ "soak", 0, "N", "of a history: this soak (the latest)",
	  OPTION_WHOLE(struct page_request, soak, 1, INT64_MAX) },
	{ "run", 0, "N", "of a history: this run, with its intervals",
	  OPTION_WHOLE(struct page_request, run, 1, INT64_MAX) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio report -o FILE.html RUN...\n"
	"\n"
	"Makes one page that needs nothing else: what ran, whether its "
	"figures can be\n"
	"trusted, rates and percentiles, charts, threads with stragglers "
	"named,\n"
	"parameters. Several runs are compared with the first. RUN is "
	"fio's JSON file, or\n"
	"a directory of one run; charts over time need the latency logs "
	"in it. A directory\n"
	"of several runs of the same thing is compared as a whole, and its "
	"first run is\n"
	"shown. RUN may be a history, too: a soak, also while it goes on, "
	"or a run.\n"
	"\n";

/* Reads a run. Sets *mixed if it has files of another run, as the page says. */
static int read_run(const struct page_request *request,
		    struct run_bundle *bundle, const char *path, bool *mixed)
{
	int ret = stored_bundle_is_history(path)
			  ? stored_bundle_read(bundle, path,
					       (int64_t)request->soak,
					       (int64_t)request->run)
			  : run_bundle_read_samples(bundle, path);
	int code = ret ? cli_input_failed(COMMAND, &bundle->error) : EXIT_GOOD;

	cli_print_notes(COMMAND, &bundle->notes);
	cli_print_marked(COMMAND, "not valid", &bundle->result.invalid);
	*mixed |= bundle->result.mixed;
	return code;
}

static int write_page(const struct page_request *request,
		      const struct run_bundle *bundle, size_t runs)
{
	struct output output;
	int code = cli_output_begin(&output, COMMAND, request->output);

	if (code)
		return code;
	return cli_output_end(&output, COMMAND, request->output,
			      page_write(output.file, bundle, runs));
}

static int run(const struct page_request *request, int argc, char **argv)
{
	size_t runs = (size_t)argc - 1;
	struct run_bundle *bundle = calloc(runs, sizeof(*bundle));
	struct progress progress;
	bool mixed = false, shown = progress_begin(&progress);
	int code = bundle ? EXIT_GOOD : EXIT_INPUT;

	for (size_t i = 0; i < runs && !code; i++) {
		if (shown) {
			bundle[i].progress =
				stored_bundle_is_history(argv[i + 1])
					? progress_show_history
					: progress_show;
			bundle[i].progress_context = &progress;
		}
		code = read_run(request, &bundle[i], argv[i + 1], &mixed);
	}
	progress_end(&progress);
	if (!code)
		code = write_page(request, bundle, runs);
	for (size_t i = 0; i < runs && bundle; i++)
		run_bundle_free(&bundle[i]);
	free(bundle);
	return !code && mixed ? EXIT_INPUT : code;
}

int cmd_report(int argc, char **argv)
{
	struct page_request request = { 0 };
	int code =
		cli_options(COMMAND, rows, usage, NULL, &request, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc < 2 || !request.output)
		return cli_usage_error(COMMAND,
				       "expected -o FILE.html and a run");
	return run(&request, argc, argv);
}
