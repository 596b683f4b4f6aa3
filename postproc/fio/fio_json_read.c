// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads fio's JSON into a struct fio_result: finds objects, reads their members
 * and collects their entries.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json.h"
#include "fio/fio_json_entry.h"
#include "fio/fio_status.h"
#include "fio/json_find.h"
#include "fio/log_name.h"
#include "util/array.h"

#define OLDEST_MAJOR 3

struct json_reading {
	struct fio_result *result;
	struct json_in json;
	struct json_find find;
	struct fio_result said; /* only notes and messages, of other lines */
	bool any;               /* an object was read */
	bool fio;               /* the object is fio's: it has entries */
	/*
	 * The first error in the figures of an entry; INPUT_OK: none. It does
	 * not count if another object follows: what fio writes in mid-run may
	 * not add up, because the jobs count on meanwhile.
	 */
	struct input_error figures;
};

static int fail(struct json_reading *r, enum input_code code, uint64_t line,
		unsigned int column, const char *message)
{
	return input_error_set(r->json.error, code, line, column, "%s",
			       message);
}

/* Returns true for a version such as "fio-2.16". */
static bool is_old(const char *version)
{
	while (*version && (*version < '0' || *version > '9'))
		version++;
	return *version && strtoul(version, NULL, 10) < OLDEST_MAJOR;
}

static int read_version(struct json_reading *r)
{
	char *version = NULL;
	int ret = json_in_string(&r->json, &version);

	if (ret)
		return ret;
	snprintf(r->result->version, sizeof(r->result->version), "%s", version);
	if (is_old(version))
		ret = input_error_set(r->json.error, INPUT_OLD,
				      r->find.object_line, 1,
				      "expected fio's JSON of fio 3.0 or "
				      "later, found that of %s, which wrote "
				      "other members, and times in us; run a "
				      "later fio",
				      version);
	free(version);
	return ret;
}

/* Keeps an entry FIO_ALL_CLIENTS. If there are several, the last counts. */
static int keep_sum(struct fio_result *result, struct fio_entry *sum)
{
	if (!result->all_clients)
		result->all_clients = malloc(sizeof(*sum));
	else
		fio_json_entry_free(result->all_clients);
	if (!result->all_clients) {
		fio_json_entry_free(sum);
		return -ENOMEM;
	}
	*result->all_clients = *sum;
	return 0;
}

static int read_entry(void *context)
{
	struct json_reading *r = context;
	struct fio_result *result = r->result;
	struct json_value unused;
	struct fio_entry *entry;
	int ret;

	if (json_in_next(&r->json) != '{')
		return json_in_value(&r->json, &unused);
	entry = array_add(&result->entry, &result->entries);
	if (!entry)
		return input_error_no_memory(r->json.error);
	ret = fio_json_entry_read(entry, &r->json);
	if (ret == -EBADMSG) {
		if (r->figures.code == INPUT_OK)
			r->figures = *r->json.error;
		ret = 0;
	}
	if (ret || (entry->job && strcmp(entry->job, FIO_ALL_CLIENTS) != 0))
		return ret;
	result->entries--;
	if (entry->job)
		return keep_sum(result, entry)
			       ? input_error_no_memory(r->json.error)
			       : 0;
	fio_json_entry_free(entry);
	return 0;
}

static int read_member(void *context, const char *name)
{
	struct json_reading *r = context;
	struct fio_result *result = r->result;
	struct json_value value = { 0 };
	bool clients = !strcmp(name, "client_stats");
	char first = json_in_next(&r->json);
	int ret;

	if (first == '[' && (clients || !strcmp(name, "jobs"))) {
		result->clients |= clients;
		r->fio = true;
		return json_in_array(&r->json, read_entry, r);
	}
	if (first == '"' && !strcmp(name, "fio version"))
		return read_version(r);
	if (first == '{' && !strcmp(name, "global options"))
		return fio_options_read(&result->global, &r->json);
	ret = json_in_value(&r->json, &value);
	if (ret || value.kind != JSON_IN_INTEGER)
		return ret;
	if (!strcmp(name, "timestamp_ms"))
		result->timestamp_ms = value.integer;
	/* This one is in seconds. Older versions of fio have no other. */
	else if (!strcmp(name, "timestamp") && !result->timestamp_ms &&
		 value.integer < INT64_MAX / 1000)
		result->timestamp_ms = value.integer * 1000;
	return 0;
}

/*
 * Drops the object before, because another one begins: fio writes an object
 * each --status-interval, and the last counts. Objects in an array are refused,
 * because they are the results of several runs.
 */
