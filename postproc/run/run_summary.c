// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_summary.h"
#include "run/whole.h"
#include "util/array.h"

#define SUFFIX             ".json"
#define ENVIRONMENT_SUFFIX ".environment.json"

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), of_suffix = strlen(suffix);

	return length >= of_suffix &&
	       !strcmp(name + length - of_suffix, suffix);
}

/* Copies the path of an error, because the error outlives the path. */
static void keep_path(struct run_summary *run, const char *path,
		      struct input_error *error)
{
	char *copy = strdup(path);

	free(run->error_path);
	error->path = run->error_path = copy;
}

static int read_environment(struct run_summary *run, bool directory,
			    struct environment *environment,
			    struct input_error *error)
{
	size_t length = strlen(run->path);
	char *path;
	int ret;

	if (!directory && ends_in(run->path, SUFFIX))
		length -= strlen(SUFFIX);
	if (asprintf(&path, "%.*s%s", (int)length, run->path,
		     directory ? "/" ENVIRONMENT_FILE : ENVIRONMENT_SUFFIX) < 0)
		return input_error_no_memory(error);
	ret = environment_read(environment, path, error);
	if (ret && ret != -ENOENT)
		keep_path(run, path, error);
	free(path);
	return ret == -ENOENT ? 0 : ret;
}

static bool lacks_bins(const struct operation_figures_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->figures[i].samples && !list->figures[i].has_bins)
			return true;
	}
	return false;
}

/* Takes histograms from logs. Logs that do not fit the JSON become a note. */
static int add_logs(struct run_summary *run, struct run_files *files)
{
	struct load_options options = { 0 };
	struct series_list samples = { 0 };
	int without = 0, ret = run_files_load(files, &options, &samples);

	if (!ret)
		without =
			operation_figures_add_samples(&run->figures, &samples);
	if (without < 0)
		ret = input_error_no_memory(files->error);
	else if (without && samples.count)
		notes_add(files->notes,
			  "%s: the logs have other numbers of samples than "
			  "fio's JSON, and are not used",
			  run->path);
	series_list_free(&samples);
	return ret;
}

static int build(struct run_summary *run, const struct fio_result *result,
		 const struct environment *environment,
		 struct input_error *error)
{
	int ret = operation_figures_build(&run->figures, result);

	run->end_ms = result->timestamp_ms;
	if (ret == -EOVERFLOW || ret == -ERANGE)
		return input_error_set(error, INPUT_OVERFLOW, 0, 0,
				       "expected counts whose sum is below "
				       "2^63, found more");
	if (!ret)
		ret = fingerprint_build(&run->fingerprint, result, environment);
	if (ret)
		return input_error_no_memory(error);
	if (!run->figures.count)
		return input_error_set(
			error, INPUT_RUN, 0, 0,
			"expected the result of a job, found none: the run "
			"was cut short, or all its jobs have stats=0");
	return 0;
}

/*
 * Makes one sentence of several: the first, and how many others there are. NULL
 * for none. Returns 0 or -ENOMEM.
 */
static int join(const struct notes *notes, char **sentence)
{
	int length = 0;

	*sentence = NULL;
	if (notes->count > 1)
		length = asprintf(sentence, "%s (and %zu more)", notes->text[0],
				  notes->count - 1);
	else if (notes->count)
		length = asprintf(sentence, "%s", notes->text[0]);
	if (length < 0)
		*sentence = NULL;
	return length < 0 ? -ENOMEM : 0;
}

static int find_whole(struct run_summary *run, const struct fio_result *result)
{
	struct notes reasons = { 0 };
	int ret;

	whole_notes(result, &reasons);
	ret = join(&reasons, &run->not_whole);
	notes_free(&reasons);
	return ret;
}

static int find_pauses(struct run_summary *run, const struct result *result)
{
	struct notes pauses = { 0 };
	int ret = result_pauses(result, &pauses);

	if (!ret)
		ret = join(&pauses, &run->pauses);
	notes_free(&pauses);
	return ret;
}

