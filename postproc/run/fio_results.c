// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads results, and ties logs to their entries. fio_results_check.c compares
 * the two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/job_options.h"
#include "run/fio_results.h"
#include "util/array.h"

struct reading {
	struct source *source;
	struct input_error *error;
	uint64_t before, total; /* bytes: of the files before, and of all */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

static long read_source(void *context, char *buffer, size_t size)
{
	struct reading *reading = context;
	long n = source_read(reading->source, buffer, size, reading->error);

	if (reading->progress && n > 0)
		reading->progress(reading->context,
				  reading->before +
					  source_bytes(reading->source),
				  reading->total);
	return n;
}

static int read_one(struct reading *reading, struct fio_result *result,
		    struct input *input, struct input_error *error)
{
	struct json_source source = { read_source, reading };
	int ret = 0;

	reading->error = error;
	/* A pipe is open already. */
	reading->source = input->source;
	input->source = NULL;
	if (!reading->source)
		ret = source_open(&reading->source, input->path, error);
	if (!ret)
		ret = fio_json_read(result, &source, input->path, error);
	error->path = input->path;
	reading->before += inputs_size(input);
	source_close(reading->source);
	return ret;
}

int fio_results_read(struct fio_results *results, struct inputs *inputs,
		     void (*progress)(void *context, uint64_t done,
				      uint64_t total),
		     void *context, struct input_error *error)
{
	struct reading reading = { .progress = progress, .context = context };
	size_t i;
	int ret = 0;

	results->result =
		calloc(inputs->json_count + 1, sizeof(*results->result));
	if (!results->result)
		return input_error_no_memory(error);
	for (i = 0; i < inputs->json_count; i++)
		reading.total += inputs_size(&inputs->json[i]);
	for (i = 0; i < inputs->json_count && !ret; i++)
		ret = read_one(&reading, &results->result[results->count++],
			       &inputs->json[i], error);
	return ret;
}

/* Marks the kinds of latency that an entry has, and those with a histogram. */
static void mark_kinds(const struct fio_entry *entry, bool any[FIO_LATENCIES],
		       bool with_bins[FIO_LATENCIES])
{
	for (int d = 0; d < FIO_DIRECTIONS; d++)
		for (int k = 0; entry->side[d] && k < FIO_LATENCIES; k++) {
			const struct fio_latency *l =
				entry->side[d]->latency[k];

			any[k] |= l != NULL;
			with_bins[k] |= l && l->has_bins;
		}
}

enum log_kind fio_results_choose(const struct fio_results *results,
				 enum log_kind kind)
{
	bool any[FIO_LATENCIES] = { 0 }, with_bins[FIO_LATENCIES] = { 0 };

