// SPDX-License-Identifier: GPL-2.0-only
/* smallfio stats: percentiles per operation, cluster, host and thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "format.h"
#include "inputs.h"
#include "load.h"
#include "number.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "report.h"

#define INTERVAL_MIN_NS 1000000
#define NOTES_MAX       10

struct stats {
	struct percentiles percentiles;
	uint64_t interval_ns;
	const char *host_suffix;
	enum log_kind kind; /* LOG_KINDS: not chosen */
	const struct format *format;
	const char *output;
	bool help;
};

static int set_percentiles(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	return percentiles_parse(&stats->percentiles, value, error);
}

static int set_interval(void *context, const char *value, char *error)
{
	struct stats *stats = context;
	const char *p = value;

	if (!number_seconds(&p, &stats->interval_ns) && !*p &&
	    stats->interval_ns >= INTERVAL_MIN_NS)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected seconds, 0.001 or more, found \"%.40s\"", value);
	return -EINVAL;
}

static int set_suffix(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	(void)error;
	stats->host_suffix = value;
	return 0;
}

static int set_kind(void *context, const char *value, char *error)
{
	struct stats *stats = context;
	enum log_kind kind;

	for (kind = LOG_CLAT; kind <= LOG_CLAT_HIST; kind++) {
		if (!strcmp(value, inputs_kind_name(kind))) {
			stats->kind = kind;
			return 0;
		}
	}
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected clat, lat, slat or clat_hist, found \"%.40s\"",
		 value);
	return -EINVAL;
}

static int set_format(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	stats->format = format_find(value);
	if (stats->format)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected text, csv, json or smallfile, found \"%.40s\"",
		 value);
	return -EINVAL;
}

static int set_output(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	if (!*value) {
		strcpy(error, "expected a file name, found nothing");
		return -EINVAL;
	}
	stats->output = value;
	return 0;
}

static int set_help(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	(void)value;
	(void)error;
	stats->help = true;
	return 0;
}

static const struct option_row rows[] = {
	{ "percentiles", 0, "LIST",
	  "percentiles to print (" PERCENTILES_DEFAULT ")", set_percentiles },
	{ "time-interval", 0, "S", "print statistics for each S seconds, too",
	  set_interval },
	{ "common-hostname-suffix", 0, "D",
	  "cut the domain D off the names of hosts", set_suffix },
	{ "latency", 0, "KIND",
	  "which of fio's logs to read: clat, lat, slat, clat_hist\n"
	  "(the first of these that has samples)",
	  set_kind },
	{ "format", 0, "FORMAT", "text, csv, json or smallfile (text)",
	  set_format },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  set_output },
	{ "help", 'h', NULL, "print this", set_help },
	{ 0 },
};

static void print_help(FILE *out)
{
	fputs("usage: smallfio stats [OPTION...] PATH...\n"
	      "\n"
	      "Prints count, minimum, mean, deviation, percentiles and maximum "
	      "of latencies\n"
	      "for each operation, over all hosts, for each host and for each "
	      "thread.\n"
	      "\n"
	      "PATH is a log, a directory of logs, or - for standard input; "
	      "gzip and zstd are\n"
	      "unpacked. What a file is, its content tells; who wrote it, its "
	      "name:\n"
	      "  PREFIX_clat.N.log[.HOST]  of fio (also _lat, _slat, "
	      "_clat_hist)\n"
	      "  rsptimes_TT_HOST_OP_START.csv  of smallfile\n"
	      "\n",
	      out);
	options_help(out, rows);
}

static int usage_error(const char *message)
{
	fprintf(stderr,
		"smallfio stats: %s\n"
		"Try: smallfio stats --help\n",
		message);
	return EXIT_USAGE;
}

static int input_failed(const struct input_error *error)
{
	fputs("smallfio stats: ", stderr);
	if (error->path)
		fprintf(stderr, "%s:", error->path);
	if (error->line)
		fprintf(stderr, "%llu:", (unsigned long long)error->line);
	if (error->line && error->column)
		fprintf(stderr, "%u:", error->column);
	fprintf(stderr, "%s%s\n", error->path ? " " : "", error->message);
	return EXIT_INPUT;
}