/*
 * Makes the result of a run, for its pauses. Without logs that can be read, the
 * result is that of fio's JSON alone: figures do not need the logs.
 */
static int make_result(struct result *result, struct log_times_list *times,
		       struct run_files *files)
{
	const struct result_options options = {
		.min_done_percent = RESULT_MIN_DONE,
	};
	struct load_options load = { 0 };
	struct input_error *error = files->error;

	if (run_files_times(files, &load, times)) {
		if (error->code == INPUT_NO_MEMORY)
			return -ENOMEM;
		notes_add(files->notes,
			  "%s: logs are not read, and pauses are not known: %s",
			  error->path ? error->path : "", error->message);
		log_times_free(times);
	}
	return result_build(result, &files->results, times, &options);
}

static int find_pauses_in(struct run_summary *run, struct run_files *files)
{
	struct log_times_list times = { 0 };
	struct result result = { 0 };
	int ret = make_result(&result, &times, files);

	if (!ret)
		ret = find_pauses(run, &result);
	result_free(&result);
	log_times_free(&times);
	return ret;
}

int run_summaries_check_whole(const struct run_summaries *runs,
			      struct input_error *error)
{
	for (size_t i = 0; i < runs->count; i++) {
		const struct run_summary *run = &runs->run[i];

		if (!run->not_whole)
			continue;
		error->path = run->path;
		return input_error_set(
			error, INPUT_RUN, 0, 0,
			"expected a whole run, found one that is not: %s; do "
			"it again",
			run->not_whole);
	}
	return 0;
}

static int check_not_kept(const struct fio_result *result,
			  struct input_error *error)
{
	if (!fio_json_kept(result))
		return 0;
	return input_error_set(error, INPUT_RUN, 0, 0,
			       "expected the output of fio, found what a host "
			       "kept of a run whose client was lost: see "
			       "smallfio result; it is no run to compare");
}

/* `made` NULL: there is no result of the run yet. */
static int summarize(struct run_summary *run, struct run_files *files,
		     const struct result *made)
{
	const struct fio_result *result = files->results.result;
	const char *json = files->inputs.json[0].path;
	struct input_error *error = files->error;
	struct environment environment;
	int ret = read_environment(run, strcmp(json, run->path) != 0,
				   &environment, error);

	if (ret)
		return ret;
	error->path = json;
	ret = check_not_kept(result, error);
	if (!ret)
		ret = build(run, result, &environment, error);
	if (!ret && find_whole(run, result))
		ret = input_error_no_memory(error);
	if (!ret &&
	    (made ? find_pauses(run, made) : find_pauses_in(run, files)))
		ret = input_error_no_memory(error);
	if (!ret && lacks_bins(&run->figures))
		ret = add_logs(run, files);
	return ret;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 32);
}

int64_t run_summary_digest(const struct run_summary *run)
{
	uint64_t hash = fingerprint_hash(&run->fingerprint);
	size_t i;

	for (i = 0; i < run->figures.count; i++) {
		const struct operation_figures *f = &run->figures.figures[i];
		const char *c;

		for (c = f->operation; *c; c++)
			hash = mix(hash, (unsigned char)*c);
		hash = mix(hash, f->ios);
		hash = mix(hash, f->bytes);
		hash = mix(hash, f->runtime_ms);
		hash = mix(hash, f->errors);
		hash = mix(hash, f->min_ns);
		hash = mix(hash, f->max_ns);
		hash = mix(hash, (uint64_t)f->mean_ns);
	}
	return (int64_t)hash;
}

struct run_summary *run_summaries_add(struct run_summaries *runs)
{
	return array_add(&runs->run, &runs->count);
}

static struct run_summary *add_path(struct run_summaries *runs,
				    const char *path, struct input_error *error)
{
	struct run_summary *run = run_summaries_add(runs);
	size_t length;

	if (run)
		run->path = strdup(path);
	if (!run || !run->path) {
		input_error_no_memory(error);
		return NULL;
	}
	length = strlen(run->path);
	while (length > 1 && run->path[length - 1] == '/')
		run->path[--length] = '\0';
	return run;
}

