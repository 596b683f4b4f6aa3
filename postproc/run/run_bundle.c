// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_bundle.h"

static int build_result(struct run_bundle *d)
{
	const struct result_options options = {
		.hosts = d->hosts.count ? &d->hosts : NULL,
		.min_done_percent = RESULT_MIN_DONE,
	};
	struct load_options load = { .progress = d->progress,
				     .progress_context = d->progress_context };
	int ret = run_files_times(&d->files, &load, &d->times);

	if (!ret &&
	    result_build(&d->result, &d->files.results, &d->times, &options))
		ret = input_error_no_memory(&d->error);
	return ret;
}

static int read_time_series(struct run_bundle *d, int64_t interval_ns)
{
	struct load_options options = {
		.interval_ns = interval_ns,
		.progress = d->progress,
		.progress_context = d->progress_context,
	};
	struct series_list samples = { 0 };
	int ret;

	if (!d->files.inputs.count)
		return 0;
	ret = run_files_load(&d->files, &options, &samples);
	if (!ret && time_series_list_build(&d->time_series, &samples))
		ret = input_error_no_memory(&d->error);
	series_list_free(&samples);
	return ret;
}

static int read_files(struct run_bundle *d, const char *path)
{
	const struct run_files_options options = {
		.use = RUN_FIGURES,
		.kind = LOG_KINDS,
		.progress = d->progress,
		.progress_context = d->progress_context,
	};
	int ret;

	d->files.notes = &d->notes;
	d->files.error = &d->error;
	ret = run_files_find(&d->files, &path, 1, &options);
	return ret ? ret : run_files_read(&d->files, &options);
}

int run_bundle_read_over_time(struct run_bundle *d, const char *path,
			      int64_t interval_ns)
{
	int ret = read_files(d, path);

	return ret ? ret : read_time_series(d, interval_ns);
}

int run_bundle_read(struct run_bundle *d, const char *path, int64_t interval_ns)
{
	int ret = read_files(d, path);

	if (!ret)
		ret = run_files_hosts(&d->hosts, path, &d->error);
	if (!ret)
		ret = build_result(d);
	if (!ret)
		ret = run_summaries_add_files(&d->runs, path, &d->files,
					      &d->result);
	return ret ? ret
		   : read_time_series(d, interval_ns ? interval_ns
						     : INTERVAL_SPLIT_FIT);
}

int run_bundle_read_samples(struct run_bundle *d, const char *path)
{
	struct run_bundle first = { .progress = d->progress,
				    .progress_context = d->progress_context };
	struct input_error error = { 0 };
	int ret = run_bundle_read(d, path, 0);

	if (!ret ||
	    run_summaries_read_samples(&first.samples, path, &first.notes,
				       &error) ||
	    first.samples.count < 2) {
		run_bundle_free(&first);
		return ret; /* the message of the one run */
	}
	run_bundle_free(d);
	*d = first;
	ret = run_bundle_read(d, d->samples.run[0].path, 0);
	if (!ret) {
		d->runs.run[0].label = strdup(path);
		if (!d->runs.run[0].label)
			ret = input_error_no_memory(&d->error);
	}
	return ret;
}

/* Returns the run's operation. NULL if there are several. */
static const char *only_operation(const struct operation_figures_list *list)
{
	const char *only = NULL;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->figures[i].host)
			continue;
		if (only)
			return NULL;
		only = list->figures[i].operation;
	}
	return only;
}

const struct time_series *run_bundle_time_series(const struct run_bundle *d,
						 const char *operation)
{
	const char *only = only_operation(&d->runs.run[0].figures);
	const struct time_series *named =
		time_series_list_find(&d->time_series, operation);

	if (named || d->time_series.count != 1 || !only ||
	    strcmp(only, operation))
		return named;
	return &d->time_series.over_time[0];
}

bool run_bundle_is_left_over(const struct run_bundle *d,
			     const struct time_series *over_time)
{
	const struct operation_figures_list *list = &d->runs.run[0].figures;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!list->figures[i].host &&
		    run_bundle_time_series(d, list->figures[i].operation) ==
			    over_time)
			return false;
	}
	return true;
}

void run_bundle_free(struct run_bundle *d)
{
	free(d->about);
	time_series_list_free(&d->time_series);
	result_free(&d->result);
	host_list_free(&d->hosts);
	log_times_free(&d->times);
	run_files_free(&d->files);
	run_summaries_free(&d->runs);
	run_summaries_free(&d->samples);
	notes_free(&d->notes);
}
