// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/spool_runs.h"
#include "run/run_files.h"

/* Two means of the same operations may differ by this share. */
#define CHUNKS_ALIKE 0.05L

/* Adds a path. Only statistics note the files that are not of a run. */
static int add_path(struct run_files *files, const char *path,
		    enum run_files_use use)
{
	struct notes unused = { 0 };
	int ret = spool_runs_add(&files->inputs, path, files->notes,
				 use == RUN_STATISTICS ? files->notes : &unused,
				 files->error);

	notes_free(&unused);
	return ret;
}

static int fail_logs_alone(struct run_files *files)
{
	files->error->path =
		files->inputs.count ? files->inputs.input[0].path : NULL;
	return input_error_set(files->error, INPUT_RUN, 0, 0,
			       "expected fio's JSON, found only logs: the run "
			       "was cut short, or fio ran without "
			       "--output-format=json+ --output=FILE (a fio "
			       "that is killed leaves none; smallfio stats "
			       "reads logs alone)");
}

/* Chooses one kind of latency for each job. */
static void choose_logs(struct run_files *files,
			const struct run_files_options *options)
{
	struct notes unused = { 0 };
	struct notes *notes =
		options->use == RUN_FIGURES ? &unused : files->notes;

	inputs_choose(&files->inputs, options->kind, notes);
	if (options->use != RUN_STATISTICS)
		inputs_drop_histograms(&files->inputs, notes);
	notes_free(&unused);
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

/* Returns fio's own log of the operations in the chunk logs, or NULL. */
static const struct series *find_chunks(const struct series_list *list,
					const struct sum *chunks)
{
	size_t begin, end;

	for (begin = 0; begin < list->count; begin = end) {
		struct sum sum = sum_operation(list, begin, &end);

		if (list->series[begin]->kind < LOG_RSPTIMES &&
		    is_same(&sum, chunks))
			return list->series[begin];
	}
	return NULL;
}

/*
 * Leaves out chunk logs if fio logged the same operations. fio-diskwrite.so
 * logs its chunks, and fio has as many operations with the same mean. They must
 * count once.
 */
static void leave_out_chunks(struct run_files *files, struct series_list *list)
{
	const struct series *twin;
	struct sum chunks = { 0 };
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->series[i]->kind == LOG_CHUNKS)
			add_series(&chunks, list->series[i]);
	twin = find_chunks(list, &chunks);
	for (i = list->count; twin && i-- > 0;) {
		if (list->series[i]->kind != LOG_CHUNKS)
			continue;
		notes_add(files->notes,
			  "left out, has the same %llu chunks as %s: %s",
			  (unsigned long long)chunks.samples, twin->path,
			  list->series[i]->path);
		series_list_drop(list, i);
		/* The chunk log belonged to no job of the JSON. */
		if (files->results.untied)
			files->results.untied--;
	}
}

int run_files_load(struct run_files *files, const struct load_options *options,
		   struct series_list *list)
{
	int ret;

	while ((ret = load(&files->inputs, options, list, files->error)) &&
	       inputs_drop_useless(&files->inputs, files->error, files->notes))
		series_list_free(list);
	if (!ret)
		leave_out_chunks(files, list);
	return ret;
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

void run_files_free(struct run_files *files)
{
	fio_results_free(&files->results);
	inputs_free(&files->inputs);
}
