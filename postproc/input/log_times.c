// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "input/log_times.h"
#include "util/parallel.h"

/* Logs that are read together, and the series that were read. */
struct batch {
	struct log_times *log;
	struct series_list list;
	size_t *first; /* index in `list` for each log, and one more */
	atomic_bool out_of_memory;
};

static int compare_times(const void *a, const void *b)
{
	int64_t l = *(const int64_t *)a, r = *(const int64_t *)b;

	return (l > r) - (l < r);
}

/* Sorts times. A single thread ends its operations one after the other. */
static void sort_times(int64_t *time_ns, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (time_ns[i] < time_ns[i - 1]) {
			qsort(time_ns, n, sizeof(*time_ns), compare_times);
			return;
		}
}

static size_t count_steps(const int64_t *time_ns, size_t n)
{
	size_t steps = n > 0;

	for (size_t i = 1; i < n; i++)
		steps += time_ns[i] != time_ns[i - 1];
	return steps;
}

static int make_steps(struct log_times *log, int64_t *time_ns, size_t n)
{
	struct log_step *step;

	sort_times(time_ns, n);
	log->steps = count_steps(time_ns, n);
	log->step = step = malloc(log->steps * sizeof(*step));
	if (!step)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (i && time_ns[i] != time_ns[i - 1])
			step++;
		step->time_ns = time_ns[i];
		step->by_then = i + 1;
	}
	return 0;
}

static size_t add_times(struct log_times *log, const struct series *s,
			int64_t *time_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < s->timed_count; i++) {
		const struct timed_samples *t = &s->timed[i];
		int64_t start = timed_first_start(t);

		for (size_t k = 0; k < t->count; k++)
			time_ns[n++] = t->time_ns[k];
		if (start < log->start_ns)
			log->start_ns = start;
	}
	return n;
}

/* Takes the samples of a log, which has a series for each direction. */
static int take_samples(struct log_times *log, struct series *const *series,
			size_t count)
{
	int64_t *time_ns;
	size_t n = 0;
	int ret;

	activity_begin(&log->activity);
	for (size_t i = 0; i < count; i++) {
		log->samples += series[i]->count;
		if (activity_merge(&log->activity, &series[i]->activity))
			return -ENOMEM;
	}
	if (!log->samples)
		return 0;
	time_ns = malloc(log->samples * sizeof(*time_ns));
	if (!time_ns)
		return -ENOMEM;
	log->start_ns = INT64_MAX;
	for (size_t i = 0; i < count; i++)
		n += add_times(log, series[i], time_ns + n);
	ret = make_steps(log, time_ns, n);
	free(time_ns);
	if (ret)
		return ret;
	log->end_ns = log->step[log->steps - 1].time_ns;
	log->absolute = activity_is_absolute(&log->activity);
	return 0;
}

static void take_one(void *context, size_t i)
{
	struct batch *b = context;

	if (take_samples(&b->log[i], b->list.series + b->first[i],
			 b->first[i + 1] - b->first[i]))
		b->out_of_memory = true;
}

static int read_batch(struct log_times *log, const struct inputs *inputs,
		      const struct load_options *options,
		      struct input_error *error)
{
	struct batch b = { .log = log };
	size_t at = 0;
	int ret;

	b.first = calloc(inputs->count + 1, sizeof(*b.first));
	if (!b.first)
		return input_error_no_memory(error);
	ret = load_timed(inputs, options, &b.list, error);
	for (size_t i = 0; i < inputs->count && !ret; i++) {
		const struct input *input = &inputs->input[i];

		log[i].path = input->path;
		log[i].name = &input->name;
		log[i].entry = input->proof.entry;
		b.first[i] = at;
		while (at < b.list.count &&
		       b.list.series[at]->path == input->path)
			at++;
		b.first[i + 1] = at;
	}
	if (!ret)
		parallel_for(inputs->count, take_one, NULL, &b);
	series_list_free(&b.list);
	free(b.first);
	return !ret && b.out_of_memory ? input_error_no_memory(error) : ret;
}

/* Returns how many inputs from `first` on fit a batch. At least one. */
static size_t batch_size(const struct inputs *inputs, size_t first)
{
	uint64_t bytes = inputs_size(&inputs->input[first]);
	size_t n = 1;

	while (first + n < inputs->count) {
		bytes += inputs_size(&inputs->input[first + n]);
		if (bytes > LOG_TIMES_BATCH_BYTES)
			break;
		n++;
	}
	return n;
}

static int compare_logs(const void *a, const void *b)
{
	const struct log_times *l = a, *r = b;
	int order = log_name_compare(l->name, r->name);

	return order ? order : strcmp(l->path, r->path);
}

static int check_logs(const struct log_times_list *list,
		      struct input_error *error)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct log_times *a = &list->log[i], *b = a - 1;

		error->path = a->path;
		if (i && !log_name_compare(a->name, b->name))
			return input_error_set(
				error, INPUT_DUPLICATE, 0, 0,
				"expected one log of %s of host %s, fio job "
				"%ld, found a second beside %s; " INPUTS_ONE_RUN_ADVICE,
				a->name->operation, a->name->host,
				a->name->fio_job, b->path);
	}
	error->path = NULL;
	return 0;
}

int log_times_read(struct log_times_list *list, const struct inputs *inputs,
		   const struct load_options *options,
		   struct input_error *error)
{
	int ret = 0;

	list->log = calloc(inputs->count + 1, sizeof(*list->log));
	if (!list->log)
		return input_error_no_memory(error);
	while (list->count < inputs->count && !ret) {
		struct inputs part = {
			.input = inputs->input + list->count,
			.count = batch_size(inputs, list->count),
		};

		ret = read_batch(list->log + list->count, &part, options,
				 error);
		list->count += part.count;
	}
	if (ret)
		return ret;
	qsort(list->log, list->count, sizeof(*list->log), compare_logs);
	return check_logs(list, error);
}

uint64_t log_times_by(const struct log_times *log, int64_t time_ns)
{
	size_t low = 0, high = log->steps;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (log->step[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? log->step[low - 1].by_then : 0;
}

void log_times_free(struct log_times_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->log[i].step);
		activity_free(&list->log[i].activity);
	}
	free(list->log);
	memset(list, 0, sizeof(*list));
}
