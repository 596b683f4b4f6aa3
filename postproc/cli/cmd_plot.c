// SPDX-License-Identifier: GPL-2.0-only
/* smallfio plot: one chart as a picture. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "run/run_bundle.h"
#include "util/number.h"
#include "cli/options.h"
#include "util/output.h"

#define COMMAND "plot"

struct request {
	const struct chart *chart;
	const char *operation, *output;
	uint64_t interval_ns;
	bool help;
};

static int set_chart(void *context, const char *value, char *error)
{
	struct request *request = context;

	request->chart = chart_find(value);
	if (request->chart)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected throughput, percentiles, heatmap or distribution, "
		 "found \"%.40s\"",
		 value);
	return -EINVAL;
}

static int set_operation(void *context, const char *value, char *error)
{
	((struct request *)context)->operation = value;
	return 0;
}

static int set_interval(void *context, const char *value, char *error)
{
	struct request *request = context;
	const char *p = value;

	if (!number_seconds(&p, &request->interval_ns) && !*p &&
	    request->interval_ns >= NS_PER_S / 1000)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected seconds, 0.001 or more, found \"%.40s\"", value);
	return -EINVAL;
}

static int set_output(void *context, const char *value, char *error)
{
	((struct request *)context)->output = value;
	return 0;
}

static int set_help(void *context, const char *value, char *error)
{
	((struct request *)context)->help = true;
	return 0;
}

static const struct option_row rows[] = {
	{ "chart", 0, "NAME",
	  "throughput, percentiles, heatmap or distribution", set_chart },
	{ "operation", 0, "NAME", "of this operation (the first)",
	  set_operation },
	{ "time-interval", 0, "S", "length of an interval (one that fits)",
	  set_interval },
	{ "output", 'o', "FILE", "the picture, FILE.svg or FILE.png",
	  set_output },
	{ "help", 'h', NULL, "print this", set_help },
	{ 0 },
};

static void print_help(FILE *out)
{
	fputs("usage: smallfio plot --chart NAME -o FILE.svg|FILE.png RUN\n"
	      "\n"
	      "Draws one chart of a run with gnuplot.\n"
	      "\n",
	      out);
	options_help(out, rows);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), of_suffix = strlen(suffix);

	return length > of_suffix && !strcmp(name + length - of_suffix, suffix);
}

static int undrawn(int ret)
{
	fprintf(stderr, "smallfio plot: %s\n",
		ret == -ENOENT ? "gnuplot is not installed (Debian: "
				 "gnuplot-nox)"
			       : "gnuplot failed; what it said is above");
	return EXIT_INPUT;
}

static int draw(const struct request *request, const struct chart_data *data)
{
	enum chart_form form =
		ends_in(request->output, ".png") ? CHART_PNG : CHART_SVG;
	struct output output;
	char *picture;
	size_t size;
	int ret = chart_draw(request->chart, data, form, &picture, &size);

	if (ret)
		return undrawn(ret);
	ret = output_open(&output, request->output);
	if (!ret) {
		fwrite(picture, 1, size, output.file);
		ret = output_close(&output);
	}
	free(picture);
	return ret ? cli_output_failed(COMMAND, request->output, ret)
		   : EXIT_GOOD;
}

static int find_and_draw(const struct request *request,
			 const struct run_bundle *d)
{
	const struct operation_figures_list *list = &d->runs.run[0].figures;
	const char *operation = request->operation ? request->operation
						   : list->figures[0].operation;
	struct chart_data data = {
		.figures = operation_figures_find(list, operation, NULL),
		.over_time = run_bundle_time_series(d, operation),
	};

	if (!data.figures && !data.over_time) {
		fprintf(stderr,
			"smallfio plot: expected operation %s, the run has "
			"none\n",
			operation);
		return EXIT_INPUT;
	}
	if (!chart_possible(request->chart, &data)) {
		fprintf(stderr,
			"smallfio plot: expected %s of %s, the run has none\n",
			request->chart->needs_times
				? "latency logs (write_lat_log=)"
				: "a histogram (--output-format=json+)",
			operation);
		return EXIT_TOO_LITTLE;
	}
	return draw(request, &data);
}

int cmd_plot(int argc, char **argv)
{
	struct request request = { 0 };
	struct run_bundle bundle = { 0 };
	char error[OPTIONS_ERROR_MAX];
	int code;

	argc = options_parse(rows, &request, argc, argv, error);
	if (argc < 0)
		return cli_usage_error(COMMAND, error);
	if (request.help) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (request.output && !ends_in(request.output, ".svg") &&
	    !ends_in(request.output, ".png"))
		return cli_usage_error(COMMAND,
				       "-o: expected a name that ends in .svg "
				       "or .png");
	if (argc != 2 || !request.chart || !request.output)
		return cli_usage_error(COMMAND,
				       "expected --chart, -o FILE.svg or "
				       "FILE.png, and one run");
	if (run_bundle_read(&bundle, argv[1], (int64_t)request.interval_ns))
		code = cli_input_failed(COMMAND, &bundle.error);
	else
		code = find_and_draw(&request, &bundle);
	run_bundle_free(&bundle);
	return code;
}
