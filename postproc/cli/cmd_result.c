// SPDX-License-Identifier: GPL-2.0-only
/* smallfio result: the rates of a run, and whether they can be trusted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "run/run_files.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "format/result_format.h"
#include "util/shown.h"

struct result_request {
	const char *hosts_path;
	const char *run; /* the only path; NULL: there are several */
	struct result_options options;
	const struct result_format *format;
	const char *output;
	bool verbose;
};

/* All that the command reads. */
struct material {
	struct run_files_options how;
	struct run_files files;
	struct notes notes;
	struct log_times_list times;
	struct host_list hosts;
	struct input_error error;
};

static const struct option_row rows[] = {
	{ "hosts", 0, "FILE",
	  "the list of hosts given to fio --client: each of them must be\n"
	  "in the result",
	  OPTION_TEXT(struct result_request, hosts_path) },
	{ "min-done", 0, "PCT", "the share of the files that must be done (70)",
	  OPTION_PERCENT(struct result_request, options.min_done_percent, 0,
			 100) },
	{ "format", 0, "FORMAT",
	  "text, csv, json, smallfile, smallfile-json (text),\n" EXPORT_NAMES,
	  OPTION_CHOICE(struct result_request, format, result_formats) },
	{ "verbose", 'v', NULL,
	  "text: hosts, threads and times of each operation, too",
	  OPTION_FLAG(struct result_request, verbose) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct result_request, output) },
	OPTION_COLOR_ROW,
	{ 0 },
};

static const char usage[] =
	"usage: smallfio result [OPTION...] OUT.json [LOG...]\n"
	"       smallfio result [OPTION...] DIRECTORY\n"
	"\n"
	"Prints files/s, IOPS, MiB/s, errors and the share done for each "
	"thread, each\n"
	"host and the cluster; with the logs also the rates until the "
	"first thread had\n"
	"finished, how far apart the threads started and finished, and "
	"whether samples\n"
	"were lost.\n"
	"\n"
	"OUT.json is what fio --output-format=json (or json+) wrote; "
	"LOG is a latency\n"
	"log of the same run, or a directory of them. DIRECTORY holds "
	"both, or what the\n"
	"hosts kept of a run whose client was lost (smallfio-kept).\n"
	"\n";

static const char footer[] =
	"\n"
	"Exit codes: 0 valid; 3 not valid: a host is missing, samples "
	"are lost, an\n"
	"operation failed, or an input is unreadable; 4 too little was "
	"done, or it\n"
	"was done too fast to tell a rate.\n";

static int read_material(struct material *m,
			 const struct result_request *request)
{
	struct progress progress;
	struct load_options options = { .progress_context = &progress };
	int ret = 0;

	if (request->hosts_path)
		ret = host_list_read(&m->hosts, request->hosts_path, &m->error);
	else if (request->run)
		ret = run_files_hosts(&m->hosts, request->run, &m->error);
	if (ret)
		return ret;
	if (progress_begin(&progress))
		options.progress = m->how.progress = progress_show;
	m->how.progress_context = &progress;
	ret = run_files_read(&m->files, &m->how);
	if (!ret)
		ret = run_files_times(&m->files, &options, &m->times);
	progress_end(&progress);
	return ret;
}

static int write_page(const struct result_request *request,
		      const struct result_page *page)
{
	struct output output;
	int code = cli_output_begin(&output, "result", request->output);

	if (code)
		return code;
	return cli_output_end(&output, "result", request->output,
			      result_write(output.file, request->format, page));
}

static int judge(struct material *m, struct result_request *request)
{
	struct result result = { 0 };
	struct result_page page = { &result, m->files.results.result,
				    &request->options, request->verbose };
	int code;

	if (m->hosts.count)
		request->options.hosts = &m->hosts;
	if (result_build(&result, &m->files.results, &m->times,
			 &request->options)) {
		input_error_no_memory(&m->error);
		code = cli_input_failed("result", &m->error);
	} else {
		code = write_page(request, &page);
	}
	if (code == EXIT_GOOD && result.invalid.count)
		code = EXIT_INPUT;
	else if (code == EXIT_GOOD && !result_is_valid(&result))
		code = EXIT_TOO_LITTLE;
	result_free(&result);
	return code;
}

static bool has_log(const struct inputs *inputs, const struct listed_host *host)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (!strcmp(inputs->input[i].name.host, host->name))
			return true;
	return false;
}

/* Without fio's JSON, names the hosts of the list that have no log either. */
static void name_hosts(struct material *m, const struct result_request *request)
{
	struct input_error error = { 0 };
	size_t missing = 0;

	if (!request->hosts_path)
		return;
	if (host_list_read(&m->hosts, request->hosts_path, &error)) {
		cli_input_failed("result", &error);
		return;
	}
	for (size_t i = 0; i < m->hosts.count; i++) {
		const struct listed_host *host = &m->hosts.host[i];

		if (has_log(&m->files.inputs, host))
			continue;
		fprintf(stderr, "%s%s",
			missing++ ? ", "
				  : "smallfio result: nothing is there of: ",
			shown(host->typed));
	}
	if (missing)
		fputc('\n', stderr);
}

/*
 * Returns true if the run may be a client's. That is so if --hosts is given, if
 * a log is of another host, or if there is no log.
 */
static bool may_be_of_client(const struct material *m,
			     const struct result_request *request)
{
	for (size_t i = 0; i < m->files.inputs.count; i++)
		if (strcmp(m->files.inputs.input[i].name.host, "localhost") !=
		    0)
			return true;
	return request->hosts_path || !m->files.inputs.count;
}

static void help_without_json(struct material *m,
			      const struct result_request *request)
{
	if (!may_be_of_client(m, request))
		return;
	/* INPUT_RUN: logs alone were found. */
	if (m->error.code != INPUT_NO_LOGS && m->error.code != INPUT_UNKNOWN &&
	    m->error.code != INPUT_RUN)
		return;
	name_hosts(m, request);
	fputs("smallfio result: of a client's run with gate=DIRECTORY, hosts "
	      "keep what their jobs measured: smallfio result "
	      "DIRECTORY/smallfio-kept\n",
	      stderr);
}

static int run(struct result_request *request, int argc, char **argv)
{
	struct material m = {
		.how = { .use = RUN_RATES, .kind = LOG_KINDS },
		.files = { .notes = &m.notes, .error = &m.error },
	};
	int ret = run_files_find(&m.files, (const char *const *)argv + 1,
				 (size_t)argc - 1, &m.how);
	bool found = !ret;
	int code;

	if (!ret)
		ret = read_material(&m, request);
	cli_print_notes("result", &m.notes);
	code = ret ? cli_input_failed("result", &m.error) : judge(&m, request);
	if (!found)
		help_without_json(&m, request);
	log_times_free(&m.times);
	run_files_free(&m.files);
	host_list_free(&m.hosts);
	notes_free(&m.notes);
	return code;
}

int cmd_result(int argc, char **argv)
{
	struct result_request request = {
		.options.min_done_percent = RESULT_MIN_DONE,
		.format = &result_formats[0],
	};
	int code = cli_options("result", rows, usage, footer, &request, &argc,
			       argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc < 2)
		return cli_usage_error(
			"result", "expected fio's JSON output, or a directory "
				  "of a run");
	request.run = argc == 2 ? argv[1] : NULL;
	return run(&request, argc, argv);
}