static int supersede(struct json_reading *r)
{
	unsigned int superseded = r->result->superseded + 1;
	struct fio_status *status;
	size_t statuses;

	if (r->find.in_list)
		return fail(r, INPUT_RUN, r->find.object_line, 1,
			    "expected one result of fio, found an array of "
			    "results; take one out: jq '.[0]' FILE >ONE.json");
	if (fio_status_keep(r->result))
		return input_error_no_memory(r->json.error);
	status = r->result->status;
	statuses = r->result->statuses;
	r->result->status = NULL;
	r->result->statuses = 0;
	fio_json_free(r->result);
	r->result->status = status;
	r->result->statuses = statuses;
	r->result->superseded = superseded;
	r->figures.code = INPUT_OK;
	return 0;
}

static int fail_truncated(struct json_reading *r)
{
	return input_error_set(
		r->json.error, INPUT_TRUNCATED, r->json.error->line, 0,
		"expected the end of the object that begins in line %llu, "
		"found the end of the file: fio was killed, its disk was full, "
		"or the file was cut off",
		(unsigned long long)r->find.object_line);
}

static int read_object(struct json_reading *r)
{
	int ret = r->any ? supersede(r) : 0;

	r->any = true;
	r->fio = false;
	if (!ret)
		ret = json_in_object(&r->json, read_member, r);
	if (ret && r->json.error->code == INPUT_TRUNCATED)
		return fail_truncated(r);
	if (!ret && !r->fio)
		ret = fail(r, INPUT_JSON, r->find.object_line, 1,
			   "expected an array \"jobs\" or \"client_stats\" in "
			   "the object, found none; this is no output of fio");
	return ret;
}

static int compare_server(const struct fio_entry *l, const struct fio_entry *r)
{
	int order = strcmp(fio_json_host(l), fio_json_host(r));

	return order ? order : (l->port > r->port) - (l->port < r->port);
}

/* Orders entries by server, those of one server as in the file. */
static int compare_servers(const void *a, const void *b)
{
	const struct fio_entry *l = *(struct fio_entry *const *)a;
	const struct fio_entry *r = *(struct fio_entry *const *)b;
	int order = compare_server(l, r);

	return order ? order : (l > r) - (l < r);
}

static int compare_job(const struct fio_entry *l, const struct fio_entry *r)
{
	int order = strcmp(l->job, r->job);

	return order ? order : compare_server(l, r);
}

/* Orders entries by section and server, those of one as in the file. */
static int compare_jobs(const void *a, const void *b)
{
	const struct fio_entry *l = *(struct fio_entry *const *)a;
	const struct fio_entry *r = *(struct fio_entry *const *)b;
	int order = compare_job(l, r);

	return order ? order : (l > r) - (l < r);
}

