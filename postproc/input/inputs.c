// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/inputs.h"
#include "input/detect.h"
#include "util/array.h"
#include "util/name_list.h"

#define IGNORED_NAMED_MAX 3
#define PIPE_NAME         "pipe"
/* fio's JSON is looked for in pieces of a text, which overlap. */
#define LATER_BYTES   ((size_t)64 << 10)
#define LATER_OVERLAP ((size_t)32)

const char *inputs_kind_name(enum log_kind kind)
{
	static const char *const names[] = {
		[LOG_CLAT] = "clat",         [LOG_LAT] = "lat",
		[LOG_SLAT] = "slat",         [LOG_CLAT_HIST] = "clat_hist",
		[LOG_RSPTIMES] = "response", [LOG_CHUNKS] = "chunk",
	};

	return kind < LOG_KINDS ? names[kind] : "none";
}

uint64_t inputs_size(const struct input *input)
{
	const struct stat *st = &input->stat;

	return S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
}

bool inputs_divisible(const struct input *input)
{
	return S_ISREG(input->stat.st_mode) && !input->source &&
	       input->packing == PACKING_NONE;
}

/* Copies the path of an error, because the error outlives the path. */
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

/* What a directory holds. One note names the files that are no logs. */
struct scan {
	const char *directory;
	size_t logs;
	struct name_list others;
};

static int fail_no_logs(const struct scan *scan, struct input_error *error)
{
	return input_error_set(
		error, INPUT_NO_LOGS, 0, 0,
		"expected fio's JSON or logs (PREFIX_clat.N.log, "
		"rsptimes_TT_HOST_OP_START.csv), found neither%s%.400s: fio "
		"was ended before it wrote them, could reach no host, or wrote "
		"them elsewhere",
		scan->others.count ? " in " : "", scan->others.text);
}

/* A file that may become an input. */
struct candidate {
	const char *path;
	char base[NAME_MAX + 1]; /* without .gz or .zst */
	struct scan *scan;       /* the directory it was found in, or NULL */
	bool named;              /* the name is a log's */
	struct input input;
};

static int fail(struct inputs *inputs, const struct candidate *candidate,
		struct input_error *error)
{
	error->path = keep_path(inputs, candidate->path);
	return -EINVAL;
}

/* Ignores a file of a directory that is no log. A named file must be one. */
static int leave_out(struct candidate *candidate)
{
	const char *slash = strrchr(candidate->path, '/');

	name_list_add(&candidate->scan->others, IGNORED_NAMED_MAX,
		      slash ? slash + 1 : candidate->path);
	return 0;
}

static int fail_unknown(struct inputs *inputs,
			const struct candidate *candidate, const char *head,
			size_t size, struct input_error *error)
{
	char found[INPUT_FOUND_MAX] = "an empty file";

	if (size)
		input_error_found(found, head, head + size);
	input_error_set(error, INPUT_UNKNOWN, 1, 1,
			"expected fio's latency or histogram log, fio's JSON, "
			"smallfile's rsptimes_*.csv, or a chunk log of "
			"fio-diskwrite.so, plain, gzip or zstd, "
			"found %s",
			found);
	return fail(inputs, candidate, error);
}

static int append(struct input **list, size_t *count, struct input *input,
		  const char *path, struct input_error *error)
{
	struct input *added;

	input->path = strdup(path);
	added = input->path ? array_add(list, count) : NULL;
	if (!added) {
		free(input->path);
		return input_error_no_memory(error);
	}
	*added = *input;
	input->source = NULL; /* the list owns it now */
	return 0;
}

/* Numbers a log whose name says nothing: see inputs_add(). */
static void number_default(const struct inputs *inputs, struct input *input,
			   const char *path, struct notes *notes)
{
	struct log_name *name = &input->name;
	size_t i;

	name->thread = 0;
	for (i = 0; i < inputs->count; i++) {
		const struct log_name *other = &inputs->input[i].name;

		if (other->by_default && other->kind == name->kind &&
		    !strcmp(other->operation, name->operation))
			name->thread++;
	}
	notes_add(notes,
		  "the name does not say host and thread, taken for %s and "
		  "thread %02ld: %s",
		  name->host, name->thread, path);
}

static int add_log(struct inputs *inputs, struct candidate *candidate,
		   const struct reader *reader, struct notes *notes,
		   struct input_error *error)
{
	struct input *input = &candidate->input;
	struct log_name *name = &input->name;

	input->reader = reader;
	if (reader->names_itself) {
		log_name_default(candidate->base, reader->first_kind, name);
	} else if (!candidate->named) {
		log_name_default(input->source ? PIPE_NAME : candidate->base,
				 reader->first_kind, name);
		number_default(inputs, input, candidate->path, notes);
	} else if (name->kind < reader->first_kind ||
		   name->kind > reader->last_kind) {
		/* The name says another kind of log than the content. */
		name->kind = reader->first_kind;
		log_name_split(name, "", 0);
	}
	if (candidate->scan)
		candidate->scan->logs++;
	return append(&inputs->input, &inputs->count, input, candidate->path,
		      error);
}

