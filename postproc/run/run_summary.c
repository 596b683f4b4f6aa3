// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "input/inputs.h"
#include "input/load.h"
#include "run/fio_results.h"
#include "run/one_run.h"
#include "run/run_summary.h"
#include "run/whole.h"

#define SUFFIX             ".json"
#define ENVIRONMENT_SUFFIX ".environment.json"

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), of_suffix = strlen(suffix);

	return length >= of_suffix &&
	       !strcmp(name + length - of_suffix, suffix);
}

/* Errors outlive the paths that we made up. */
static void keep_path(struct run_summary *run, const char *path,
		      struct input_error *error)
{
	free(run->error_path);
	run->error_path = strdup(path);
	error->path = run->error_path;
}

static bool may_be_result(const char *name)
{
	return *name != '.' && ends_in(name, SUFFIX) &&
	       !ends_in(name, ENVIRONMENT_SUFFIX) &&
	       strcmp(name, ENVIRONMENT_FILE) != 0;
}

/* Keeps the two that come first by name: which they are, is the same always. */
static int keep_first(char *names[2], const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	if (!names[0] || strcmp(copy, names[0]) < 0) {
		free(names[1]);
		names[1] = names[0];
		names[0] = copy;
	} else if (!names[1] || strcmp(copy, names[1]) < 0) {
		free(names[1]);
		names[1] = copy;
	} else {
		free(copy);
	}
	return 0;
}

/* How many files NAME.json a directory has, and two of them; or -errno. */
static int list_json(struct run_summary *run, char *names[2],
		     struct input_error *error)
{
	DIR *directory = opendir(run->path);
	struct dirent *entry;
	int found = 0;

	keep_path(run, run->path, error);
	if (!directory)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot read the directory: %s",
				       strerror(errno));
	while (found >= 0 && (entry = readdir(directory))) {
		if (!may_be_result(entry->d_name))
			continue;
		found = keep_first(names, entry->d_name)
				? input_error_no_memory(error)
				: found + 1;
	}
	closedir(directory);
	return found;
}

static int fail_two(const struct run_summary *run, char *const names[2],
		    int found, struct input_error *error)
{
	char *path[2] = { NULL, NULL };
	int i, ret = 0;

	for (i = 0; i < 2 && !ret; i++)
		if (asprintf(&path[i], "%s/%s", run->path, names[i]) < 0) {
			path[i] = NULL;
			ret = input_error_no_memory(error);
		}
	if (!ret)
		ret = one_run_fail(error, (size_t)found, path[0], path[1]);
	free(path[0]);
	free(path[1]);
	return ret;
}

/* The one file NAME.json in a directory, as "DIRECTORY/NAME.json". */
static int find_json(struct run_summary *run, char **path,
		     struct input_error *error)
{
	char *names[2] = { NULL, NULL };
	int found = list_json(run, names, error), ret = 0;

	if (found < 0) {
		ret = found;
	} else if (!found) {
		ret = input_error_set(
			error, INPUT_RUN, 0, 0,
			"expected fio's JSON (NAME.json), found none: the run "
			"was cut short, or fio ran without "
			"--output-format=json+ --output=FILE");
	} else if (found > 1) {
		ret = fail_two(run, names, found, error);
	} else if (asprintf(path, "%s/%s", run->path, names[0]) < 0) {
		*path = NULL;
		ret = input_error_no_memory(error);
	}
	free(names[0]);
	free(names[1]);
	return ret;
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

/* A log that cannot be read is an error; logs that do not fit are a note. */
static int read_logs(struct run_summary *run, struct notes *notes,
		     struct input_error *error)
{
	struct load_options options = { 0 };
	struct series_list samples = { 0 };
	struct notes ignored = { 0 };
	struct inputs inputs = { 0 };
	int ret, without;

