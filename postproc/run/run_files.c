// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/spool_runs.h"
#include "run/run_files.h"
#include "util/array.h"

/* Two means of the same operations may differ by this share. */
#define CHUNKS_ALIKE 0.05L
/* The engine ends a chunk so much before fio, or after. */
#define CHUNKS_SLACK_NS INT64_C(100000000)

/* Adds a path. Only statistics note the files that are not of a run. */
static int add_path(struct run_files *files, const char *path,
		    enum run_files_use use)
{
	return spool_runs_add(&files->inputs, path, files->notes,
			      use == RUN_STATISTICS ? files->notes : NULL,
			      files->error);
}

static int fail_logs_alone(struct run_files *files)
{
	files->error->path =
		files->inputs.count ? files->inputs.input[0].path : NULL;
	return input_error_set(files->error, INPUT_RUN, 0, 0,
			       "expected fio's JSON, found only logs: the run "
			       "was cut short, or fio ran without "
			       "--output-format=json+ --output=FILE (a fio "
			       "that is killed, or whose disk is full, leaves "
			       "none; smallfio stats reads logs alone)");
}

/* Chooses one kind of latency for each job. */
static void choose_logs(struct run_files *files,
			const struct run_files_options *options)
{
	struct notes *notes = options->use == RUN_FIGURES ? NULL : files->notes;

	inputs_choose(&files->inputs, options->kind, notes);
	if (options->use != RUN_STATISTICS)
		inputs_drop_histograms(&files->inputs, notes);
}

int run_files_find(struct run_files *files, const char *const *path, size_t n,
		   const struct run_files_options *options)
{
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = add_path(files, path[i], options->use);
	if (!ret)
		ret = inputs_finish(&files->inputs, files->notes, files->error);
	if (ret)
		return ret;
	if (options->use != RUN_STATISTICS && !files->inputs.json_count)
		return fail_logs_alone(files);
	choose_logs(files, options);
	return 0;
}

static void note_result(struct run_files *files, const char *path,
			const struct fio_result *result)
{
	bool many = result->damaged_notes != 1;

	if (result->superseded)
		notes_add(files->notes,
			  "%s holds %u results (--status-interval); the last "
			  "is taken",
			  path, result->superseded + 1);
	if (result->damaged_notes)
		notes_add(files->notes,
			  "%s: %zu line%s of fio-smallfile in front of the "
			  "JSON %s damaged, and left out",
			  path, result->damaged_notes, many ? "s" : "",
			  many ? "are" : "is");
	if (result->unnamed_hosts)
		notes_add(files->notes,
			  "%s: of a mix, some latencies by operation are left "
			  "out: the client typed other names of hosts than "
			  "their own",
			  path);
}

/* An operation of a host, and the number of the file that has it. */
struct claim {
	char host[NAME_MAX + 1];
	const char *operation;
	size_t file;
};

static int fail_several(struct input_error *error, size_t found,
			const char *first, const char *second)
{
	error->path = NULL;
	return input_error_set(error, INPUT_RUN, 0, 0,
			       "expected one run, found fio's JSON of %zu: "
			       "%.200s, %.200s%s; " INPUTS_ONE_RUN_ADVICE,
			       found, first, second, found > 2 ? ", ..." : "");
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *l = a, *r = b;
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = strcmp(l->host, r->host);
	return order ? order : (l->file > r->file) - (l->file < r->file);
}

static struct claim *make_claims(const struct fio_results *results, size_t *n)
{
	struct claim *claim;
	size_t i, k, entries = 0;

	for (i = 0; i < results->count; i++)
		entries += results->result[i].entries;
	claim = calloc(entries + 1, sizeof(*claim));
	*n = 0;
	for (i = 0; i < results->count && claim; i++) {
		const struct fio_result *result = &results->result[i];

		for (k = 0; k < result->entries; k++) {
			const struct fio_entry *entry = &result->entry[k];
			struct claim *c = &claim[(*n)++];

			fio_json_server(entry, c->host, sizeof(c->host));
			c->operation = results->how.by_job
					       ? entry->job
					       : fio_json_phase(result, entry);
			c->file = i;
		}
	}
	return claim;
}

/* Refuses two results of one operation and host, a mix of two runs. */
static int check_apart(const struct fio_results *results,
		       const struct inputs *inputs, struct input_error *error)
{
	struct claim *claim;
	size_t i, n;
	int ret = 0;

	if (results->count < 2)
		return 0;
	claim = make_claims(results, &n);
	if (!claim)
		return input_error_no_memory(error);
	qsort(claim, n, sizeof(*claim), compare_claims);
	for (i = 1; i < n && !ret; i++) {
		const struct claim *a = &claim[i - 1], *b = &claim[i];

		if (!strcmp(a->operation, b->operation) &&
		    !strcmp(a->host, b->host) && a->file != b->file)
			ret = fail_several(error, results->count,
					   inputs->json[a->file].path,
					   inputs->json[b->file].path);
	}
	free(claim);
	return ret;
}

