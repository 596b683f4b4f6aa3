// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/load.h"
#include "util/parallel.h"
#include "input/log_chunk.h"
#include "util/array.h"

/* A chunk of a log, on its way from file to series. */
struct log_job {
	struct log_chunk chunk;
	struct parse parse;
	struct input_error error;
	int ret;
};

struct loading {
	const struct load_options *options;
	struct log_job *jobs; /* in the order of the inputs, and of each log */
	size_t count;
	atomic_size_t failed; /* the first job that failed; later ones need
				 not be done */
	atomic_ullong bytes_done;
	uint64_t bytes_total;
};

static void note_failure(struct loading *loading, size_t i)
{
	size_t first = atomic_load(&loading->failed);

	while (i < first &&
	       !atomic_compare_exchange_weak(&loading->failed, &first, i))
		;
}

static void read_one(void *context, size_t i)
{
	struct loading *loading = context;
	struct log_job *job = &loading->jobs[i];

	if (i > atomic_load_explicit(&loading->failed, memory_order_relaxed))
		return;
	job->parse.error = &job->error;
	job->ret =
		log_chunk_read(&job->chunk, &job->parse, &loading->bytes_done);
	if (job->ret)
		note_failure(loading, i);
}

static void watch(void *context)
{
	struct loading *loading = context;
	const struct load_options *options = loading->options;

	options->progress(options->progress_context,
			  atomic_load(&loading->bytes_done),
			  loading->bytes_total);
}

static struct parse first_parse(const struct loading *loading,
				const struct input *input)
{
	return (struct parse){
		.reader = input->reader,
		.path = input->path,
		.name = input->name,
		.proof = input->proof,
		.series.keep_times = loading->options->interval_ns != 0,
	};
}

/*
 * Returns how many chunks a log is read in. The later chunks begin with what
 * the first line tells, in *first. If that line tells nothing, there is one
 * chunk, whose reader will complain.
 */
static uint64_t count_chunks(const struct input *input, struct parse *first)
{
	struct log_chunk line = { .input = input, .end = 1 };
	struct input_error error = { 0 };
	uint64_t size = inputs_size(input);
	int ret;

	if (size <= LOG_CHUNK_BYTES || !inputs_divisible(input))
		return 1;
	first->error = &error;
	ret = log_chunk_read(&line, first, NULL);
	series_list_free(&first->series);
	return ret ? 1 : (size + LOG_CHUNK_BYTES - 1) / LOG_CHUNK_BYTES;
}

static int plan_input(struct loading *loading, const struct input *input)
{
	struct parse first = first_parse(loading, input);
	uint64_t chunks = count_chunks(input, &first), i;

	for (i = 0; i < chunks; i++) {
		struct log_job *job =
			array_add(&loading->jobs, &loading->count);

		if (!job)
			return -ENOMEM;
		job->chunk = (struct log_chunk){
			.input = input,
			.begin = i * LOG_CHUNK_BYTES,
			.end = i + 1 < chunks ? (i + 1) * LOG_CHUNK_BYTES
					      : inputs_size(input),
		};
		if (i)
			reader_continue(&job->parse, &first);
		else
			job->parse = first_parse(loading, input);
	}
	return 0;
}

/* Makes the series of one log from its jobs. */
static int finish_log(struct loading *loading, struct log_job *jobs,
		      size_t count, struct series_list *list,
		      struct input_error *error)
{
	const struct input *input = jobs->chunk.input;
	struct parse whole = first_parse(loading, input);
	int ret = 0;

	whole.error = error;
	error->path = input->path;
	for (size_t i = 0; i < count && !ret; i++)
		ret = parse_merge(&whole, &jobs[i].parse, jobs[i].ret);
	if (!ret)
		ret = parse_finish(&whole);
	if (!ret)
		ret = log_chunk_check_file(input, error);
	if (!ret && series_list_move(list, &whole.series))
		ret = input_error_no_memory(error);
	series_list_free(&whole.series);
	return ret;
}

/* Collects the series of all jobs in one list. Returns the first error. */
static int collect(struct loading *loading, struct series_list *list,
		   struct input_error *error)
{
	size_t begin, end;
	int ret = 0;

	for (begin = 0; begin < loading->count && !ret; begin = end) {
		struct log_job *jobs = &loading->jobs[begin];

		for (end = begin; end < loading->count; end++) {
			if (loading->jobs[end].chunk.input != jobs->chunk.input)
				break;
		}
		ret = finish_log(loading, jobs, end - begin, list, error);
	}
	return ret;
}