	if (kind <= LOG_SLAT)
		return kind;
	for (size_t i = 0; i < results->count; i++)
		for (size_t k = 0; k < results->result[i].entries; k++)
			mark_kinds(&results->result[i].entry[k], any,
				   with_bins);
	for (kind = LOG_CLAT; kind <= LOG_SLAT; kind++)
		if (with_bins[kind])
			return kind;
	for (kind = LOG_CLAT; kind <= LOG_SLAT; kind++)
		if (any[kind])
			return kind;
	return LOG_CLAT;
}

/*
 * Finds the prefix of an entry's logs, in the form of log_name.h. The engine's
 * note about the section is certain. Without a word about logs, their names are
 * expected to begin with that of the job.
 */
static void find_prefix(const struct fio_result *result,
			const struct fio_entry *entry, char *prefix)
{
	const char *name = fio_json_option(result, entry, "write_lat_log");
	const struct engine_note *note = fio_json_section(result, entry);
	char log[NAME_MAX + 1];
	struct log_name parsed;
	const char *slash;

	if (note && *note->log)
		name = note->log;
	/* The logs of a mix do not tell its operations apart. */
	if (entry->operation)
		name = entry->job;
	if (!name || !*name)
		name = fio_json_section_name(entry);
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	snprintf(log, sizeof(log), "%.*s_clat.1.log", NAME_MAX - 11, name);
	if (!log_name_fio(log, &parsed))
		name = parsed.operation;
	snprintf(prefix, NAME_MAX + 1, "%s", name);
}

static int compare_ties(const void *a, const void *b)
{
	const struct tie *l = a, *r = b;
	int order = strcmp(l->host, r->host);

	if (!order)
		order = strcmp(l->prefix, r->prefix);
	return order;
}

static bool is_same_tie(const struct tie *a, const struct tie *b)
{
	return a->path == b->path && !compare_ties(a, b);
}

static int compare_ties_and_entries(const void *a, const void *b)
{
	const struct tie *l = a, *r = b;
	int order = compare_ties(a, b);

	/* The two may come from different files. */
	if (!order)
		order = (l->path > r->path) - (l->path < r->path);
	if (!order)
		order = (l->entry[0] > r->entry[0]) -
			(l->entry[0] < r->entry[0]);
	return order;
}

/*
 * Makes ties of the entries, one for those that follow each other and are of
 * one host, prefix and file.
 */
static void tie_entries(struct fio_results *results,
			const struct inputs *inputs)
{
	const struct fio_entry **next = results->entry;
	size_t i, j;

	for (i = 0; i < results->count; i++) {
		const struct fio_result *result = &results->result[i];

		for (j = 0; j < result->entries; j++) {
			struct tie *tie = &results->tie[results->ties];
			const struct fio_entry *entry = &result->entry[j];

			tie->result = result;
			tie->path = inputs->json[i].path;
			tie->entry = next;
			tie->entries = 1;
			*next++ = entry;
			fio_json_server(entry, tie->host, sizeof(tie->host));
			if (results->how.host_suffix)
				log_name_cut_suffix(tie->host,
						    results->how.host_suffix);
			find_prefix(result, entry, tie->prefix);
			if (results->ties && is_same_tie(tie - 1, tie))
				tie[-1].entries++;
			else
				results->ties++;
		}
	}
}

/* Joins the ties of one host, prefix and file. There are `n` entries. */
static int pool_ties(struct fio_results *results, size_t n)
{
	const struct fio_entry **entry = calloc(n + 1, sizeof(*entry));
	const struct fio_entry **next = entry;
	size_t i, kept = 0;

	if (!entry)
		return -ENOMEM;
	qsort(results->tie, results->ties, sizeof(*results->tie),
	      compare_ties_and_entries);
	for (i = 0; i < results->ties; i++) {
		struct tie *tie = &results->tie[i];
		struct tie *before = kept ? &results->tie[kept - 1] : NULL;

		memcpy(next, tie->entry, tie->entries * sizeof(*next));
		tie->entry = next;
		next += tie->entries;
		if (before && is_same_tie(before, tie))
			before->entries += tie->entries;
		else
			results->tie[kept++] = *tie;
	}
	results->ties = kept;
	free(results->entry);
	results->entry = entry;
	return 0;
}

int fio_results_tie(struct fio_results *results, const struct inputs *inputs)
{
	size_t i, entries = 0;

	for (i = 0; i < results->count; i++)
		entries += results->result[i].entries;
	results->tie = calloc(entries + 1, sizeof(*results->tie));
	results->entry = calloc(entries + 1, sizeof(*results->entry));
	if (!results->tie || !results->entry)
		return -ENOMEM;
	tie_entries(results, inputs);
	return pool_ties(results, entries);
}

struct tie *fio_results_find_tie(const struct fio_results *results,
				 const char *host, const char *operation)
{
	struct tie key;

	if (!results->ties)
		return NULL;
	snprintf(key.host, sizeof(key.host), "%s", host);
	if (results->how.host_suffix)
		log_name_cut_suffix(key.host, results->how.host_suffix);
	snprintf(key.prefix, sizeof(key.prefix), "%s", operation);
	return bsearch(&key, results->tie, results->ties, sizeof(key),
		       compare_ties);
}

/* Adds a series to a tie. Its series stay in the order of their jobs. */
static int tie_series(struct tie *tie, const struct series *series)
{
	const struct series **at = array_add(&tie->series, &tie->count);

	if (!at)
		return -ENOMEM;
	for (; at > tie->series && at[-1]->fio_job > series->fio_job; at--)
		*at = at[-1];
	*at = series;
	return 0;
}

void fio_results_name_series(void *context, struct series *series)
{
	struct fio_results *results = context;
	const struct fio_entry *entry;
	struct tie *tie;

	if (series->kind == LOG_RSPTIMES || !results->ties || results->ret)
		return;
	tie = fio_results_find_tie(results, series->host, series->operation);
	if (!tie) {
		if (!results->untied++)
			results->untied_path = series->path;
		return;
	}
	entry = series->entry ? series->entry : tie->entry[0];
	snprintf(series->operation, sizeof(series->operation), "%s",
		 results->how.by_job ? entry->job
				     : fio_json_phase(tie->result, entry));
	series->place = (long)entry->number + 1;
	series->ahead_ns =
		fio_json_ahead_ns(tie->result, fio_json_section_name(entry),
				  fio_json_host(entry));
	results->ret = tie_series(tie, series);
}

bool fio_results_has_logs(const struct fio_results *results, const char *prefix)
{
	size_t i;

	for (i = 0; i < results->ties; i++) {
		if (results->tie[i].count &&
		    !strcmp(results->tie[i].prefix, prefix))
			return true;
	}
	return false;
}

int fio_results_add_entry(const struct fio_results *results,
			  const struct tie *tie, const struct fio_entry *entry,
			  struct series_list *list)
{
	const struct series_of_json *how = &results->how;
	struct job_options options;

