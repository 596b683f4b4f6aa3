// SPDX-License-Identifier: GPL-2.0-only
/* smallfio report: makes a page of runs. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "report/page.h"

#define COMMAND "report"

struct page_request {
	const char *output;
};

static const struct option_row rows[] = {
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct page_request, output) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio report -o FILE.html RUN...\n"
	"\n"
	"Makes one page that needs nothing else: figures, validity, "
	"charts, threads with\n"
	"stragglers marked, parameters. RUN is fio's JSON file, or a "
	"directory of one run;\n"
	"charts over time need the latency logs in it, and gnuplot.\n"
	"\n";

/*
 * Writes one run of the page. Only this run is in memory. Sets *mixed if the
 * run has files of another run, as the page says, too.
 */
static int write_run(FILE *out, const char *path, int *undrawn, bool *mixed)
{
	struct run_bundle bundle = { 0 };
	int code = EXIT_GOOD;

	if (run_bundle_read(&bundle, path, 0)) {
		code = cli_input_failed(COMMAND, &bundle.error);
	} else if (page_run(out, &bundle, undrawn)) {
		fputs("smallfio report: out of memory\n", stderr);
		code = EXIT_INPUT;
	}
	cli_print_notes(COMMAND, &bundle.notes);
	cli_print_marked(COMMAND, "not valid", &bundle.result.invalid);
	*mixed |= bundle.result.mixed;
	run_bundle_free(&bundle);
	return code;
}

static int run(const struct page_request *request, int argc, char **argv)
{
	struct output output;
	int i, undrawn = 0;
	int code = cli_output_begin(&output, COMMAND, request->output);
	bool mixed = false;

	if (code)
		return code;
	page_begin(output.file, (size_t)argc - 1);
	for (i = 1; i < argc && !code; i++)
		code = write_run(output.file, argv[i], &undrawn, &mixed);
	page_end(output.file);
	if (code) {
		output_abandon(&output);
		return code;
	}
	code = cli_output_end(&output, COMMAND, request->output, 0);
	if (code)
		return code;
	if (undrawn)
		fprintf(stderr,
			"smallfio report: note: the page has no charts: "
			"gnuplot %s\n",
			undrawn == -ENOENT ? "is not installed" : "failed");
	return mixed ? EXIT_INPUT : EXIT_GOOD;
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
