// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "input/inputs.h"
#include "input/load.h"
#include "run/one_run.h"
#include "run/trial.h"

#define SUFFIX             ".json"
#define ENVIRONMENT_SUFFIX ".environment.json"

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), of_suffix = strlen(suffix);

	return length >= of_suffix &&
	       !strcmp(name + length - of_suffix, suffix);
}

static int fail_memory(struct input_error *error)
{
	return input_error_set(error, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

/* Errors outlive the paths that we made up. */
static void keep_path(struct trial *trial, const char *path,
		      struct input_error *error)
{
	free(trial->error_path);
	trial->error_path = strdup(path);
	error->path = trial->error_path;
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
static int list_json(struct trial *trial, char *names[2],
		     struct input_error *error)
{
	DIR *directory = opendir(trial->path);
	struct dirent *entry;
	int found = 0;

	keep_path(trial, trial->path, error);
	if (!directory)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot read the directory: %s",
				       strerror(errno));
	while (found >= 0 && (entry = readdir(directory))) {
		if (!may_be_result(entry->d_name))
			continue;
		found = keep_first(names, entry->d_name) ? fail_memory(error)
							 : found + 1;
	}
	closedir(directory);
	return found;
}

static int fail_two(const struct trial *trial, char *const names[2], int found,
		    struct input_error *error)
{
	char *path[2] = { NULL, NULL };
	int i, ret = 0;

	for (i = 0; i < 2 && !ret; i++)
		if (asprintf(&path[i], "%s/%s", trial->path, names[i]) < 0) {
			path[i] = NULL;
			ret = fail_memory(error);
		}
	if (!ret)
		ret = one_run_fail(error, (size_t)found, path[0], path[1]);
	free(path[0]);
	free(path[1]);
	return ret;
}

/* The one file NAME.json in a directory, as "DIRECTORY/NAME.json". */
static int find_json(struct trial *trial, char **path,
		     struct input_error *error)
{
	char *names[2] = { NULL, NULL };
	int found = list_json(trial, names, error), ret = 0;

	if (found < 0) {
		ret = found;
	} else if (!found) {
		ret = input_error_set(
			error, INPUT_RUN, 0, 0,
			"expected fio's JSON (NAME.json), found none: the run "
			"was cut short, or fio ran without "
			"--output-format=json+ --output=FILE");
	} else if (found > 1) {
		ret = fail_two(trial, names, found, error);
	} else if (asprintf(path, "%s/%s", trial->path, names[0]) < 0) {
		*path = NULL;
		ret = fail_memory(error);
	}
	free(names[0]);
	free(names[1]);
	return ret;
}

static int read_environment(struct trial *trial, bool directory,
			    struct environment *environment,
			    struct input_error *error)
{
	size_t length = strlen(trial->path);
	char *path;
	int ret;

	if (!directory && ends_in(trial->path, SUFFIX))
		length -= strlen(SUFFIX);
	if (asprintf(&path, "%.*s%s", (int)length, trial->path,
		     directory ? "/" ENVIRONMENT_FILE : ENVIRONMENT_SUFFIX) < 0)
		return fail_memory(error);
	ret = environment_read(environment, path, error);
	if (ret && ret != -ENOENT)
		keep_path(trial, path, error);
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
static int read_logs(struct trial *trial, struct notes *notes,
		     struct input_error *error)
{
	struct load_options options = { 0 };
	struct series_list samples = { 0 };
	struct notes ignored = { 0 };
	struct inputs inputs = { 0 };
	int64_t base_ns;
	int ret, without;

	ret = inputs_add(&inputs, trial->path, &ignored, error);
	if (ret) {
		bool none = error->code == INPUT_NO_LOGS;

		keep_path(trial, error->path ? error->path : trial->path,
			  error);
		inputs_free(&inputs);
		notes_free(&ignored);
		return none ? 0 : ret;
	}
	inputs_choose(&inputs, LOG_KINDS, &ignored);
	/* fio's JSON is there, and histograms are of averages of time. */
	inputs_drop_histograms(&inputs, &ignored);
	ret = load(&inputs, &options, &samples, &base_ns, error);
	if (ret)
		keep_path(trial, error->path ? error->path : trial->path,
			  error);
	without =
		ret ? 0
		    : operation_figures_add_samples(&trial->figures, &samples);
	if (without < 0)
		ret = fail_memory(error);
	else if (without && samples.count)
		notes_add(notes,
			  "%s: the logs have other numbers of samples than "
			  "fio's JSON, and are not used",
			  trial->path);
	series_list_free(&samples);
	inputs_free(&inputs);
	notes_free(&ignored);
	return ret;
}

static int build(struct trial *trial, const struct fio_result *result,
		 const struct environment *environment,
		 struct input_error *error)
{
	int ret = operation_figures_build(&trial->figures, result);

	trial->end_ms = result->timestamp_ms;
	if (ret == -EOVERFLOW || ret == -ERANGE)
		return input_error_set(error, INPUT_OVERFLOW, 0, 0,
				       "expected counts whose sum is below "
				       "2^63, found more");
	if (!ret)
		ret = fingerprint_build(&trial->fingerprint, result,
					environment);
	if (ret)
		return fail_memory(error);
	if (!trial->figures.count)
		return input_error_set(
			error, INPUT_RUN, 0, 0,
			"expected the result of a job, found none: the run "
			"was cut short, or all its jobs have stats=0");
	return 0;
}

static int read_result(struct trial *trial, const char *path,
		       const struct environment *environment,
		       struct input_error *error)
{
	struct fio_result result = { 0 };
	int ret;

	keep_path(trial, path, error);
	ret = fio_json_read_file(&result, trial->error_path, NULL, error);
	if (!ret && fio_json_kept(&result))
		ret = input_error_set(error, INPUT_RUN, 0, 0,
				      "expected the output of fio, found what "
				      "a host kept of a run whose client was "
				      "lost: see smallfio result; it is no run "
				      "to compare");
	if (!ret)
		ret = build(trial, &result, environment, error);
	error->path = trial->error_path;
	fio_json_free(&result);
	return ret;
}

static int trial_read(struct trial *trial, struct notes *notes,
		      struct input_error *error)
{
	struct environment environment;
	char *json = NULL;
	struct stat st;
	bool directory;
	int ret = 0;

	keep_path(trial, trial->path, error);
	if (stat(trial->path, &st))
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s", strerror(errno));
	directory = S_ISDIR(st.st_mode);
	if (directory)
		ret = find_json(trial, &json, error);
	if (!ret)
		ret = read_environment(trial, directory, &environment, error);
	if (!ret)
		ret = read_result(trial, json ? json : trial->path,
				  &environment, error);
	free(json);
	if (!ret && directory && lacks_bins(&trial->figures))
		ret = read_logs(trial, notes, error);
	return ret;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 32);
}

int64_t trial_digest(const struct trial *trial)
{
	uint64_t hash = fingerprint_hash(&trial->fingerprint);
	size_t i;

	for (i = 0; i < trial->figures.count; i++) {
		const struct operation_figures *f = &trial->figures.figures[i];
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

struct trial *trials_add(struct trials *trials)
{
	struct trial *grown =
		reallocarray(trials->trial, trials->count + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	trials->trial = grown;
	grown += trials->count++;
	memset(grown, 0, sizeof(*grown));
	return grown;
}

int trials_read(struct trials *trials, const char *path, struct notes *notes,
		struct input_error *error)
{
	struct trial *trial = trials_add(trials);
	size_t length;

	if (!trial)
		return fail_memory(error);
	trial->path = strdup(path);
	if (!trial->path)
		return fail_memory(error);
	length = strlen(trial->path);
	while (length > 1 && trial->path[length - 1] == '/')
		trial->path[--length] = '\0';
	return trial_read(trial, notes, error);
}

static void trial_free(struct trial *trial)
{
	free(trial->path);
	free(trial->label);
	free(trial->error_path);
	operation_figures_free(&trial->figures);
	fingerprint_free(&trial->fingerprint);
}

void trials_keep_last(struct trials *trials, size_t count)
{
	size_t i, drop;

	if (trials->count <= count)
		return;
	drop = trials->count - count;
	for (i = 0; i < drop; i++)
		trial_free(&trials->trial[i]);
	memmove(trials->trial, trials->trial + drop,
		count * sizeof(*trials->trial));
	trials->count = count;
}

void trials_free(struct trials *trials)
{
	size_t i;

	for (i = 0; i < trials->count; i++)
		trial_free(&trials->trial[i]);
	free(trials->trial);
	memset(trials, 0, sizeof(*trials));
}
