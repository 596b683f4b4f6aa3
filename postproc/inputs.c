// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inputs.h"
#include "reader.h"

#define IGNORED_NAMED_MAX 3

const char *inputs_kind_name(enum log_kind kind)
{
	static const char *const names[] = {
		[LOG_CLAT] = "clat",
		[LOG_LAT] = "lat",
		[LOG_SLAT] = "slat",
		[LOG_RSPTIMES] = "response",
	};

	return kind < LOG_KINDS ? names[kind] : "none";
}

uint64_t inputs_size(const struct input *input)
{
	const struct stat *st = &input->stat;

	return S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
}

/* Errors outlive the function that found them: keep their path. */
static const char *keep_path(struct inputs *inputs, const char *path)
{
	free(inputs->error_path);
	inputs->error_path = strdup(path);
	return inputs->error_path;
}

static int fail_system(struct inputs *inputs, const char *path,
		       const char *verb, struct input_error *error)
{
	error->path = keep_path(inputs, path);
	return input_error_set(error, INPUT_UNREADABLE, 0, 0, "cannot %s: %s",
			       verb, strerror(errno));
}

static int fail_memory(struct input_error *error)
{
	return input_error_set(error, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

/* A file whose name `reader` knows. */
static int add_log(struct inputs *inputs, const char *path,
		   const struct reader *reader, const struct log_name *name,
		   const struct stat *st, struct input_error *error)
{
	struct input *grown;

	grown = reallocarray(inputs->input, inputs->count + 1, sizeof(*grown));
	if (!grown)
		return fail_memory(error);
	inputs->input = grown;
	grown += inputs->count;
	grown->path = strdup(path);
	if (!grown->path)
		return fail_memory(error);
	grown->reader = reader;
	grown->name = *name;
	grown->stat = *st;
	inputs->count++;
	return 0;
}

/* What a directory holds; one note names what is no log. */
struct scan {
	const char *directory;
	size_t logs;
	size_t others;
	char other_names[IGNORED_NAMED_MAX * (NAME_MAX + 3)];
};

static void ignore(struct scan *scan, const char *name)
{
	size_t used = strlen(scan->other_names);

	if (scan->others++ < IGNORED_NAMED_MAX)
		snprintf(scan->other_names + used,
			 sizeof(scan->other_names) - used, "%s%s",
			 used ? ", " : "", name);
}

static void note_ignored(const struct scan *scan, struct notes *notes)
{
	if (!scan->others)
		return;
	if (scan->others <= IGNORED_NAMED_MAX)
		notes_add(notes, "ignored in %s, no latency logs: %s",
			  scan->directory, scan->other_names);
	else
		notes_add(notes,
			  "ignored in %s, no latency logs: %s and %zu more",
			  scan->directory, scan->other_names,
			  scan->others - IGNORED_NAMED_MAX);
}

static int fail_compressed(struct inputs *inputs, const char *path,
			   struct input_error *error)
{
	error->path = keep_path(inputs, path);
	return input_error_set(error, INPUT_COMPRESSED, 0, 0,
			       "expected plain text, found a compressed log; "
			       "unpack it first (.fz: fio --inflate-log=FILE)");
}

static int add_entry(struct inputs *inputs, struct scan *scan, const char *base,
		     struct input_error *error)
{
	const struct reader *reader;
	struct log_name name;
	struct stat st;
	char *path;
	int ret = 0;

	if (asprintf(&path, "%s/%s", scan->directory, base) < 0)
		return fail_memory(error);
	reader = reader_find(base, &name);
	if (log_name_compressed(base)) {
		ret = fail_compressed(inputs, path, error);
	} else if (!reader) {
		ignore(scan, base);
	} else if (stat(path, &st)) {
		ret = fail_system(inputs, path, "open", error);
	} else if (S_ISDIR(st.st_mode)) {
		ignore(scan, base);
	} else {
		scan->logs++;
		ret = add_log(inputs, path, reader, &name, &st, error);
	}
	free(path);
	return ret;
}

static int add_entries(struct inputs *inputs, const char *directory,
		       struct dirent **entries, int n, struct notes *notes,
		       struct input_error *error)
{
	struct scan scan = { .directory = directory };
	int i, ret = 0;

	for (i = 0; i < n && !ret; i++) {
		const char *base = entries[i]->d_name;

		if (strcmp(base, ".") != 0 && strcmp(base, "..") != 0)
			ret = add_entry(inputs, &scan, base, error);
	}
	if (ret)
		return ret;
	note_ignored(&scan, notes);
	if (scan.logs)
		return 0;
	error->path = keep_path(inputs, directory);
	return input_error_set(error, INPUT_NO_LOGS, 0, 0,
			       "expected logs (PREFIX_clat.N.log, "
			       "rsptimes_TT_HOST_OP_START.csv), found none; "
			       "have fio write them with write_lat_log=NAME");
}

static int add_directory(struct inputs *inputs, const char *directory,
			 struct notes *notes, struct input_error *error)
{
	struct dirent **entries;
	char *trimmed = strdup(directory);
	size_t length = strlen(directory);
	int i, n, ret;

	if (!trimmed)
		return fail_memory(error);
	while (length > 1 && trimmed[length - 1] == '/')
		trimmed[--length] = '\0';
	n = scandir(trimmed, &entries, NULL, alphasort);
	if (n < 0) {
		ret = fail_system(inputs, directory, "read the directory",
				  error);
		free(trimmed);
		return ret;
	}
	ret = add_entries(inputs, trimmed, entries, n, notes, error);
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	free(trimmed);
	return ret;
}

int inputs_add(struct inputs *inputs, const char *path, struct notes *notes,
	       struct input_error *error)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const struct reader *reader;
	struct log_name name;
	struct stat st;

	if (stat(path, &st))
		return fail_system(inputs, path, "open", error);
	if (S_ISDIR(st.st_mode))
		return add_directory(inputs, path, notes, error);
	if (log_name_compressed(base))
		return fail_compressed(inputs, path, error);
	reader = reader_find(base, &name);
	if (reader)
		return add_log(inputs, path, reader, &name, &st, error);
	error->path = keep_path(inputs, path);
	return input_error_set(
		error, INPUT_UNKNOWN_NAME, 0, 0,
		"expected a log named PREFIX_clat.N.log[.HOST] (or _lat, "
		"_slat) or rsptimes_TT_HOST_OP_START.csv, found another name; "
		"operation, host and thread are read from it: keep the name "
		"that fio or smallfile gave the log");
}

static int compare_files(const void *a, const void *b)
{
	const struct input *l = *(const struct input *const *)a;
	const struct input *r = *(const struct input *const *)b;

	if (l->stat.st_dev != r->stat.st_dev)
		return l->stat.st_dev < r->stat.st_dev ? -1 : 1;
	if (l->stat.st_ino != r->stat.st_ino)
		return l->stat.st_ino < r->stat.st_ino ? -1 : 1;
	return l < r ? -1 : l > r; /* in the order they were named */
}

static void drop_file(struct input *input, const char *first,
		      struct notes *notes)
{
	if (!strcmp(input->path, first))
		notes_add(notes, "%s was named twice, read once", first);
	else
		notes_add(notes, "%s is the same file as %s, read once",
			  input->path, first);
	free(input->path);
	input->path = NULL;
}

int inputs_drop_same(struct inputs *inputs, struct notes *notes,
		     struct input_error *error)
{
	struct input **order;
	size_t i, first = 0, kept = 0;

	order = reallocarray(NULL, inputs->count + 1, sizeof(struct input *));
	if (!order)
		return fail_memory(error);
	for (i = 0; i < inputs->count; i++)
		order[i] = &inputs->input[i];
	qsort(order, inputs->count, sizeof(*order), compare_files);
	for (i = 1; i < inputs->count; i++) {
		if (order[i]->stat.st_ino == order[first]->stat.st_ino &&
		    order[i]->stat.st_dev == order[first]->stat.st_dev)
			drop_file(order[i], order[first]->path, notes);
		else
			first = i;
	}
	for (i = 0; i < inputs->count; i++) {
		if (inputs->input[i].path)
			inputs->input[kept++] = inputs->input[i];
	}
	inputs->count = kept;
	free(order);
	return 0;
}

/* The first kind with a log that is not empty, else the first with a log. */
static enum log_kind best_kind(const struct inputs *inputs)
{
	uint64_t bytes[LOG_KINDS] = { 0 }, logs[LOG_KINDS] = { 0 };
	enum log_kind kind;
	size_t i;

	for (i = 0; i < inputs->count; i++) {
		bytes[inputs->input[i].name.kind] +=
			inputs_size(&inputs->input[i]);
		logs[inputs->input[i].name.kind]++;
	}
	for (kind = LOG_CLAT; kind <= LOG_SLAT; kind++) {
		if (bytes[kind])
			return kind;
	}
	for (kind = LOG_CLAT; kind <= LOG_SLAT; kind++) {
		if (logs[kind])
			return kind;
	}
	return LOG_KINDS;
}

/* Of fio's logs. Equal: of one operation, host and job. */
static int compare_names(const void *a, const void *b)
{
	const struct input *l = *(const struct input *const *)a;
	const struct input *r = *(const struct input *const *)b;
	int order = strcmp(l->name.operation, r->name.operation);

	if (!order)
		order = strcmp(l->name.host, r->name.host);
	if (!order)
		order = (l->name.fio_job > r->name.fio_job) -
			(l->name.fio_job < r->name.fio_job);
	return order;
}

/*
 * Notes the logs that are not of `kind` and have samples, while the one of
 * `kind` beside them is missing: leaving those out loses operations.
 */
static void note_alone(struct inputs *inputs, enum log_kind kind,
		       struct notes *notes)
{
	struct input **kept, *input = inputs->input;
	size_t i, count = 0;

	kept = reallocarray(NULL, inputs->count, sizeof(struct input *));
	if (!kept)
		return;
	for (i = 0; i < inputs->count; i++) {
		if (input[i].name.kind == kind)
			kept[count++] = &input[i];
	}
	qsort(kept, count, sizeof(*kept), compare_names);
	for (i = 0; i < inputs->count; i++) {
		const struct input *key = &input[i];

		if (key->name.kind == kind || key->name.kind == LOG_RSPTIMES ||
		    !inputs_size(key))
			continue;
		if (!bsearch(&key, kept, count, sizeof(*kept), compare_names))
			notes_add(notes, "left out, has no %s log: %s",
				  inputs_kind_name(kind), key->path);
	}
	free(kept);
}

void inputs_choose(struct inputs *inputs, enum log_kind kind,
		   struct notes *notes)
{
	enum log_kind found = best_kind(inputs);
	size_t i, kept = 0;

	if (found == LOG_KINDS)
		return;
	if (kind == LOG_KINDS) {
		kind = found;
		if (kind != LOG_CLAT)
			notes_add(notes,
				  "no clat logs with samples: the statistics "
				  "are of fio's %s logs",
				  inputs_kind_name(kind));
	}
	note_alone(inputs, kind, notes);
	for (i = 0; i < inputs->count; i++) {
		struct input *input = &inputs->input[i];

		if (input->name.kind == kind ||
		    input->name.kind == LOG_RSPTIMES)
			inputs->input[kept++] = *input;
		else
			free(input->path);
	}
	inputs->count = kept;
}

void inputs_free(struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->count; i++)
		free(inputs->input[i].path);
	free(inputs->input);
	free(inputs->error_path);
	inputs->input = NULL;
	inputs->error_path = NULL;
	inputs->count = 0;
}
