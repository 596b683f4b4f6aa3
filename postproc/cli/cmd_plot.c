// SPDX-License-Identifier: GPL-2.0-only
/* smallfio plot: draws one chart as a picture. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "run/run_bundle.h"
#include "util/number.h"
#include "cli/options.h"
#include "util/shown.h"

#define COMMAND "plot"

struct plot {
	const struct chart *chart;
	const char *operation, *output;
	uint64_t interval_ns;
};

static const struct option_row rows[] = {
	{ "chart", 0, "NAME",
	  "throughput, percentiles, heatmap or distribution",
	  OPTION_CHOICE(struct plot, chart, charts) },
	{ "operation", 0, "NAME", "of this operation (the first)",
	  OPTION_TEXT(struct plot, operation) },
	{ "time-interval", 0, "S", "length of an interval (one that fits)",
	  OPTION_SECONDS(struct plot, interval_ns, NS_PER_S / 1000) },
	{ "output", 'o', "FILE", "the picture, FILE.svg or FILE.png",
	  OPTION_TEXT(struct plot, output) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio plot --chart NAME -o FILE.svg|FILE.png RUN\n"
	"\n"
	"Draws one chart of a run with gnuplot.\n"
	"\n";

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

static int draw(const struct plot *request, const struct chart_data *data)
{
	enum chart_form form =
		ends_in(request->output, ".png") ? CHART_PNG : CHART_SVG;
	struct output output;
	char *picture;
	size_t size;
	int code, ret;

	ret = chart_draw(request->chart, data, form, &picture, &size);
	if (ret)
		return undrawn(ret);
	code = cli_output_begin(&output, COMMAND, request->output);
	if (!code) {
		fwrite(picture, 1, size, output.file);
		code = cli_output_end(&output, COMMAND, request->output, 0);
	}
	free(picture);
	return code;
}

static int find_and_draw(const struct plot *request, const struct run_bundle *d)
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
			shown(operation));
		return EXIT_INPUT;
	}
	if (!chart_possible(request->chart, &data)) {
		fprintf(stderr,
			"smallfio plot: expected %s of %s, the run has none\n",
			request->chart->needs_times
				? "latency logs (write_lat_log=)"
				: "a histogram (--output-format=json+)",
			shown(operation));
		return EXIT_TOO_LITTLE;
	}
	return draw(request, &data);
}

int cmd_plot(int argc, char **argv)
{
	struct plot request = { 0 };
	struct run_bundle bundle = { 0 };
	int code =
		cli_options(COMMAND, rows, usage, NULL, &request, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
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