static int check_one(struct run_files *files, enum run_files_use use)
{
	const struct input *json = files->inputs.json;
	size_t count = files->results.count;
	int ret;

	if (use != RUN_STATISTICS)
		return count == 1 ? 0
				  : fail_several(files->error,
						 files->inputs.json_count,
						 json[0].path, json[1].path);
	ret = check_apart(&files->results, &files->inputs, files->error);
	if (!ret && count > 1)
		notes_add(files->notes,
			  "fio's JSON of %zu runs: %s, %s%s; each operation of "
			  "a host is in one of them",
			  count, json[0].path, json[1].path,
			  count > 2 ? ", ..." : "");
	return ret;
}

/*
 * Returns the kind of latency to take from the JSON: the same as in the logs,
 * if there are logs.
 */
static enum log_kind find_kind(const struct run_files *files,
			       enum log_kind kind)
{
	const struct inputs *inputs = &files->inputs;

	if (inputs->count && inputs->input[0].name.kind < LOG_RSPTIMES)
		kind = inputs->input[0].name.kind;
	if (kind == LOG_CLAT_HIST)
		kind = LOG_CLAT;
	return fio_results_choose(&files->results, kind);
}

int run_files_read(struct run_files *files,
		   const struct run_files_options *options)
{
	struct fio_results *results = &files->results;
	int ret = fio_results_read(results, &files->inputs, options->progress,
				   options->progress_context, files->error);

	if (!ret)
		ret = fio_results_join_spool(results, &files->inputs,
					     files->error);
	if (ret)
		return ret;
	results->how = (struct series_of_json){
		.kind = find_kind(files, options->kind),
		.by_job = options->by_job,
		.host_suffix = options->host_suffix,
	};
	ret = check_one(files, options->use);
	if (ret)
		return ret;
	for (size_t i = 0; i < results->count; i++)
		note_result(files, files->inputs.json[i].path,
			    &results->result[i]);
	if (fio_results_tie(results, &files->inputs) ||
	    fio_results_prove_logs(results, &files->inputs))
		return input_error_no_memory(files->error);
	return 0;
}

int run_files_read_run(struct run_files *files, const char *path,
		       void (*progress)(void *context, uint64_t done,
					uint64_t total),
		       void *progress_context)
{
	const struct run_files_options options = {
		.use = RUN_FIGURES,
		.kind = LOG_KINDS,
		.progress = progress,
		.progress_context = progress_context,
	};
	int ret = run_files_find(files, &path, 1, &options);

	return ret ? ret : run_files_read(files, &options);
}

/* The sum of all samples of an operation, in one kind of log. */
struct sum {
	uint64_t samples;
	long double latency_ns;
};

static void add_series(struct sum *sum, const struct series *series)
{
	size_t i;

	for (i = 0; i < series->run_count; i++) {
		const struct moments *m = &series->runs[i].moments;

		sum->samples += m->count;
		sum->latency_ns += (long double)m->count * moments_mean(m);
	}
}

/* Sums up the operation that begins at `begin`. *end is the index behind it. */
static struct sum sum_operation(const struct series_list *list, size_t begin,
				size_t *end)
{
	struct sum sum = { 0 };

	*end = series_operation_end(list, begin);
	for (size_t i = begin; i < *end; i++)
		add_series(&sum, list->series[i]);
	return sum;
}

/*
 * Returns true if both sums are of the same operations. The means may differ a
 * little, because fio and its engine read the clock one after the other.
 */
static bool is_same(const struct sum *a, const struct sum *b)
{
	return a->samples && a->samples == b->samples &&
	       fabsl(a->latency_ns - b->latency_ns) <
		       CHUNKS_ALIKE * a->latency_ns;
}

/* Adds the samples of a series that ended in a stretch of time. */
static void add_part(struct sum *sum, const struct series *series,
		     const struct busy_span *when)
{
	for (size_t i = 0; i < series->timed_count; i++) {
		const struct timed_samples *timed = &series->timed[i];

		for (size_t k = 0; k < timed->count; k++) {
			int64_t at = timed->time_ns[k];

			if (at < when->from_ns || at > when->to_ns)
				continue;
			sum->samples++;
			sum->latency_ns += (long double)timed->latency_ns[k];
		}
	}
}

/*
 * Sums up the chunks that ended in a stretch of time. Reads the chunk logs
 * again for it, which is quick: they have a line for each chunk of MBs. Returns
 * 0 or -errno.
 */
static int sum_chunks(struct run_files *files, const struct busy_span *when,
		      struct sum *sum)
{
	const struct load_options options = { 0 };
	struct series_list list = { 0 };
	struct inputs chunks = { 0 };
	int ret = 0;

