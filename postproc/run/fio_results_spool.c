// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins the spools of hosts into one result. A spool has a file for each job
 * (keep_results= of the engine, see engines/core/util/result_spool.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/fio_results.h"

struct file {
	struct fio_result *result;
	const struct engine_note *kept;
	const char *path;
};

static int compare_files(const void *a, const void *b)
{
	const struct engine_note *l = ((const struct file *)a)->kept;
	const struct engine_note *r = ((const struct file *)b)->kept;
	int order = strverscmp(l->host, r->host);

	if (!order)
		order = strcmp(l->host, r->host);
	return order ? order
		     : (l->number > r->number) - (l->number < r->number);
}

/*
 * Sorts the files of spools. Returns 1 if there are some, or 0 if there are
 * none. Other results among them are an error, and so is a job that is there
 * twice.
 */
static int sort_files(const struct fio_results *results,
		      const struct inputs *inputs, struct file *file,
		      struct input_error *error)
{
	const char *other = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < results->count; i++) {
		const struct engine_note *note =
			fio_json_kept(&results->result[i]);

		if (note)
			file[kept++] = (struct file){ &results->result[i], note,
						      inputs->json[i].path };
		else
			other = inputs->json[i].path;
	}
	if (kept && other) {
		error->path = other;
		return input_error_set(error, INPUT_DUPLICATE, 0, 0,
				       "expected what hosts kept of a run, as "
				       "in %.300s, found another result; name "
				       "the one or the other",
				       file[0].path);
	}
	qsort(file, kept, sizeof(*file), compare_files);
	for (size_t i = 1; i < kept; i++) {
		if (compare_files(&file[i - 1], &file[i]) != 0)
			continue;
		error->path = file[i].path;
		return input_error_set(error, INPUT_DUPLICATE, 0, 0,
				       "expected each job of host %.200s once, "
				       "found what is in %.300s, too",
				       file[i].kept->host, file[i - 1].path);
	}
	return (int)(kept > 0);
}

/* Moves the entries of `from` to `to`, and copies the notes. */
static int take(struct fio_result *to, const struct fio_result *from)
{
	if (fio_json_add_notes(to, from))
		return -ENOMEM;
	for (size_t i = 0; i < from->entries; i++)
		to->entry[to->entries++] = from->entry[i];
	to->damaged_notes += from->damaged_notes;
	to->superseded += from->superseded;
	if (from->timestamp_ms > to->timestamp_ms)
		to->timestamp_ms = from->timestamp_ms;
	return 0;
}

static int join(struct fio_results *results, const struct file *file,
		struct fio_result *whole)
{
	size_t entries = 0;
	int ret = 0;

	for (size_t i = 0; i < results->count; i++)
		entries += file[i].result->entries;
	memcpy(whole->version, file[0].result->version, sizeof(whole->version));
	whole->clients = true;
	whole->entry = calloc(entries + 1, sizeof(*whole->entry));
	if (!whole->entry)
		return -ENOMEM;
	for (size_t i = 0; i < results->count && !ret; i++) {
		ret = take(whole, file[i].result);
		if (!ret)
			file[i].result->entries = 0;
	}
	if (!ret)
		ret = fio_json_number(whole);
	return ret ? ret : fio_json_mark_phases(whole);
}

static int join_all(struct fio_results *results, const struct inputs *inputs,
		    struct file *file, struct input_error *error)
{
	struct fio_result whole = { 0 };
	int ret = sort_files(results, inputs, file, error);

	if (ret <= 0)
		return ret;
	ret = join(results, file, &whole);
	for (size_t i = 0; i < results->count; i++)
		fio_json_free(&results->result[i]);
	results->result[0] = whole;
	results->count = 1;
	return ret ? input_error_no_memory(error) : 0;
}

int fio_results_join_spool(struct fio_results *results,
			   const struct inputs *inputs,
			   struct input_error *error)
{
	struct file *file = calloc(results->count + 1, sizeof(*file));
	int ret;

	if (!file)
		return input_error_no_memory(error);
	ret = join_all(results, inputs, file, error);
	free(file);
	return ret;
}