static int read_all(const struct inputs *inputs,
		    const struct load_options *options,
		    struct series_list *list, struct input_error *error)
{
	struct loading loading = { .options = options };
	size_t i;
	int ret = 0;

	atomic_init(&loading.failed, SIZE_MAX);
	for (i = 0; i < inputs->count && !ret; i++) {
		loading.bytes_total += inputs_size(&inputs->input[i]);
		ret = plan_input(&loading, &inputs->input[i]);
	}
	if (ret) {
		free(loading.jobs);
		return input_error_no_memory(error);
	}
	parallel_for(loading.count, read_one, options->progress ? watch : NULL,
		     &loading);
	ret = collect(&loading, list, error);
	for (i = 0; i < loading.count; i++)
		series_list_free(&loading.jobs[i].parse.series);
	free(loading.jobs);
	for (i = 0; i < list->count && options->host_suffix; i++)
		log_name_cut_suffix(list->series[i]->host,
				    options->host_suffix);
	return ret;
}

/*
 * Returns a log's place in the run. fio's N counts jobs in the order of the
 * run. A name of smallfile's ends in a start time. Other logs come last,
 * because nothing is known of them.
 */
static long find_place(const struct series *series)
{
	const char *slash = strrchr(series->path, '/');
	const char *base = slash ? slash + 1 : series->path;
	const char *start = strstr(base, ".csv");

	if (series->fio_job != LOG_FIO_JOB_UNKNOWN)
		return series->fio_job;
	/* A log of smallfile's may have another name. */
	if (series->kind == LOG_RSPTIMES && start &&
	    !strncmp(base, "rsptimes_", strlen("rsptimes_"))) {
		double ms;

		/* Goes back to the '_' in front of the time. */
		while (start > base && start[-1] != '_')
			start--;
		ms = 1000 * strtod(start, NULL);

		if (ms > 0 && ms < (double)(LONG_MAX / 2))
			return (long)ms;
	}
	return LONG_MAX;
}

static int fail_duplicate(const struct series *a, const struct series *b,
			  struct input_error *error)
{
	char thread[32] = "all threads";

	if (b->fio_job != LOG_FIO_JOB_UNKNOWN)
		snprintf(thread, sizeof(thread), "fio job %ld", b->fio_job);
	else if (b->thread != LOG_THREAD_UNKNOWN)
		snprintf(thread, sizeof(thread), "thread %02ld", b->thread);
	error->path = b->path;
	return input_error_set(
		error, INPUT_DUPLICATE, 0, 0,
		"expected one log for operation %s, host %s, "
		"%s, found a second beside %s; " INPUTS_ONE_RUN_ADVICE,
		b->operation, b->host, thread, a->path);
}

static int check_duplicates(const struct series_list *list,
			    struct input_error *error)
{
	size_t i;

	for (i = 1; i < list->count; i++) {
		const struct series *a = list->series[i - 1];
		const struct series *b = list->series[i];

		if (a->thread == b->thread && series_same_operation(a, b) &&
		    !strcmp(a->host, b->host))
			return fail_duplicate(a, b, error);
	}
	return 0;
}

struct splitting {
	struct series_list *list;
	atomic_int ret;
};

static void split_one(void *context, size_t i)
{
	struct splitting *splitting = context;
	int ret = interval_split_series(splitting->list->series[i]);

	if (ret)
		splitting->ret = ret;
}

int load_timed(const struct inputs *inputs, const struct load_options *options,
	       struct series_list *list, struct input_error *error)
{
	struct load_options timed = *options;

	timed.interval_ns = 1; /* makes readers keep times */
	return read_all(inputs, &timed, list, error);
}

int load(const struct inputs *inputs, const struct load_options *options,
	 struct series_list *list, struct input_error *error)
{
	struct splitting splitting = { list, 0 };
	int ret = read_all(inputs, options, list, error);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < list->count; i++) {
		list->series[i]->place = find_place(list->series[i]);
		list->series[i]->named = i;
		if (options->name)
			options->name(options->name_context, list->series[i]);
	}
	series_list_order(list);
	ret = check_duplicates(list, error);
	if (!ret)
		ret = interval_split_begin(list, options->interval_ns, error);
	if (ret)
		return ret;
	parallel_for(list->count, split_one, NULL, &splitting);
	return splitting.ret ? input_error_no_memory(error) : 0;
}