	job_options_read(&options, tie->result, entry);
	for (int i = 0; i < FIO_DIRECTIONS; i++) {
		const struct fio_side *side = entry->side[i];
		struct series *series;

		if (!side || !side->latency[how->kind])
			continue;
		series = series_list_add(list);
		if (!series)
			return -ENOMEM;
		snprintf(series->operation, sizeof(series->operation), "%s",
			 how->by_job ? entry->job
				     : fio_json_phase(tie->result, entry));
		strcpy(series->host, tie->host);
		series->fio_job = (long)entry->number;
		series->place = series->fio_job + 1;
		series->named = list->count;
		series->grouped = options.grouped ||
				  job_options_is_group(tie->result, entry);
		series->threads = series->grouped ? options.threads : 1;
		series->direction = i;
		series->kind = how->kind;
		series->latency = side->latency[how->kind];
		series->result = tie->result;
		series->entry = entry;
	}
	return 0;
}

int fio_results_add_series(const struct fio_results *results,
			   struct series_list *list, struct notes *notes)
{
	size_t i, j, left_out = 0;
	int ret = 0;

	for (i = 0; i < results->ties && !ret; i++) {
		const struct tie *tie = &results->tie[i];

		if (tie->count)
			continue;
		/* Logs without a tie may be of this entry. */
		if (results->untied &&
		    !fio_results_has_logs(results, tie->prefix)) {
			left_out += tie->entries;
			continue;
		}
		for (j = 0; j < tie->entries && !ret; j++)
			ret = fio_results_add_entry(results, tie, tie->entry[j],
						    list);
	}
	if (left_out)
		notes_add(notes,
			  "left out, %zu entr%s of JSON beside %zu log%s that "
			  "may be of the same jobs: name sections like their "
			  "write_lat_log to have them compared",
			  left_out, left_out == 1 ? "y" : "ies",
			  results->untied, results->untied == 1 ? "" : "s");
	return ret;
}

void fio_results_free(struct fio_results *results)
{
	size_t i;

	for (i = 0; i < results->count; i++)
		fio_json_free(&results->result[i]);
	for (i = 0; i < results->ties; i++)
		free(results->tie[i].series);
	free(results->result);
	free(results->tie);
	free(results->entry);
	memset(results, 0, sizeof(*results));
}