int run_summaries_add_files(struct run_summaries *runs, const char *path,
			    struct run_files *files,
			    const struct result *result)
{
	struct run_summary *run = add_path(runs, path, files->error);

	return run ? summarize(run, files, result) : -ENOMEM;
}

int run_summaries_read(struct run_summaries *runs, const char *path,
		       struct notes *notes, struct input_error *error)
{
	struct run_files files = { .notes = notes, .error = error };
	struct run_summary *run = add_path(runs, path, error);
	int ret;

	if (!run)
		return -ENOMEM;
	ret = run_files_read_run(&files, path, runs->progress,
				 runs->progress_context);
	if (!ret)
		ret = summarize(run, &files, NULL);
	if (ret && error->path)
		keep_path(run, error->path, error);
	run_files_free(&files);
	return ret;
}

/* How many of fio's JSON files are in a directory, or at a path. */
static size_t count_json(struct inputs *found, const char *path)
{
	struct input_error error = { 0 };

	inputs_add(found, path, NULL, &error);
	return found->json_count;
}

static int compare_inputs(const void *a, const void *b)
{
	return strverscmp(((const struct input *)a)->path,
			  ((const struct input *)b)->path);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Returns a directory's entry as a path, if it has a JSON of fio; or NULL. */
static char *run_in(const char *directory, const struct dirent *entry)
{
	struct inputs found = { 0 };
	char *path;

	if (*entry->d_name == '.' ||
	    asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
		return NULL;
	if (!is_directory(path) || !count_json(&found, path)) {
		free(path);
		path = NULL;
	}
	inputs_free(&found);
	return path;
}

/* Returns how many runs are in the directories in `path`, or -errno. */
static int read_directories(struct run_summaries *runs, const char *path,
			    struct notes *notes, struct input_error *error)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, versionsort), found = 0, ret = 0;

	for (int i = 0; i < n; i++) {
		char *directory = ret ? NULL : run_in(path, entry[i]);

		if (directory) {
			found++;
			ret = run_summaries_read(runs, directory, notes, error);
		}
		free(directory);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return ret ? ret : found;
}

int run_summaries_read_samples(struct run_summaries *runs, const char *path,
			       struct notes *notes, struct input_error *error)
{
	struct inputs found = { 0 };
	/* What is no directory may be a pipe, which can be read only once. */
	size_t n = is_directory(path) ? count_json(&found, path) : 1;
	int ret = 0;

	if (found.json_count)
		qsort(found.json, found.json_count, sizeof(*found.json),
		      compare_inputs);
	for (size_t i = 0; i < n && n > 1 && !ret; i++)
		ret = run_summaries_read(runs, found.json[i].path, notes,
					 error);
	if (!n)
		ret = read_directories(runs, path, notes, error);
	/* One run, or none: then the error says what was found instead. */
	if (n == 1 || (!n && !ret))
		ret = run_summaries_read(runs, path, notes, error);
	inputs_free(&found);
	return ret < 0 ? ret : 0;
}

static void run_summary_free(struct run_summary *run)
{
	free(run->path);
	free(run->label);
	free(run->not_whole);
	free(run->pauses);
	free(run->accepted);
	free(run->error_path);
	operation_figures_free(&run->figures);
	fingerprint_free(&run->fingerprint);
	time_series_list_free(&run->over_time);
}

void run_summaries_keep_last(struct run_summaries *runs, size_t count)
{
	size_t i, drop;

	if (runs->count <= count)
		return;
	drop = runs->count - count;
	for (i = 0; i < drop; i++)
		run_summary_free(&runs->run[i]);
	memmove(runs->run, runs->run + drop, count * sizeof(*runs->run));
	runs->count = count;
}

void run_summaries_free(struct run_summaries *runs)
{
	size_t i;

	for (i = 0; i < runs->count; i++)
		run_summary_free(&runs->run[i]);
	free(runs->run);
	memset(runs, 0, sizeof(*runs));
}