static void count_siblings(struct fio_entry **order, size_t n)
{
	size_t begin, end;

	qsort(order, n, sizeof(*order), compare_jobs);
	for (begin = 0; begin < n; begin = end) {
		end = begin;
		while (end < n && !compare_job(order[begin], order[end])) {
			order[end]->thread = end - begin;
			end++;
		}
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
			e->number = before->number + !e->operation;
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
	const struct engine_notes *sections = &result->notes[NOTE_SECTION];

	for (size_t i = 0; i < sections->count; i++)
		if (!strcmp(sections->note[i].job, job))
			return &sections->note[i];
	return NULL;
}

static int append_note(struct fio_result *result,
		       const struct engine_note *note)
{
	struct engine_notes *of_kind = &result->notes[note->kind];
	struct engine_note *added = array_add(&of_kind->note, &of_kind->count);

	if (!added)
		return -ENOMEM;
	*added = *note;
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
	const struct engine_notes *sections = &result->notes[NOTE_SECTION];
	int ret = 0;

	if (!sections->count || memcmp(&sections->note[sections->count - 1],
				       note, sizeof(*note)) != 0)
		ret = append_note(result, note);
	*number = sections->count;
	return ret;
}

/* Reads the notes in an entry's "job options". */
static int read_option_notes(struct fio_result *result, struct fio_entry *entry)
{
	for (size_t i = 0; i < entry->options.count; i++) {
		const struct fio_option *option = &entry->options.option[i];
		struct engine_note note;
		size_t number;

		if (!engine_note_is_option(option->name))
			continue;
		if (!option->value ||
		    engine_note_parse_option(&note, option->value)) {
			result->damaged_notes++;
			continue;
		}
		if (note.kind == NOTE_CLIENT) {
			if (append_note(result, &note))
				return -ENOMEM;
			continue;
		}
		if (add_option_note(result, &note, &number))
			return -ENOMEM;
		entry->sections++;
		if (!strcmp(note.job, fio_json_section_name(entry)))
			entry->section = number;
	}
	return 0;
}

/* Keeps what a line beside fio's objects says. Objects may follow. */
static int read_line(void *context, const char *line, size_t length)
{
	struct json_reading *r = context;
	struct engine_note note;
	int ret = latency_notes_read(&r->said.latency, line, length);

	if (ret == -ENOMEM)
		return input_error_no_memory(r->json.error);
	if (ret == -ENOENT)
		ret = engine_note_parse(&note, line, length);
	else if (!ret)
		return 0;
	if (ret == -EINVAL)
		r->said.damaged_notes++;
	else if (ret)
		fio_message_add(r->said.message, line, length);
	else if (fio_json_add_note(&r->said, &note))
		return input_error_no_memory(r->json.error);
	return 0;
}

int fio_json_add_notes(struct fio_result *to, const struct fio_result *from)
{
	int ret = 0;

	for (int kind = 0; kind < NOTE_KINDS; kind++)
		for (size_t i = 0; i < from->notes[kind].count && !ret; i++)
			ret = fio_json_add_note(to, &from->notes[kind].note[i]);
	return ret;
}

static void free_notes(struct fio_result *result)
{
	for (int kind = 0; kind < NOTE_KINDS; kind++)
		free(result->notes[kind].note);
	latency_notes_free(&result->latency);
}

/* Adds the notes in the entries' options, and then those in other lines. */
static int read_notes(struct json_reading *r)
{
	struct fio_result *result = r->result;
	int ret = 0;

	for (size_t i = 0; i < result->entries && !ret; i++)
		ret = read_option_notes(result, &result->entry[i]);
	if (!ret)
		ret = fio_json_add_notes(result, &r->said);
	result->damaged_notes += r->said.damaged_notes;
	result->latency = r->said.latency;
	memset(&r->said.latency, 0, sizeof(r->said.latency));
	memcpy(result->message, r->said.message, sizeof(result->message));
	return ret;
}

static int read_all(struct json_reading *r)
{
	int ret;

	while ((ret = json_find_object(&r->find)) > 0) {
		ret = read_object(r);
		if (ret)
			return ret;
	}
	if (!ret && !r->any)
		return fail(r, INPUT_JSON, 1, 1,
			    "expected fio's JSON, found none; run fio with "
			    "--output-format=json+ --output=FILE");
	if (!ret &&
	    (fio_status_finish(r->result) || fio_json_tell_apart(r->result) ||
	     fio_json_number(r->result) || read_notes(r) ||
	     fio_json_split(r->result) || fio_json_number(r->result) ||
	     fio_json_mark_phases(r->result)))
		ret = input_error_no_memory(r->json.error);
	return ret;
}

int fio_json_read(struct fio_result *result, const struct json_source *source,
		  const char *path, struct input_error *error)
{
	struct json_reading r = {
		.result = result,
		.json = { .source = *source, .error = error },
		.find = { .json = &r.json, .line = read_line, .context = &r },
	};
	int ret = read_all(&r);

	/* An error in an entry stands in front of any other of the object. */
	if (r.figures.code != INPUT_OK && error->code != INPUT_NO_MEMORY) {
		*error = r.figures;
		ret = -EINVAL;
	}
	if (ret)
		error->path = path;
	free_notes(&r.said);
	free(r.json.buffer);
	return ret;
}

const char *fio_json_option(const struct fio_result *result,
			    const struct fio_entry *entry, const char *name)
{
	const char *value = NULL;

	if (!result->clients)
		value = fio_options_find(&entry->options, name);
	return value ? value : fio_options_find(&result->global, name);
}

const struct engine_note *fio_json_section(const struct fio_result *result,
					   const struct fio_entry *entry)
{
	if (entry->section)
		return &result->notes[NOTE_SECTION].note[entry->section - 1];
	return section_named(result, fio_json_section_name(entry));
}

const struct engine_note *fio_json_kept(const struct fio_result *result)
{
	return result->notes[NOTE_KEPT].note;
}

int64_t fio_json_ahead_ns(const struct fio_result *result, const char *job,
			  const char *host)
{
	const struct engine_notes *clocks = &result->notes[NOTE_CLOCK];

	for (size_t i = 0; i < clocks->count; i++) {
		const struct engine_note *note = &clocks->note[i];

		if (!strcmp(note->host, host) && !strcmp(note->job, job) &&
		    llabs(note->ahead_ns) > note->error_ns)
			return note->ahead_ns;
	}
	return 0;
}

const char *fio_json_host(const struct fio_entry *entry)
{
	return entry->host ? entry->host : LOG_HOST_LOCAL;
}

void fio_json_server(const struct fio_entry *entry, char *name, size_t size)
{
	if (entry->shares_host)
		snprintf(name, size, "%s:%lld", fio_json_host(entry),
			 (long long)entry->port);
	else
		snprintf(name, size, "%s", fio_json_host(entry));
}

const char *fio_json_operation(const struct fio_result *result,
			       const struct fio_entry *entry)
{
	const char *engine = fio_json_option(result, entry, "ioengine");
	const char *operation = fio_json_option(result, entry, "operation");
	const struct engine_note *note = fio_json_section(result, entry);

	if (entry->operation)
		return entry->operation;
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
	fio_options_free(&result->global);
	fio_status_free(result);
	free_notes(result);
	memset(result, 0, sizeof(*result));
}
