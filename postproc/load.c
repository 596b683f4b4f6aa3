// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "parallel.h"
#include "reader.h"
#include "split.h"

/* One log on its way from file to series. */
struct job {
	struct series_list series;
	struct input_error error;
	int ret;
};

struct loading {
	const struct inputs *inputs;
	const struct load_options *options;
	struct job *jobs;
	atomic_ullong bytes_done;
	uint64_t bytes_total;
};

static void read_one(void *context, size_t i)
{
	struct loading *loading = context;
	const struct input *input = &loading->inputs->input[i];
	struct job *job = &loading->jobs[i];
	struct parse parse = {
		.reader = input->reader,
		.path = input->path,
		.name = input->name,
		.error = &job->error,
		.series.keep_times = loading->options->interval_ns != 0,
	};

	job->error.path = input->path;
	job->ret = reader_parse_file(&parse, &loading->bytes_done);
	job->series = parse.series;
}

static void watch(void *context)
{
	struct loading *loading = context;
	const struct load_options *options = loading->options;

	options->progress(options->progress_context,
			  atomic_load(&loading->bytes_done),
			  loading->bytes_total);
}

static int fail_memory(struct input_error *error)
{
	error->path = NULL;
	return input_error_set(error, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

/* The jobs' series into one list; the first error, if there was one. */
static int collect(struct loading *loading, struct series_list *list,
		   struct input_error *error)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; i < loading->inputs->count; i++) {
		struct job *job = &loading->jobs[i];

		if (!ret && job->ret) {
			ret = job->ret;
			*error = job->error;
		}
		for (j = 0; j < job->series.count; j++) {
			if (loading->options->host_suffix)
				log_name_cut_suffix(
					job->series.series[j]->host,
					loading->options->host_suffix);
		}
		if (!ret && series_list_move(list, &job->series))
			ret = fail_memory(error);
		series_list_free(&job->series);
	}
	return ret;
}

static int read_all(const struct inputs *inputs,
		    const struct load_options *options,
		    struct series_list *list, struct input_error *error)
{
	struct loading loading = { .inputs = inputs, .options = options };
	size_t i;
	int ret;

	loading.jobs = calloc(inputs->count + 1, sizeof(*loading.jobs));
	if (!loading.jobs)
		return fail_memory(error);
	for (i = 0; i < inputs->count; i++)
		loading.bytes_total += inputs->input[i].size_bytes;
	parallel_for(inputs->count, read_one, options->progress ? watch : NULL,
		     &loading);
	ret = collect(&loading, list, error);
	free(loading.jobs);
	return ret;
}

static int compare(const void *a, const void *b)
{
	const struct series *l = *(const struct series *const *)a;
	const struct series *r = *(const struct series *const *)b;
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = (int)l->kind - (int)r->kind;
	/* node2 before node10, and node02 and node2 apart. */
	if (!order)
		order = strverscmp(l->host, r->host);
	if (!order)
		order = strcmp(l->host, r->host);
	if (!order)
		order = (l->fio_job > r->fio_job) - (l->fio_job < r->fio_job);
	if (!order)
		order = (l->thread > r->thread) - (l->thread < r->thread);
	if (!order)
		order = l->direction - r->direction;
	return order ? order : strcmp(l->path, r->path);
}

static void sort_series(struct series_list *list)
{
	qsort(list->series, list->count, sizeof(*list->series), compare);
}

static bool same_operation_and_host(const struct series *a,
				    const struct series *b)
{
	return series_same_operation(a, b) && !strcmp(a->host, b->host);
}

/*
 * fio's N counts jobs over the whole run. The engine numbers the threads of a
 * section 0, 1, ... in the order of N, and names their trees so; smallfile
 * does, too. `list` is sorted; logs of all threads together stay without.
 */
static void number_threads(struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct series *before = i ? list->series[i - 1] : NULL;
		struct series *series = list->series[i];

		if (series->fio_job == LOG_FIO_JOB_UNKNOWN)
			continue;
		if (!before || !same_operation_and_host(before, series) ||
		    before->fio_job == LOG_FIO_JOB_UNKNOWN)
			series->thread = 0;
		else /* the same job: its other direction */
			series->thread = before->thread +
					 (before->fio_job != series->fio_job);
	}
}

/* The end of the series from `begin` on that share its operation. */
static size_t operation_end(const struct series_list *list, size_t begin)
{
	size_t end = begin;

	while (end < list->count && !strcmp(list->series[end]->operation,
					    list->series[begin]->operation))
		end++;
	return end;
}

static void name_direction(struct series *series)
{
	static const char *const names[] = { ":read", ":write", ":trim" };
	size_t room = sizeof(series->operation) - strlen(series->operation);

	if (series->direction != DIRECTION_NONE)
		strncat(series->operation, names[series->direction], room - 1);
}

/* Operations in several directions get the direction into their name. */
static void name_directions(struct series_list *list)
{
	size_t begin, end, i;
	bool renamed = false;

	for (begin = 0; begin < list->count; begin = end) {
		unsigned directions = 0;

		end = operation_end(list, begin);
		for (i = begin; i < end; i++) {
			int direction = list->series[i]->direction;

			if (direction != DIRECTION_NONE)
				directions |= 1u << direction;
		}
		if (!(directions & (directions - 1)))
			continue;
		for (i = begin; i < end; i++)
			name_direction(list->series[i]);
		renamed = true;
	}
	if (renamed)
		sort_series(list);
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
	return input_error_set(error, INPUT_DUPLICATE, 0, 0,
			       "expected one log for operation %s, host %s, "
			       "%s, found a second beside %s; give the paths "
			       "of one run only",
			       b->operation, b->host, thread, a->path);
}

static int check_duplicates(const struct series_list *list,
			    struct input_error *error)
{
	size_t i;

	for (i = 1; i < list->count; i++) {
		const struct series *a = list->series[i - 1];
		const struct series *b = list->series[i];

		if (a->thread == b->thread && same_operation_and_host(a, b))
			return fail_duplicate(a, b, error);
	}
	return 0;
}

struct splitting {
	const struct split *split;
	struct series_list *list;
	atomic_int ret;
};

static void split_one(void *context, size_t i)
{
	struct splitting *splitting = context;
	int ret = split_series(splitting->split, splitting->list->series[i]);

	if (ret)
		splitting->ret = ret;
}

int load(const struct inputs *inputs, const struct load_options *options,
	 struct series_list *list, int64_t *base_ns, struct input_error *error)
{
	struct split split;
	struct splitting splitting = { .split = &split, .list = list };
	int ret = read_all(inputs, options, list, error);

	if (ret)
		return ret;
	sort_series(list);
	number_threads(list);
	name_directions(list);
	ret = check_duplicates(list, error);
	if (!ret)
		ret = split_begin(&split, list, options->interval_ns, error);
	if (ret)
		return ret;
	*base_ns = split.base_ns;
	parallel_for(list->count, split_one, NULL, &splitting);
	return splitting.ret ? fail_memory(error) : 0;
}
