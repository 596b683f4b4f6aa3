// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads fio's JSON into a struct fio_result: streams the file, finds objects,
 * and collects their entries.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fio/fio_json.h"
#include "fio/fio_json_batch.h"
#include "fio/fio_json_entry.h"
#include "fio/json_split.h"
#include "fio/log_name.h"

#define CHUNK_BYTES ((size_t)1 << 20)
/* A batch of entries is parsed when its text has so many bytes. */
#define BATCH_BYTES ((size_t)8 << 20)

struct json_reading {
	struct fio_result *result;
	struct json_split split;
	const char *path;
	struct input_error *error;
	struct fio_json_batch batch;
	bool ended; /* an object has ended */
};

static int fail(struct json_reading *r, enum input_code code, uint64_t line,
		unsigned int column, const char *message)
{
	int ret = input_error_set(r->error, code, line, column, "%s", message);

	r->error->path = r->path;
	return ret;
}

static int no_memory(struct json_reading *r)
{
	return fail(r, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

/*
 * Finds fio's version at the beginning of the object, where fio writes it; ""
 * if there is none. If an entry is of a fio too old to be read, the version is
 * a better message than what the entry lacks.
 */
static void find_version(const struct json_reading *r, char *version,
			 size_t size)
{
	static const char name[] = "\"fio version\"";
	const struct json_text *text = &r->split.skeleton;
	const char *end = text->data + text->size, *p = NULL, *quote = NULL;

	if (text->size)
		p = memmem(text->data, text->size, name, sizeof(name) - 1);
	if (p)
		p = memchr(p + sizeof(name) - 1, '"',
			   (size_t)(end - p) - sizeof(name) + 1);
	if (p)
		quote = memchr(p + 1, '"', (size_t)(end - p) - 1);
	snprintf(version, size, "%.*s", quote ? (int)(quote - p) - 1 : 0,
		 quote ? p + 1 : "");
}

/* Waits for the batch that is being parsed, and keeps its entries. */
static int end_batch(struct json_reading *r)
{
	int ret = fio_json_batch_end(&r->batch, r->result, r->error);
	char version[FIO_VERSION_MAX];

	if (!ret)
		return 0;
	find_version(r, version, sizeof(version));
	if (r->error->code == INPUT_MEMBER && fio_json_is_old(version))
		fio_json_fail_old(r->error, version, r->split.object_line);
	r->error->path = r->path;
	return ret;
}

/*
 * Begins the next batch. The batch before must end first, so that the first
 * error in the file is the one reported.
 */
static int next_batch(struct json_reading *r)
{
	int ret = end_batch(r);

	if (!ret && fio_json_batch_begin(&r->batch, &r->split))
		ret = no_memory(r);
	return ret;
}

static int parse_skeleton(struct json_reading *r)
{
	struct json_split *s = &r->split;
	json_error_t at;
	json_t *root, *jobs, *stats;
	char message[JSON_ERROR_TEXT_LENGTH + 32];
	int ret = 0;

	root = json_loadb(s->skeleton.data, s->skeleton.size, 0, &at);
	if (!root && !at.text[0])
		return no_memory(r); /* no text: jansson found no error */
	if (!root) {
		snprintf(message, sizeof(message), "expected JSON: %s",
			 at.text);
		return fail(r, INPUT_JSON,
			    json_split_line(s, at.line > 0 ? at.line : 1,
					    at.position),
			    at.column > 0 ? (unsigned int)at.column : 0,
			    message);
	}
	jobs = json_object_get(root, "jobs");
	stats = json_object_get(root, "client_stats");
	if (!json_is_array(jobs) && !json_is_array(stats))
		ret = fail(r, INPUT_JSON, s->object_line, 1,
			   "expected an array \"jobs\" or \"client_stats\" in "
			   "the object, found none; this is no output of fio");
	else
		ret = fio_json_head_parse(r->result, root, s->object_line,
					  r->error);
	if (ret)
		r->error->path = r->path;
	r->result->clients = json_is_array(stats);
	json_decref(root);
	return ret;
}

static int end_object(struct json_reading *r)
{
	int ret = next_batch(r);

	if (!ret)
		ret = end_batch(r);
	if (!ret)
		ret = parse_skeleton(r);
	json_split_next(&r->split);
	r->ended = true;
	return ret;
}

/*
 * Drops the object before, because another one begins: fio writes an object
 * each --status-interval, and the last counts. Objects in an array are refused,
 * because they are the results of several runs.
 */
static int supersede(struct json_reading *r)
{
	unsigned int superseded = r->result->superseded + 1;

	if (r->split.in_list)
		return fail(r, INPUT_RUN, r->split.object_line, 1,
			    "expected one result of fio, found an array of "
			    "results; take one out: jq '.[0]' FILE >ONE.json");
	fio_json_free(r->result);
	r->result->superseded = superseded;
	r->ended = false;
	return 0;
}

static int feed(struct json_reading *r, const char *data, size_t size)
{
	while (size) {
		bool ends, had_ended = r->ended;
		long n = json_split_feed(&r->split, data, size, &ends);
		int ret = 0;

		if (n == -E2BIG)
			return fail(r, INPUT_JSON, r->split.line + 1, 0,
				    "expected fio's JSON, found brackets "
				    "nested more deeply than fio nests them");
		if (n == -EBADMSG)
			return fail(r, INPUT_JSON, r->split.line + 1, 0,
				    "expected JSON, found a NUL byte: the file "
				    "is damaged (a machine that stopped, a "
				    "disk that was full); do the run again");
		if (n < 0)
			return no_memory(r);
		if (had_ended && (r->split.in_object || ends))
			ret = supersede(r);
		data += n;
		size -= (size_t)n;
		if (ends && !ret)
			ret = end_object(r);
		else if (!ret && r->split.elements.text.size >= BATCH_BYTES)
			ret = next_batch(r);
		if (ret)
			return ret;
	}
	return 0;
}

static int at_end(struct json_reading *r)
{
	char message[160];

	if (r->split.in_object) {
		snprintf(message, sizeof(message),
			 "expected the end of the object that begins in line "
			 "%llu, found the end of the file: fio was killed, or "
			 "the file was cut off",
			 (unsigned long long)r->split.object_line);
		return fail(r, INPUT_TRUNCATED, r->split.line + 1, 0, message);
	}
	if (!r->ended)
		return fail(r, INPUT_JSON, 1, 1,
			    "expected fio's JSON, found none; run fio with "
			    "--output-format=json+ --output=FILE");
	return 0;
}

/* Orders entries by server, those of one server as in the file. */
static int compare_servers(const void *a, const void *b)
{
	const struct fio_entry *l = *(struct fio_entry *const *)a;
	const struct fio_entry *r = *(struct fio_entry *const *)b;
	int order = strcmp(fio_json_host(l), fio_json_host(r));

	if (!order)
		order = (l->port > r->port) - (l->port < r->port);
	return order ? order : (l > r) - (l < r);
}

static int compare_jobs(const void *a, const void *b)
{
	const struct fio_entry *l = *(struct fio_entry *const *)a;
	const struct fio_entry *r = *(struct fio_entry *const *)b;
	int order = strcmp(l->job, r->job);

	if (!order)
		order = strcmp(fio_json_host(l), fio_json_host(r));
	return order ? order : (l->port > r->port) - (l->port < r->port);
}

static void count_siblings(struct fio_entry **order, size_t n)
{
	size_t begin, end;

	qsort(order, n, sizeof(*order), compare_jobs);
	for (begin = 0; begin < n; begin = end) {
		end = begin;
		while (end < n && !compare_jobs(&order[begin], &order[end]))
			end++;
		for (size_t i = begin; i < end; i++)
			order[i]->siblings = end - begin;
	}
}

int fio_json_number(struct fio_result *result)
{
	struct fio_entry **order = calloc(result->entries + 1, sizeof(*order));
	size_t i, first = 0;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < result->entries; i++)
		order[i] = &result->entry[i];
	qsort(order, result->entries, sizeof(*order), compare_servers);
	for (i = 1; i < result->entries; i++) {
		struct fio_entry *before = order[i - 1], *e = order[i];
		bool same_host =
			!strcmp(fio_json_host(before), fio_json_host(e));

		if (!same_host)
			first = i;
		if (same_host && before->port == e->port) {
			e->number = before->number + 1;
			e->shares_host = before->shares_host;
			continue;
		}
		/* This host has another server: all its entries are marked. */
		while (same_host && first <= i)
			order[first++]->shares_host = true;
		first = i;
		e->shares_host = same_host;
	}
	count_siblings(order, result->entries);
	free(order);
	return 0;
}

/* Finds the note about a section by its name. NULL: there is none. */
static const struct engine_note *section_named(const struct fio_result *result,
					       const char *job)
{
	for (size_t i = 0; i < result->notes; i++)
		if (result->note[i].kind == NOTE_SECTION &&
		    !strcmp(result->note[i].job, job))
			return &result->note[i];
	return NULL;
}

static int append_note(struct fio_result *result,
		       const struct engine_note *note)
{
	struct engine_note *grown =
		reallocarray(result->note, result->notes + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	result->note = grown;
	grown[result->notes++] = *note;
	return 0;
}

int fio_json_add_note(struct fio_result *result, const struct engine_note *note)
{
	if (note->kind == NOTE_SECTION && section_named(result, note->job))
		return 0;
	return append_note(result, note);
}

/*
 * Adds a note from the options of an entry, and sets *number to its number,
 * from 1. The entries of a section stand side by side, so a note that is equal
 * to the last one is not added again.
 */
static int add_option_note(struct fio_result *result,
			   const struct engine_note *note, size_t *number)
{
	struct engine_note *last =
		result->notes ? &result->note[result->notes - 1] : NULL;
	int ret = 0;

	if (!last || memcmp(last, note, sizeof(*note)) != 0)
		ret = append_note(result, note);
	*number = result->notes;
	return ret;
}

/* Reads the notes about sections in an entry's "job options". */
static int read_option_notes(struct fio_result *result, struct fio_entry *entry)
{
	const char *name;
	json_t *value;

	json_object_foreach(entry->options, name, value)
	{
		const char *text = json_string_value(value);
		struct engine_note note;
		size_t number;

		if (!engine_note_is_option(name))
			continue;
		if (!text || engine_note_parse_option(&note, text)) {
			result->damaged_notes++;
			continue;
		}
		if (add_option_note(result, &note, &number))
			return -ENOMEM;
		entry->sections++;
		if (!strcmp(note.job, entry->job))
			entry->section = number;
	}
	return 0;
}

static int read_notes(struct json_reading *r)
{
	const char *p = r->split.notes.data, *end;
	int ret = 0;

	for (size_t i = 0; i < r->result->entries && !ret; i++)
		ret = read_option_notes(r->result, &r->result->entry[i]);
	if (!p || ret)
		return ret;
	end = p + r->split.notes.size;
	while (p < end && !ret) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct engine_note note;

		switch (engine_note_parse(&note, p, (size_t)(newline - p))) {
		case 0:
			ret = fio_json_add_note(r->result, &note);
			break;
		case -EINVAL:
			r->result->damaged_notes++;
			break;
		default:
			fio_message_add(r->result->message, p,
					(size_t)(newline - p));
		}
		p = newline + 1;
	}
	return ret;
}

int fio_json_read(struct fio_result *result,
		  const struct fio_json_source *source, const char *path,
		  struct input_error *error)
{
	struct json_reading r = { .result = result,
				  .path = path,
				  .error = error };
	char *chunk = malloc(CHUNK_BYTES);
	long n = 0;
	int ret = 0, earlier;

	error->code = INPUT_OK;
	if (!chunk)
		ret = no_memory(&r);
	while (!ret) {
		n = source->read(source->context, chunk, CHUNK_BYTES);
		if (n <= 0)
			break;
		ret = feed(&r, chunk, (size_t)n);
	}
	if (!ret && n < 0 && error->code != INPUT_OK)
		ret = (int)n; /* the source has said what is wrong */
	else if (!ret && n < 0)
		ret = fail(&r, INPUT_UNREADABLE, 0, 0, strerror((int)-n));
	if (!ret)
		ret = at_end(&r);
	/* An error of the last batch stands in the file before any other. */
	earlier = end_batch(&r);
	if (earlier)
		ret = earlier;
	if (!ret)
		ret = fio_json_number(result) ? no_memory(&r) : 0;
	if (!ret)
		ret = read_notes(&r) || fio_json_mark_phases(result)
			      ? no_memory(&r)
			      : 0;
	fio_json_batch_free(&r.batch);
	json_split_free(&r.split);
	free(chunk);
	return ret;
}

struct file_source {
	int fd;
	atomic_ullong *done;
};

static long read_file(void *context, char *buffer, size_t size)
{
	struct file_source *file = context;
	ssize_t n;

	do
		n = read(file->fd, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (file->done)
		atomic_fetch_add(file->done, (unsigned long long)n);
	return n;
}

int fio_json_read_file(struct fio_result *result, const char *path,
		       atomic_ullong *bytes_done, struct input_error *error)
{
	struct file_source file = { .done = bytes_done };
	struct fio_json_source source = { read_file, &file };
	int ret;

	file.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file.fd < 0) {
		ret = input_error_set(error, INPUT_UNREADABLE, 0, 0, "%s",
				      strerror(errno));
		error->path = path;
		return ret;
	}
	ret = fio_json_read(result, &source, path, error);
	close(file.fd);
	return ret;
}

struct memory_source {
	const char *data;
	size_t size;
};

static long read_memory(void *context, char *buffer, size_t size)
{
	struct memory_source *memory = context;

	if (size > memory->size)
		size = memory->size;
	memcpy(buffer, memory->data, size);
	memory->data += size;
	memory->size -= size;
	return (long)size;
}

int fio_json_read_memory(struct fio_result *result, const char *data,
			 size_t size, const char *path,
			 struct input_error *error)
{
	struct memory_source memory = { data, size };
	struct fio_json_source source = { read_memory, &memory };

	return fio_json_read(result, &source, path, error);
}

const char *fio_json_option(const struct fio_result *result,
			    const struct fio_entry *entry, const char *name)
{
	json_t *value = NULL;

	if (!result->clients)
		value = json_object_get(entry->options, name);
	if (!value)
		value = json_object_get(result->global, name);
	return json_string_value(value);
}

const struct engine_note *fio_json_section(const struct fio_result *result,
					   const struct fio_entry *entry)
{
	if (entry->section)
		return &result->note[entry->section - 1];
	return section_named(result, entry->job);
}

const struct engine_note *fio_json_kept(const struct fio_result *result)
{
	for (size_t i = 0; i < result->notes; i++)
		if (result->note[i].kind == NOTE_KEPT)
			return &result->note[i];
	return NULL;
}

const char *fio_json_host(const struct fio_entry *entry)
{
	return entry->host ? entry->host : LOG_HOST_LOCAL;
}

void fio_json_server(const struct fio_entry *entry, char *name, size_t size)
{
	if (entry->shares_host)
		snprintf(name, size, "%s:%ld", fio_json_host(entry),
			 entry->port);
	else
		snprintf(name, size, "%s", fio_json_host(entry));
}

const char *fio_json_operation(const struct fio_result *result,
			       const struct fio_entry *entry)
{
	const char *engine = fio_json_option(result, entry, "ioengine");
	const char *operation = fio_json_option(result, entry, "operation");
	const struct engine_note *note = fio_json_section(result, entry);

	if (note)
		return *note->operation ? note->operation : entry->job;
	if (operation)
		return operation;
	/* In a client's run nothing but the name of a section is known. */
	if (engine && strstr(engine, "fio-smallfile.so") && !result->clients)
		return "create";
	return entry->job;
}

void fio_json_free(struct fio_result *result)
{
	size_t i;

	for (i = 0; i < result->entries; i++)
		fio_json_entry_free(&result->entry[i]);
	free(result->entry);
	if (result->all_clients)
		fio_json_entry_free(result->all_clients);
	free(result->all_clients);
	json_decref(result->global);
	free(result->note);
	memset(result, 0, sizeof(*result));
}
