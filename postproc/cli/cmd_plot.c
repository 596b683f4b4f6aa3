// SPDX-License-Identifier: GPL-2.0-only
/* smallfio plot: draws one chart as a picture. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "report/page.h"
#include "report/svg.h"
#include "run/run_bundle.h"
#include "util/number.h"
#include "util/shown.h"

#define COMMAND "plot"

struct plot {
	const struct chart_kind *kind;
	const char *operation, *output, *title;
	uint64_t interval_ns;
	unsigned int width, height;
};

static int set_size(void *context, const char *value, char *error)
{
	struct plot *plot = context;
	char end;

	if (sscanf(value, "%5ux%5u%c", &plot->width, &plot->height, &end) ==
		    2 &&
	    plot->width >= SVG_LEAST && plot->width <= SVG_MOST &&
	    plot->height >= SVG_LEAST && plot->height <= SVG_MOST)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected WIDTHxHEIGHT in pixels, each from %d to %d, as in "
		 "1280x720, found \"%.20s\"",
		 SVG_LEAST, SVG_MOST, value);
	return -EINVAL;
}

static const struct option_row rows[] = {
	{ "chart", 0, "NAME",
	  "throughput, percentiles, heatmap, distribution or threads",
	  OPTION_CHOICE(struct plot, kind, chart_kinds) },
	{ "operation", 0, "NAME", "of this operation (the first)",
	  OPTION_TEXT(struct plot, operation) },
	{ "size", 0, "WxH", "pixels of the picture (1280x720)",
	  OPTION_SET(set_size) },
	{ "title", 0, "TEXT", "what stands above it (operation and chart)",
	  OPTION_TEXT(struct plot, title) },
	{ "time-interval", 0, "S", "length of an interval (one that fits)",
	  OPTION_SECONDS(struct plot, interval_ns, NS_PER_S / 1000) },
	{ "output", 'o', "FILE", "the picture, FILE.svg or FILE.png",
	  OPTION_TEXT(struct plot, output) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio plot --chart NAME -o FILE.svg|FILE.png RUN...\n"
	"\n"
	"Draws one chart of a run, or of several in one picture. A PNG needs "
	"rsvg-convert.\n"
	"\n";

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), of_suffix = strlen(suffix);

	return length > of_suffix && !strcmp(name + length - of_suffix, suffix);
}

/* Writes the picture, as SVG or by way of it as PNG. */
static int draw(const struct plot *plot, const struct chart *chart)
{
	bool png = ends_in(plot->output, ".png");
	struct output output;
	FILE *svg = NULL;
	int code = cli_output_begin(&output, COMMAND, plot->output), ret = 0;

	if (code)
		return code;
	if (png && !(svg = tmpfile()))
		ret = -errno;
	if (!ret)
		svg_alone(png ? svg : output.file, chart, plot->title,
			  plot->width, plot->height);
	if (!ret && png)
		ret = svg_to_png(svg, output.file);
	if (svg)
		fclose(svg);
	if (ret != -ENOENT && ret != -EBADMSG)
		return cli_output_end(&output, COMMAND, plot->output, ret);
	output_abandon(&output);
	fprintf(stderr, "smallfio plot: %s\n",
		ret == -ENOENT ? "rsvg-convert is not installed (Debian: "
				 "librsvg2-bin); FILE.svg needs nothing"
			       : "rsvg-convert failed; what it said is above");
	return EXIT_INPUT;
}

/* Finds the operation in each run. False: no run has it. */
static bool find_operation(struct chart_run *found, const char *operation,
			   const struct run_bundle *bundle, size_t runs)
{
	bool any = false;

	for (size_t i = 0; i < runs; i++) {
		const struct run_summary *run = &bundle[i].runs.run[0];

		found[i] = (struct chart_run){
			run->path,
			operation_figures_find(&run->figures, operation, NULL),
			run_bundle_time_series(&bundle[i], operation),
		};
		any |= found[i].figures || found[i].over_time;
	}
	return any;
}

static int plot_runs(const struct plot *plot, const struct run_bundle *bundle,
		     struct chart_run *found, size_t runs)
{
	const char *operation =
		plot->operation
			? plot->operation
			: bundle[0].runs.run[0].figures.figures[0].operation;
	const struct chart_source source = { operation,
					     page_unit(bundle, runs, operation),
					     found, runs };
	struct chart chart = { 0 };
	int ret, code;

	if (!find_operation(found, operation, bundle, runs)) {
		fprintf(stderr,
			"smallfio plot: expected operation %s, the run has "
			"none\n",
			shown(operation));
		return EXIT_INPUT;
	}
	ret = chart_build(&chart, plot->kind, &source);
	if (!ret) {
		code = draw(plot, &chart);
	} else if (ret == -ENODATA) {
		fprintf(stderr,
			"smallfio plot: expected %s of %s, the run has none\n",
			plot->kind->needs, shown(operation));
		code = EXIT_TOO_LITTLE;
	} else {
		code = cli_output_failed(COMMAND, plot->output, ret);
	}
	chart_free(&chart);
	return code;
}

static int read_and_plot(const struct plot *plot, char **path, size_t runs)
{
	struct run_bundle *bundle = calloc(runs, sizeof(*bundle));
	struct chart_run *found = calloc(runs, sizeof(*found));
	struct progress progress;
	bool shown_on = progress_begin(&progress);
	int code = EXIT_GOOD;

	if (!bundle || !found)
		code = cli_output_failed(COMMAND, plot->output, -ENOMEM);
	for (size_t i = 0; i < runs && !code; i++) {
		bundle[i].progress = shown_on ? progress_show : NULL;
		bundle[i].progress_context = &progress;
		if (run_bundle_read(&bundle[i], path[i],
				    (int64_t)plot->interval_ns))
			code = cli_input_failed(COMMAND, &bundle[i].error);
	}
	progress_end(&progress);
	if (!code)
		code = plot_runs(plot, bundle, found, runs);
	for (size_t i = 0; i < runs && bundle; i++)
		run_bundle_free(&bundle[i]);
	free(found);
	free(bundle);
	return code;
}

int cmd_plot(int argc, char **argv)
{
	struct plot plot = { .width = 1280, .height = 720 };
	int code = cli_options(COMMAND, rows, usage, NULL, &plot, &argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (plot.output && !ends_in(plot.output, ".svg") &&
	    !ends_in(plot.output, ".png"))
		return cli_usage_error(COMMAND,
				       "-o: expected a name that ends in .svg "
				       "or .png");
	if (argc < 2 || !plot.kind || !plot.output)
		return cli_usage_error(COMMAND,
				       "expected --chart, -o FILE.svg or "
				       "FILE.png, and a run");
	if (plot.kind->single && argc > 2)
		return cli_usage_error(COMMAND,
				       "this chart is of one run only");
	return read_and_plot(&plot, argv + 1, (size_t)argc - 1);
}