	for (size_t i = 0; i < files->inputs.count && !ret; i++) {
		const struct input *input = &files->inputs.input[i];
		struct input *added;

		/* A pipe cannot be read again. */
		if (input->name.kind != LOG_CHUNKS || input->source)
			continue;
		added = array_add(&chunks.input, &chunks.count);
		if (added)
			*added = *input;
		else
			ret = input_error_no_memory(files->error);
	}
	if (!ret)
		ret = load_timed(&chunks, &options, &list, files->error);
	for (size_t i = 0; i < list.count && !ret; i++)
		add_part(sum, list.series[i], when);
	series_list_free(&list);
	free(chunks.input);
	return ret;
}

/* The time in which an operation ran, with some room for other clocks. */
static struct busy_span time_of(const struct series_list *list, size_t begin,
				size_t end)
{
	struct busy_span when = { INT64_MAX, INT64_MIN };

	for (size_t i = begin; i < end; i++) {
		const struct activity *a = &list->series[i]->activity;

		if (!activity_is_absolute(a))
			return (struct busy_span){ INT64_MAX, INT64_MIN };
		if (a->span[0].from_ns < when.from_ns)
			when.from_ns = a->span[0].from_ns;
		if (a->span[a->count - 1].to_ns > when.to_ns)
			when.to_ns = a->span[a->count - 1].to_ns;
	}
	when.from_ns -= CHUNKS_SLACK_NS;
	when.to_ns += CHUNKS_SLACK_NS;
	return when;
}

/*
 * Finds fio's own log of the operations in the chunk logs, or in a part of them
 * where several runs have written: then times tell. *twin is NULL without, and
 * else the log; *same is how many chunks it has. Returns 0 or -errno.
 */
static int find_chunks(struct run_files *files, const struct series_list *list,
		       const struct sum *chunks, const struct series **twin,
		       uint64_t *same)
{
	size_t begin, end;
	int ret = 0;

	*twin = NULL;
	for (begin = 0; begin < list->count && !*twin && !ret; begin = end) {
		struct sum sum = sum_operation(list, begin, &end);
		struct sum part = *chunks;

		if (list->series[begin]->kind >= LOG_RSPTIMES || !sum.samples)
			continue;
		if (sum.samples < chunks->samples) {
			struct busy_span when = time_of(list, begin, end);

			part = (struct sum){ 0 };
			if (when.from_ns < when.to_ns)
				ret = sum_chunks(files, &when, &part);
		}
		if (!ret && is_same(&sum, &part)) {
			*twin = list->series[begin];
			*same = sum.samples;
		}
	}
	return ret;
}

/*
 * Leaves out chunk logs if fio logged the same operations. fio-diskwrite.so
 * logs its chunks, and fio has as many operations with the same mean. They must
 * count once. A chunk log may have chunks of earlier runs, too. Returns 0 or
 * -errno.
 */
static int leave_out_chunks(struct run_files *files, struct series_list *list)
{
	const struct series *twin;
	struct sum chunks = { 0 };
	char others[64] = "";
	uint64_t same = 0;
	size_t i;
	int ret;

	for (i = 0; i < list->count; i++)
		if (list->series[i]->kind == LOG_CHUNKS)
			add_series(&chunks, list->series[i]);
	if (!chunks.samples)
		return 0;
	ret = find_chunks(files, list, &chunks, &twin, &same);
	if (!ret && twin && same < chunks.samples)
		snprintf(others, sizeof(others), ", and %llu of other runs",
			 (unsigned long long)(chunks.samples - same));
	for (i = list->count; !ret && twin && i-- > 0;) {
		if (list->series[i]->kind != LOG_CHUNKS)
			continue;
		notes_add(files->notes,
			  "left out, has the same %llu chunks as %s%s: %s",
			  (unsigned long long)same, twin->path, others,
			  list->series[i]->path);
		series_list_drop(list, i);
		/* The chunk log belonged to no job of the JSON. */
		if (files->results.untied)
			files->results.untied--;
	}
	return ret;
}

int run_files_load(struct run_files *files, const struct load_options *options,
		   struct series_list *list)
{
	int ret;

	while ((ret = load(&files->inputs, options, list, files->error)) &&
	       inputs_drop_useless(&files->inputs, files->error, files->notes))
		series_list_free(list);
	return ret ? ret : leave_out_chunks(files, list);
}

int run_files_times(struct run_files *files, const struct load_options *options,
		    struct log_times_list *times)
{
	int ret;

	while ((ret = log_times_read(times, &files->inputs, options,
				     files->error)) &&
	       inputs_drop_useless(&files->inputs, files->error, files->notes))
		log_times_free(times);
	times->left_out = &files->inputs.left_out;
	return ret;
}

int run_files_hosts(struct host_list *hosts, const char *path,
		    struct input_error *error)
{
	char *list;
	int ret = 0;

	if (asprintf(&list, "%s/" RUN_FILES_HOSTS, path) < 0)
		return input_error_no_memory(error);
	if (!access(list, F_OK))
		ret = host_list_read(hosts, list, error);
	/* A message without a path is enough: there is one such file. */
	if (ret)
		error->path = RUN_FILES_HOSTS;
	free(list);
	return ret;
}

void run_files_free(struct run_files *files)
{
	fio_results_free(&files->results);
	inputs_free(&files->inputs);
}
