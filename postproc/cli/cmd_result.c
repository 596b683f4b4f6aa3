// SPDX-License-Identifier: GPL-2.0-only
/* smallfio result: the rates of a run, and whether they can be trusted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "run/fio_results.h"
#include "input/inputs.h"
#include "run/spool_join.h"
#include "input/spool_runs.h"
#include "run/one_run.h"
#include "cli/options.h"
#include "util/output.h"
#include "cli/progress.h"
#include "format/result_format.h"
#include "util/shown.h"

struct result_request {
	const char *hosts_path;
	struct result_options options;
	const struct result_format *format;
	const char *output;
};

/* Everything that is read. */
struct material {
	struct inputs inputs;
	struct notes notes;
	struct fio_results results;
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
	  "text, csv, json, smallfile or smallfile-json (text)",
	  OPTION_CHOICE(struct result_request, format, result_formats) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct result_request, output) },
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

static int add_path(struct material *m, const char *path)
{
	struct notes unused = { 0 };
	struct stat st;
	int ret;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return inputs_add(&m->inputs, path, &m->notes, &m->error);
	/* What is none of a run's files there needs no note. */
	ret = spool_runs_add(&m->inputs, path, &m->notes, &unused, &m->error);
	notes_free(&unused);
	if (ret && m->error.code == INPUT_NO_LOGS)
		input_error_set(&m->error, INPUT_NO_LOGS, 0, 0,
				"expected the JSON and logs of a run, found "
				"neither: fio was ended before it wrote them, "
				"could reach no host, or wrote them elsewhere");
	return ret;
}

static int check_json(struct material *m)
{
	if (m->inputs.json_count)
		return 0;
	m->error.path = NULL;
	return input_error_set(&m->error, INPUT_NO_LOGS, 0, 0,
			       "expected fio's JSON, found only logs; run fio "
			       "with --output-format=json+ --output=FILE, and "
			       "name that FILE (a fio that is killed leaves "
			       "none; smallfio stats reads logs alone)");
}

/* Of one run: from fio, or all that hosts kept of it. */
static int check_one_run(struct material *m)
{
	const struct inputs *inputs = &m->inputs;
	int ret = spool_join(&m->results, inputs, &m->error);

	if (ret || m->results.count == 1)
		return ret;
	return one_run_fail(&m->error, inputs->json_count, inputs->json[0].path,
			    inputs->json[1].path);
}

static int find_material(struct material *m, int argc, char **argv)
{
	int ret = 0;

	for (int i = 1; i < argc && !ret; i++)
		ret = add_path(m, argv[i]);
	if (!ret)
		ret = inputs_drop_same(&m->inputs, &m->notes, &m->error);
	if (!ret)
		ret = check_json(m);
	if (ret)
		return ret;
	inputs_choose(&m->inputs, LOG_KINDS, &m->notes);
	inputs_drop_histograms(&m->inputs, &m->notes);
	return 0;
}

static void note_json(struct material *m)
{
	const char *path = m->inputs.json[0].path;
	const struct fio_result *run = &m->results.result[0];
	bool many = run->damaged_notes != 1;

	if (run->superseded)
		notes_add(&m->notes,
			  "%s holds %u results (--status-interval); the last "
			  "is taken",
			  path, run->superseded + 1);
	if (run->damaged_notes)
		notes_add(&m->notes,
			  "%s: %zu line%s of fio-smallfile in front of the "
			  "JSON %s damaged, and left out",
			  path, run->damaged_notes, many ? "s" : "",
			  many ? "are" : "is");
}

static int read_material(struct material *m,
			 const struct result_request *request)
{
	struct progress progress;
	struct load_options options = { .progress_context = &progress };
	int ret = 0;

	if (request->hosts_path)
		ret = host_list_read(&m->hosts, request->hosts_path, &m->error);
	if (ret)
		return ret;
	if (progress_begin(&progress))
		options.progress = progress_show;
	ret = fio_results_read(&m->results, &m->inputs, options.progress,
			       &progress, &m->error);
	if (!ret)
		ret = check_one_run(m);
	if (!ret)
		ret = log_times_read(&m->times, &m->inputs, &options,
				     &m->error);
	if (ret && inputs_drop_averaged(&m->inputs, &m->error, &m->notes)) {
		log_times_free(&m->times);
		ret = 0;
	}
	progress_end(&progress);
	if (!ret)
		note_json(m);
	return ret;
}

static int write_page(const struct result_request *request,
		      const struct result_page *page)
{
	struct output output;
	int ret = output_open(&output, request->output);

	if (ret)
		return cli_output_failed("result", request->output, ret);
	ret = request->format->write(output.file, page);
	if (ret)
		output_abandon(&output);
	else
		ret = output_close(&output);
	return ret ? cli_output_failed("result", request->output, ret)
		   : EXIT_GOOD;
}

static int judge(struct material *m, struct result_request *request)
{
	struct result result = { 0 };
	struct result_page page = { &result, m->results.result,
				    &request->options };
	int code;

	if (request->hosts_path)
		request->options.hosts = &m->hosts;
	if (result_build(&result, m->results.result, &m->times,
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

/* Without fio's JSON: hosts of the list of which there is not even a log. */
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

		if (has_log(&m->inputs, host))
			continue;
		fprintf(stderr, "%s%s",
			missing++ ? ", "
				  : "smallfio result: nothing is there of: ",
			shown(host->typed));
	}
	if (missing)
		fputc('\n', stderr);
}

/* Nothing says that it was a run on this machine alone. */
static bool may_be_of_client(const struct material *m,
			     const struct result_request *request)
{
	for (size_t i = 0; i < m->inputs.count; i++)
		if (strcmp(m->inputs.input[i].name.host, "localhost") != 0)
			return true;
	return request->hosts_path || !m->inputs.count;
}

static void help_without_json(struct material *m,
			      const struct result_request *request)
{
	if (!may_be_of_client(m, request))
		return;
	if (m->error.code != INPUT_NO_LOGS && m->error.code != INPUT_UNKNOWN)
		return;
	name_hosts(m, request);
	fputs("smallfio result: of a client's run with gate=DIRECTORY, hosts "
	      "keep what their jobs measured: smallfio result "
	      "DIRECTORY/smallfio-kept\n",
	      stderr);
}

static int run(struct result_request *request, int argc, char **argv)
{
	struct material m = { 0 };
	int ret = find_material(&m, argc, argv);
	bool found = !ret;
	int code;

	if (!ret)
		ret = read_material(&m, request);
	cli_print_notes("result", &m.notes);
	code = ret ? cli_input_failed("result", &m.error) : judge(&m, request);
	if (!found)
		help_without_json(&m, request);
	log_times_free(&m.times);
	fio_results_free(&m.results);
	host_list_free(&m.hosts);
	inputs_free(&m.inputs);
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
	return run(&request, argc, argv);
}