	ret = inputs_add(&inputs, run->path, &ignored, error);
	if (ret) {
		bool none = error->code == INPUT_NO_LOGS;

		keep_path(run, error->path ? error->path : run->path, error);
		inputs_free(&inputs);
		notes_free(&ignored);
		return none ? 0 : ret;
	}
	inputs_choose(&inputs, LOG_KINDS, &ignored);
	/* fio's JSON is there, and histograms are of averages of time. */
	inputs_drop_histograms(&inputs, &ignored);
	ret = load(&inputs, &options, &samples, error);
	if (ret && inputs_drop_averaged(&inputs, error, notes)) {
		series_list_free(&samples);
		ret = 0;
	}
	if (ret)
		keep_path(run, error->path ? error->path : run->path, error);
	without = ret ? 0
		      : operation_figures_add_samples(&run->figures, &samples);
	if (without < 0)
		ret = input_error_no_memory(error);
	else if (without && samples.count)
		notes_add(notes,
			  "%s: the logs have other numbers of samples than "
			  "fio's JSON, and are not used",
			  run->path);
	series_list_free(&samples);
	inputs_free(&inputs);
	notes_free(&ignored);
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

/* The first reason, and how many more there are. */
static int find_whole(struct run_summary *run, const struct fio_result *result)
{
	struct notes reasons = { 0 };
	int length = 0;

	whole_notes(result, &reasons);
	if (reasons.count > 1)
		length = asprintf(&run->not_whole, "%s (and %zu more)",
				  reasons.text[0], reasons.count - 1);
	else if (reasons.count)
		length = asprintf(&run->not_whole, "%s", reasons.text[0]);
	if (length < 0)
		run->not_whole = NULL;
	notes_free(&reasons);
	return length < 0 ? -ENOMEM : 0;
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
			"expected a run that came to its end, "
			"found one that did not: %s; do it again",
			run->not_whole);
	}
	return 0;
}

static int read_result(struct run_summary *run, const char *path,
		       const struct environment *environment,
		       struct input_error *error)
{
	struct fio_result result = { 0 };
	int ret;

	keep_path(run, path, error);
	ret = fio_results_read_path(&result, run->error_path, error);
	if (!ret && fio_json_kept(&result))
		ret = input_error_set(error, INPUT_RUN, 0, 0,
				      "expected the output of fio, found what "
				      "a host kept of a run whose client was "
				      "lost: see smallfio result; it is no run "
				      "to compare");
	if (!ret)
		ret = build(run, &result, environment, error);
	if (!ret && find_whole(run, &result))
		ret = input_error_no_memory(error);
	error->path = run->error_path;
	fio_json_free(&result);
	return ret;
}

static int trial_read(struct run_summary *run, struct notes *notes,
		      struct input_error *error)
{
	struct environment environment;
	char *json = NULL;
	struct stat st;
	bool directory;
	int ret = 0;

	keep_path(run, run->path, error);
	if (stat(run->path, &st))
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s", strerror(errno));
	directory = S_ISDIR(st.st_mode);
	if (directory)
		ret = find_json(run, &json, error);
	if (!ret)
		ret = read_environment(run, directory, &environment, error);
	if (!ret)
		ret = read_result(run, json ? json : run->path, &environment,
				  error);
	free(json);
	if (!ret && directory && lacks_bins(&run->figures))
		ret = read_logs(run, notes, error);
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
	struct run_summary *grown =
		reallocarray(runs->run, runs->count + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	runs->run = grown;
	grown += runs->count++;
	memset(grown, 0, sizeof(*grown));
	return grown;
}

int run_summaries_read(struct run_summaries *runs, const char *path,
		       struct notes *notes, struct input_error *error)
{
	struct run_summary *run = run_summaries_add(runs);
	size_t length;

	if (!run)
		return input_error_no_memory(error);
	run->path = strdup(path);
	if (!run->path)
		return input_error_no_memory(error);
	length = strlen(run->path);
	while (length > 1 && run->path[length - 1] == '/')
		run->path[--length] = '\0';
	return trial_read(run, notes, error);
}

static void trial_free(struct run_summary *run)
{
	free(run->path);
	free(run->label);
	free(run->not_whole);
	free(run->error_path);
	operation_figures_free(&run->figures);
	fingerprint_free(&run->fingerprint);
}

void run_summaries_keep_last(struct run_summaries *runs, size_t count)
{
	size_t i, drop;

	if (runs->count <= count)
		return;
	drop = runs->count - count;
	for (i = 0; i < drop; i++)
		trial_free(&runs->run[i]);
	memmove(runs->run, runs->run + drop, count * sizeof(*runs->run));
	runs->count = count;
}

void run_summaries_free(struct run_summaries *runs)
{
	size_t i;

	for (i = 0; i < runs->count; i++)
		trial_free(&runs->run[i]);
	free(runs->run);
	memset(runs, 0, sizeof(*runs));
}