/*
 * Returns true for a text that goes on behind `head`, as when fio printed many
 * messages before its JSON.
 */
static bool may_go_on(const char *head, size_t size)
{
	return size == SOURCE_HEAD_BYTES && !memchr(head, 0, size);
}

/*
 * Returns true if fio's JSON begins further on. Uses the source up, but the
 * file is opened again to be read. A name may lie across two pieces.
 */
static bool begins_later(struct source *source)
{
	char piece[LATER_BYTES + LATER_OVERLAP];
	struct input_error unused = { 0 };
	size_t kept = 0;
	long n;

	while ((n = source_read(source, piece + kept, LATER_BYTES, &unused)) >
	       0) {
		size_t size = kept + (size_t)n;

		if (detect_is_of_fio(piece, size))
			return true;
		kept = size < LATER_OVERLAP ? size : LATER_OVERLAP;
		memmove(piece, piece + size - kept, kept);
	}
	return false;
}

/*
 * Returns true if the file is taken for JSON that begins late. A file or pipe
 * that the user named always is, and the JSON reader complains.
 */
static bool is_late_json(const struct candidate *candidate,
			 struct source *source, const char *head, size_t size)
{
	return may_go_on(head, size) &&
	       (!candidate->scan || begins_later(source));
}

static int add_json(struct inputs *inputs, struct candidate *candidate,
		    struct input_error *error)
{
	if (candidate->scan)
		candidate->scan->logs++;
	return append(&inputs->json, &inputs->json_count, &candidate->input,
		      candidate->path, error);
}

static int add_by_content(struct inputs *inputs, struct candidate *candidate,
			  struct source *source, struct notes *notes,
			  struct input_error *error)
{
	const struct reader *by_name, *reader;
	enum file_kind content;
	const char *head;
	size_t size;

	head = source_peek(source, &size);
	content = detect_content(head, size, &reader);
	by_name = reader_find(candidate->base, &candidate->input.name);
	candidate->named = by_name != NULL;
	if (content == CONTENT_LOG)
		return add_log(inputs, candidate, reader, notes, error);
	/* The reader that fits the name will report line and column. */
	if (by_name)
		return add_log(inputs, candidate, by_name, notes, error);
	if (content == CONTENT_JSON && candidate->scan &&
	    !detect_is_of_fio(head, size))
		return leave_out(candidate);
	if (content == CONTENT_JSON ||
	    is_late_json(candidate, source, head, size))
		return add_json(inputs, candidate, error);
	if (candidate->scan)
		return leave_out(candidate);
	return fail_unknown(inputs, candidate, head, size, error);
}

static void strip_packing(struct candidate *candidate)
{
	static const char *const suffix[] = {
		[PACKING_GZIP] = ".gz",
		[PACKING_ZSTD] = ".zst",
	};
	enum packing packing = candidate->input.packing;
	size_t length = strlen(candidate->base), cut;

	if (packing == PACKING_NONE || packing == PACKING_UTF16)
		return;
	cut = strlen(suffix[packing]);
	if (length > cut &&
	    !strcmp(candidate->base + length - cut, suffix[packing]))
		candidate->base[length - cut] = '\0';
}

/* Returns true for an input that can be read only once. */
static bool is_stream(const struct stat *st, const char *path)
{
	return !S_ISREG(st->st_mode) || !strcmp(path, "-");
}

/*
 * Keeps the error of a file with a log's name. inputs_finish() knows what else
 * is there, and decides.
 */
static int put_aside(struct inputs *inputs, struct candidate *candidate,
		     const struct log_name *name,
		     const struct input_error *error)
{
	struct useless_log *log =
		array_add(&inputs->useless, &inputs->useless_count);

	if (candidate->scan)
		candidate->scan->logs++;
	if (!log)
		return -ENOMEM;
	*log = (struct useless_log){
		.path = strdup(candidate->path),
		.name = *name,
		.error = *error,
	};
	return log->path ? 0 : -ENOMEM;
}

static int open_candidate(struct inputs *inputs, struct candidate *candidate,
			  struct notes *notes, struct input_error *error)
{
	struct input *input = &candidate->input;
	struct log_name name;
	struct source *source;
	bool stream;
	int ret = source_open(&source, candidate->path, error);