static int output_failed(const struct stats *stats, int ret)
{
	fprintf(stderr, "smallfio stats: cannot write %s: %s\n",
		stats->output ? stats->output : "standard output",
		strerror(-ret));
	return EXIT_INPUT;
}

static int find_inputs(const struct stats *stats, int argc, char **argv,
		       struct inputs *inputs, struct notes *notes,
		       struct input_error *error)
{
	int i, ret = 0;

	for (i = 1; i < argc && !ret; i++)
		ret = inputs_add(inputs, argv[i], notes, error);
	if (!ret)
		ret = inputs_drop_same(inputs, notes, error);
	if (!ret)
		inputs_choose(inputs, stats->kind, notes);
	return ret;
}

static int load_samples(const struct stats *stats, const struct inputs *inputs,
			struct series_list *list, struct report *report,
			struct input_error *error)
{
	struct progress progress;
	struct load_options options = {
		.host_suffix = stats->host_suffix,
		.interval_ns = (int64_t)stats->interval_ns,
		.progress_context = &progress,
	};
	int ret;

	if (progress_begin(&progress))
		options.progress = progress_show;
	ret = load(inputs, &options, list, &report->base_ns, error);
	progress_end(&progress);
	return ret;
}

static int write_report(const struct stats *stats, const struct report *report)
{
	struct output output;
	int ret = output_open(&output, stats->output);

	if (ret)
		return output_failed(stats, ret);
	ret = stats->format->write(output.file, report);
	if (ret)
		output_abandon(&output);
	else
		ret = output_close(&output);
	return ret ? output_failed(stats, ret) : EXIT_GOOD;
}

static int make_report(const struct stats *stats, const struct inputs *inputs,
		       struct report *report, struct input_error *error)
{
	struct series_list list = { 0 };
	int code, ret = load_samples(stats, inputs, &list, report, error);

	if (!ret && report_build(report, &list))
		ret = input_error_set(error, INPUT_NO_MEMORY, 0, 0,
				      "out of memory");
	if (ret) {
		code = input_failed(error);
	} else if (!report->samples) {
		fprintf(stderr,
			"smallfio stats: expected samples, found none in %zu "
			"log%s; did the run do any operation?\n",
			report->logs, report->logs == 1 ? "" : "s");
		code = EXIT_TOO_LITTLE;
	} else {
		code = write_report(stats, report);
	}
	series_list_free(&list);
	return code;
}

static void print_notes(const struct notes *notes)
{
	size_t i;

	for (i = 0; i < notes->count && i < NOTES_MAX; i++)
		fprintf(stderr, "smallfio stats: note: %s\n", notes->text[i]);
	if (notes->count > NOTES_MAX)
		fprintf(stderr, "smallfio stats: and %zu notes more\n",
			notes->count - NOTES_MAX);
}

static int run(const struct stats *stats, int argc, char **argv)
{
	struct inputs inputs = { 0 };
	struct notes notes = { 0 };
	struct input_error error = { 0 };
	struct report report = {
		.percentiles = stats->percentiles,
		.interval_ns = (int64_t)stats->interval_ns,
	};
	int code = find_inputs(stats, argc, argv, &inputs, &notes, &error);

	print_notes(&notes);
	if (code) {
		code = input_failed(&error);
	} else {
		report.logs = inputs.count;
		code = make_report(stats, &inputs, &report, &error);
	}
	report_free(&report);
	inputs_free(&inputs);
	notes_free(&notes);
	return code;
}

int cmd_stats(int argc, char **argv)
{
	struct stats stats = { .kind = LOG_KINDS, .format = &formats[0] };
	char error[OPTIONS_ERROR_MAX];

	percentiles_parse(&stats.percentiles, PERCENTILES_DEFAULT, error);
	argc = options_parse(rows, &stats, argc, argv, error);
	if (argc < 0)
		return usage_error(error);
	if (stats.help) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (argc < 2)
		return usage_error("expected a log or a directory of logs");
	return run(&stats, argc, argv);
}
