// SPDX-License-Identifier: GPL-2.0-only
/* smallfio stats: percentiles per operation, cluster, host and thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "format/format.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "run/stats_report.h"
#include "run/whole.h"
#include "run/run_files.h"

#define INTERVAL_MIN_NS 1000000
#define NAMES_SHOWN     4

struct stats {
	struct percentiles percentiles;
	uint64_t interval_ns;
	const char *host_suffix;
	const struct latency_choice *latency; /* NULL: not chosen */
	const struct by_choice *by;
	const struct format *format;
	const char *output;
	bool verbose;
};

static int set_percentiles(void *context, const char *value, char *error)
{
	struct stats *stats = context;

	return percentiles_parse(&stats->percentiles, value, error);
}

static const struct latency_choice {
	const char *name;
	enum log_kind kind;
} latencies[] = {
	{ "clat", LOG_CLAT },
	{ "lat", LOG_LAT },
	{ "slat", LOG_SLAT },
	{ "clat_hist", LOG_CLAT_HIST },
	{ 0 },
};

static const struct by_choice {
	const char *name;
	bool by_job;
} bys[] = {
	{ "job", true },
	{ "operation", false },
	{ 0 },
};

static const struct option_row rows[] = {
	{ "percentiles", 0, "LIST",
	  "percentiles to print (" PERCENTILES_DEFAULT ")",
	  OPTION_SET(set_percentiles) },
	{ "time-interval", 0, "S", "print statistics for each S seconds, too",
	  OPTION_SECONDS(struct stats, interval_ns, INTERVAL_MIN_NS) },
	{ "common-hostname-suffix", 0, "D",
	  "cut the domain D off the names of hosts",
	  OPTION_TEXT(struct stats, host_suffix) },
	{ "latency", 0, "KIND",
	  "which of fio's logs to read: clat, lat, slat, clat_hist\n"
	  "(the first of these that has samples)",
	  OPTION_CHOICE(struct stats, latency, latencies) },
	{ "by", 0, "NAME",
	  "what rows are collected by, where fio's JSON says both:\n"
	  "operation or job (operation)",
	  OPTION_CHOICE(struct stats, by, bys) },
	{ "format", 0, "FORMAT",
	  "text, csv, json, smallfile (text), " EXPORT_NAMES,
	  OPTION_CHOICE(struct stats, format, formats) },
	{ "verbose", 'v', NULL,
	  "text: all hosts and threads, if there are more than 16",
	  OPTION_FLAG(struct stats, verbose) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct stats, output) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio stats [OPTION...] PATH...\n"
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
	"  a chunk log of fio-diskwrite.so, under any name\n"
	"  the output of fio --output-format=json+ (or json), which "
	"logs of the\n"
	"  same run are compared with\n"
	"\n";

/* What one run of the command reads and makes. */
struct stats_work {
	const struct stats *stats;
	struct run_files_options how;
	struct run_files files;
	struct series_list list;
	struct stats_report report;
	struct notes notes, differences, not_whole;
	struct input_error error;
};

static int read_all(struct stats_work *work)
{
	const struct stats *stats = work->stats;
	struct progress progress;
	struct load_options options = {
		.host_suffix = stats->host_suffix,
		.interval_ns = (int64_t)stats->interval_ns,
		.name = fio_results_name_series,
		.name_context = &work->files.results,
		.progress_context = &progress,
	};
	int ret;

	work->how.progress_context = &progress;
	if (progress_begin(&progress))
		options.progress = work->how.progress = progress_show;
	ret = run_files_read(&work->files, &work->how);
	if (!ret)
		ret = run_files_load(&work->files, &options, &work->list);
	progress_end(&progress);
	return ret                       ? ret
	       : work->files.results.ret ? input_error_no_memory(&work->error)
					 : 0;
}

static int make_report(struct stats_work *work)
{
	int ret = read_all(work);

	if (ret)
		return ret;
	if (fio_results_add_series(&work->files.results, &work->list,
				   &work->notes))
		return input_error_no_memory(&work->error);
	series_list_order(&work->list);
	series_list_order_in_run(&work->list);
	if (stats_report_build(&work->report, &work->list))
		ret = input_error_no_memory(&work->error);
	if (!ret &&
	    fio_results_check(&work->files.results, &work->report.percentiles,
			      &work->differences, &work->notes))
		ret = input_error_no_memory(&work->error);
	return ret;
}

static int write_report(const struct stats *stats,
			const struct stats_report *report)
{
	struct output output;
	int code = cli_output_begin(&output, "stats", stats->output);

	if (code)
		return code;
	return cli_output_end(&output, "stats", stats->output,
			      format_report(output.file, stats->format,
					    report));
}

/* Returns true if a job of the operation has this option set to 0. */
static bool is_off(const struct stats_work *work, const char *operation,
		   const char *option)
{
	const struct fio_results *results = &work->files.results;

	for (size_t i = 0; i < results->count; i++) {
		const struct fio_result *result = &results->result[i];

		for (size_t k = 0; k < result->entries; k++) {
			const struct fio_entry *entry = &result->entry[k];
			const char *value =
				fio_json_option(result, entry, option);
			const char *name =
				work->stats->by->by_job
					? entry->job
					: fio_json_phase(result, entry);

			if (value && !strcmp(value, "0") &&
			    !strcmp(name, operation))
				return true;
		}
	}
	return false;
}

/* Notes why there are no histograms. The advice depends on the reason. */
static void note_no_percentiles(const struct stats_work *work,
				const struct operation_stats *o,
				const char *names, struct notes *notes)
{
	bool asked = work->stats->latency != NULL;

	if (strcmp(o->latency, "clat") != 0)
		notes_add(notes,
			  "no histograms of %s, so no percentiles: %s%s, of "
			  "which json+ has a histogram only with "
			  "%s_percentiles=1",
			  names, asked ? "this is " : "fio measured only ",
			  asked                        ? o->latency
			  : !strcmp(o->latency, "lat") ? "lat (disable_clat=1)"
						       : o->latency,
			  o->latency);
	else if (is_off(work, o->name, "clat_percentiles"))
		notes_add(notes,
			  "no histograms of %s, so no percentiles: "
			  "clat_percentiles=0 leaves them out; run fio without "
			  "it",
			  names);
	else
		notes_add(notes,
			  "no histograms of %s, so no percentiles of what is "
			  "summed up, and no outliers: run fio with "
			  "--output-format=json+",
			  names);
}

/* Adds at most one note about an operation. `names` has its name in it. */
static void add_missing(const struct stats_work *work,
			const struct operation_stats *o, const char *names,
			struct notes *notes)
{
	if (o->source == FROM_HISTOGRAMS &&
	    !strcmp(work->stats->format->name, "smallfile"))
		notes_add(notes,
			  "percentiles of %s are those of histograms, and this "
			  "format has no room for their bounds: see text, csv "
			  "or json",
			  names);
	else if (o->source == FROM_FIO)
		notes_add(notes,
			  "no histograms of %s: percentiles are those that fio "
			  "printed of single threads, and of several together "
			  "there are none; run fio with --output-format=json+",
			  names);
	else if (o->source == FROM_FIGURES)
		note_no_percentiles(work, o, names, notes);
}

/* Whether the same is to be said of two operations. */
static bool is_same_note(const struct stats_work *work, size_t a, size_t b)
{
	struct notes notes = { 0 };
	bool same;

	add_missing(work, &work->report.operation[a], "", &notes);
	add_missing(work, &work->report.operation[b], "", &notes);
	same = notes.count == 2 && !strcmp(notes.text[0], notes.text[1]);
	notes_free(&notes);
	return same;
}

/* Adds the note about an operation and all after it of which it is true. */
static int note_together(struct stats_work *work, size_t first)
{
	const struct stats_report *report = &work->report;
	char *names = NULL;
	size_t size, n = 0;
	FILE *list = open_memstream(&names, &size);

	if (!list)
		return -ENOMEM;
	for (size_t i = first; i < report->operations; i++)
		if (is_same_note(work, first, i) && ++n <= NAMES_SHOWN)
			fprintf(list, "%s%s", n > 1 ? ", " : "",
				report->operation[i].name);
	if (n > NAMES_SHOWN)
		fprintf(list, " and %zu more", n - NAMES_SHOWN);
	if (!fclose(list) && n)
		add_missing(work, &report->operation[first], names,
			    &work->notes);
	free(names);
	return 0;
}

/* Notes what is missing. A sentence that is true of several is said once. */
static int note_missing(struct stats_work *work)
{
	int ret = 0;

	for (size_t i = 0; i < work->report.operations && !ret; i++) {
		bool said = false;

		for (size_t k = 0; k < i && !said; k++)
			said = is_same_note(work, k, i);
		if (!said)
			ret = note_together(work, i);
	}
	return ret;
}

/*
 * Returns true if operations were done. Without samples, fio did not time them.
 */
static bool was_not_timed(const struct stats_work *work)
{
	const struct fio_results *results = &work->files.results;

	for (size_t i = 0; i < results->count; i++)
		for (size_t k = 0; k < results->result[i].entries; k++)
			for (int d = 0; d < FIO_DIRECTIONS; d++)
				if (results->result[i].entry[k].side[d])
					return true;
	return false;
}

static int finish(struct stats_work *work)
{
	const struct stats_report *report = &work->report;
	int code;

	if (!report->samples && was_not_timed(work)) {
		fputs("smallfio stats: expected latencies, found operations "
		      "that fio did not time; run fio without gtod_reduce=1, "
		      "disable_lat=1 and disable_clat=1 (smallfio result has "
		      "the rates)\n",
		      stderr);
		return EXIT_TOO_LITTLE;
	}
	if (!report->samples) {
		fprintf(stderr,
			"smallfio stats: expected samples, found none in %zu "
			"file%s; did the run do any operation?\n",
			report->logs, report->logs == 1 ? "" : "s");
		return EXIT_TOO_LITTLE;
	}
	code = write_report(work->stats, report);
	cli_print_marked("stats", "logs and JSON do not agree",
			 &work->differences);
	return work->differences.count ? EXIT_INPUT : code;
}

static void free_work(struct stats_work *work)
{
	stats_report_free(&work->report);
	run_files_free(&work->files);
	series_list_free(&work->list);
	notes_free(&work->notes);
	notes_free(&work->differences);
	notes_free(&work->not_whole);
}

static int run(const struct stats *stats, int argc, char **argv)
{
	struct stats_work work = {
		.stats = stats,
		.how = { .use = RUN_STATISTICS,
			 .kind = stats->latency ? stats->latency->kind
						: LOG_KINDS,
			 .by_job = stats->by->by_job,
			 .host_suffix = stats->host_suffix },
		.files = { .notes = &work.notes, .error = &work.error },
		.report.percentiles = stats->percentiles,
		.report.verbose = stats->verbose,
		.report.interval_ns = (int64_t)stats->interval_ns,
	};
	int code = run_files_find(&work.files, (const char *const *)argv + 1,
				  (size_t)argc - 1, &work.how);

	work.report.logs =
		work.files.inputs.count + work.files.inputs.json_count;
	if (!code)
		code = make_report(&work);
	if (!code && note_missing(&work))
		code = input_error_no_memory(&work.error);
	for (size_t i = 0; !code && i < work.files.results.count; i++)
		whole_notes(&work.files.results.result[i], &work.not_whole);
	cli_print_marked("stats", "not valid", &work.not_whole);
	cli_print_notes("stats", &work.notes);
	code = code ? cli_input_failed("stats", &work.error) : finish(&work);
	free_work(&work);
	return code;
}

int cmd_stats(int argc, char **argv)
{
	struct stats stats = { .by = &bys[1], .format = &formats[0] };
	char error[OPTIONS_ERROR_MAX];
	int code;

	percentiles_parse(&stats.percentiles, PERCENTILES_DEFAULT, error);
	code = cli_options("stats", rows, usage, NULL, &stats, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc < 2)
		return cli_usage_error("stats",
				       "expected a log or a directory of logs");
	return run(&stats, argc, argv);
}