	if (ret && error->code == INPUT_NO_MEMORY)
		return ret;
	if (ret && reader_find(candidate->base, &name))
		return put_aside(inputs, candidate, &name, error)
			       ? input_error_no_memory(error)
			       : 0;
	if (ret && candidate->scan)
		return leave_out(candidate);
	if (ret)
		return fail(inputs, candidate, error);
	input->stat = *source_stat(source);
	input->packing = source_packing(source);
	strip_packing(candidate);
	stream = is_stream(&input->stat, candidate->path);
	if (stream)
		input->source = source;
	ret = add_by_content(inputs, candidate, source, notes, error);
	/* If the input was added, the list owns the stream now. */
	source_close(stream ? input->source : source);
	return ret;
}

/* Returns true if the stream was added before. It cannot be read twice. */
static bool is_known_stream(const struct inputs *inputs, const struct stat *st,
			    const char *path, struct notes *notes)
{
	size_t i;

	for (i = 0; i < inputs->count; i++) {
		const struct input *input = &inputs->input[i];

		if (input->source && input->stat.st_dev == st->st_dev &&
		    input->stat.st_ino == st->st_ino) {
			notes_add(notes, "%s is the same pipe as %s, read once",
				  path, input->path);
			return true;
		}
	}
	return false;
}

static int fail_holds(struct inputs *inputs, const struct candidate *candidate,
		      const char *holds, struct input_error *error)
{
	input_error_set(error, INPUT_NO_LATENCIES, 0, 0,
			"expected latencies, found a log that by its name "
			"holds %s",
			holds);
	return fail(inputs, candidate, error);
}

static int put_aside_fz(struct inputs *inputs, struct candidate *candidate,
			const struct log_name *name, struct input_error *error)
{
	struct input_error packed = { 0 };

	input_error_set(&packed, INPUT_COMPRESSED, 0, 0,
			"expected text, gzip or zstd, found a log packed by "
			"fio; unpack it first: fio --inflate-log=FILE");
	return put_aside(inputs, candidate, name, &packed)
		       ? input_error_no_memory(error)
		       : 0;
}

/* Adds a file. `scan` is the directory it was found in, or NULL. */
static int add_file(struct inputs *inputs, const char *path, struct scan *scan,
		    const struct stat *st, struct notes *notes,
		    struct input_error *error)
{
	struct candidate candidate = { .path = path, .scan = scan };
	const char *slash = strrchr(path, '/'), *holds;
	const char *base = slash ? slash + 1 : path;
	struct log_name name;

	snprintf(candidate.base, sizeof(candidate.base), "%s", base);
	holds = log_name_other(base);
	if (scan && (holds || !S_ISREG(st->st_mode)))
		return leave_out(&candidate);
	if (holds)
		return fail_holds(inputs, &candidate, holds, error);
	if (!log_name_fz(base, &name))
		return put_aside_fz(inputs, &candidate, &name, error);
	if (is_stream(st, path) && is_known_stream(inputs, st, path, notes))
		return 0;
	return open_candidate(inputs, &candidate, notes, error);
}

static int add_entry(struct inputs *inputs, struct scan *scan, const char *base,
		     struct notes *notes, struct input_error *error)
{
	struct stat st;
	char *path;
	int ret;

	if (asprintf(&path, "%s/%s", scan->directory, base) < 0)
		return input_error_no_memory(error);
	if (stat(path, &st))
		ret = fail_system(inputs, path, "open", error);
	else
		ret = add_file(inputs, path, scan, &st, notes, error);
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
			ret = add_entry(inputs, &scan, base, notes, error);
	}
	if (ret)
		return ret;
	if (scan.others.count)
		notes_add(notes, "ignored in %s, no latency logs: %s",
			  directory, scan.others.text);
	if (scan.logs)
		return 0;
	error->path = keep_path(inputs, directory);
	return fail_no_logs(&scan, error);
}

static int add_directory(struct inputs *inputs, const char *directory,
			 struct notes *notes, struct input_error *error)
{
	struct dirent **entries;
	char *trimmed = strdup(directory);
	size_t length = strlen(directory);
	int i, n, ret;

	if (!trimmed)
		return input_error_no_memory(error);
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
	bool standard_input = !strcmp(path, "-");
	struct stat st;

	if (standard_input ? fstat(STDIN_FILENO, &st) : stat(path, &st))
		return fail_system(inputs, path, "open", error);
	if (S_ISDIR(st.st_mode) && !standard_input)
		return add_directory(inputs, path, notes, error);
	return add_file(inputs, path, NULL, &st, notes, error);
}

static void free_list(struct input *input, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(input[i].path);
		source_close(input[i].source);
	}
	free(input);
}

void inputs_free(struct inputs *inputs)
{
	free_list(inputs->input, inputs->count);
	free_list(inputs->json, inputs->json_count);
	free(inputs->error_path);
	for (size_t i = 0; i < inputs->useless_count; i++)
		free(inputs->useless[i].path);
	free(inputs->useless);
	notes_free(&inputs->left_out);
	memset(inputs, 0, sizeof(*inputs));
}
