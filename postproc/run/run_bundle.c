// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "run/run_bundle.h"
#include "input/load.h"
#include "run/one_run.h"

static int read_result(struct run_bundle *d, const char *path)
{
	struct result_options options = {
		.min_done_percent = RESULT_MIN_DONE,
	};
	struct load_options load = { 0 };
	struct notes unused = { 0 };
	int ret = inputs_add(&d->inputs, path, &unused, &d->error);

	if (!ret)
		inputs_choose(&d->inputs, LOG_KINDS, &unused);
	if (!ret)
		inputs_drop_histograms(&d->inputs, &unused);
	notes_free(&unused);
	if (!ret)
		ret = fio_results_read(&d->results, &d->inputs, NULL, NULL,
				       &d->error);
	/* By their content: run_summaries_read() has looked at names only. */
	if (!ret && d->inputs.json_count > 1)
		ret = one_run_fail(&d->error, d->inputs.json_count,
				   d->inputs.json[0].path,
				   d->inputs.json[1].path);
	if (!ret)
		ret = log_times_read(&d->times, &d->inputs, &load, &d->error);
	if (ret && inputs_drop_averaged(&d->inputs, &d->error, &d->notes)) {
		log_times_free(&d->times);
		ret = 0;
	}
	if (!ret &&
	    result_build(&d->result, d->results.result, &d->times, &options))
		ret = input_error_no_memory(&d->error);
	return ret;
}

static uint64_t longest_ms(const struct operation_figures_list *list)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->figures[i].runtime_ms > most)
			most = list->figures[i].runtime_ms;
	}
	return most;
}

static int read_lapses(struct run_bundle *d, int64_t interval_ns)
{
	struct load_options options = { .interval_ns = interval_ns };
	struct series_list samples = { 0 };
	int ret;

	if (!d->inputs.count)
		return 0;
	ret = load(&d->inputs, &options, &samples, &d->error);
	if (!ret &&
	    time_series_list_build(&d->time_series, &samples, interval_ns))
		ret = input_error_no_memory(&d->error);
	series_list_free(&samples);
	return ret;
}

int run_bundle_read(struct run_bundle *d, const char *path, int64_t interval_ns)
{
	int ret = run_summaries_read(&d->runs, path, &d->notes, &d->error);

	if (!ret)
		ret = read_result(d, path);
	if (!ret && !interval_ns)
		interval_ns = time_series_interval_ns(
			longest_ms(&d->runs.run[0].figures));
	return ret ? ret : read_lapses(d, interval_ns);
}

/* Of all hosts together; NULL where there is more than one. */
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
	time_series_list_free(&d->time_series);
	result_free(&d->result);
	log_times_free(&d->times);
	fio_results_free(&d->results);
	inputs_free(&d->inputs);
	run_summaries_free(&d->runs);
	notes_free(&d->notes);
}
