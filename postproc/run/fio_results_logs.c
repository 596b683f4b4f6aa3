// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds what fio's JSON proves of the logs beside it: whether their lines are
 * operations or averages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/job_options.h"
#include "run/fio_results.h"

/* fio's engines for metadata. Their operations move no bytes. */
static const char *const no_bytes[] = {
	"filecreate", "filestat", "filedelete",
	"dircreate",  "dirstat",  "dirdelete",
};

static bool is_averaged(const struct fio_result *result,
			const struct fio_entry *entry)
{
	const char *ms = fio_json_option(result, entry, "log_avg_msec");

	return ms && strtoul(ms, NULL, 10) > 0;
}

/*
 * Returns true if the engine moves no bytes. False in a client's run, because
 * fio does not print the options of its sections.
 */
static bool moves_no_bytes(const struct fio_result *result,
			   const struct fio_entry *entry)
{
	const char *engine = fio_json_option(result, entry, "ioengine");
	size_t i;

	for (i = 0; engine && !result->clients &&
		    i < sizeof(no_bytes) / sizeof(*no_bytes);
	     i++)
		if (!strcmp(engine, no_bytes[i]))
			return true;
	return false;
}

/*
 * Returns how many samples one of `logs` logs of a tie has, by its place among
 * them. Either each entry has a log of its own, or all entries share one. 0:
 * unknown.
 */
static uint64_t samples_of(const struct tie *tie, enum log_kind kind,
			   size_t place, size_t logs)
{
	uint64_t samples = 0;
	size_t i;

	if (logs == tie->entries)
		return fio_json_samples(tie->entry[place],
					(enum fio_latency_kind)kind);
	for (i = 0; i < tie->entries && logs == 1; i++)
		samples += fio_json_samples(tie->entry[i],
					    (enum fio_latency_kind)kind);
	return samples;
}

static bool are_of_several_sections(const struct tie *tie)
{
	for (size_t i = 1; i < tie->entries; i++)
		if (strcmp(tie->entry[i]->job, tie->entry[0]->job) != 0)
			return true;
	return false;
}

/*
 * Returns the entry of one of `logs` logs, by its place among them. The entries
 * stand in the order of their logs, and each has a log for each of its threads.
 * NULL: not known, or all are of one section.
 */
static const struct fio_entry *entry_of(const struct tie *tie, size_t place,
					size_t logs)
{
	const struct fio_entry *found = NULL;
	uint64_t before = 0;

	if (!are_of_several_sections(tie))
		return NULL;
	for (size_t i = 0; i < tie->entries; i++) {
		struct job_options asked;

		job_options_read(&asked, tie->result, tie->entry[i]);
		before += asked.grouped ? asked.threads : 1;
		if (!found && place < before)
			found = tie->entry[i];
	}
	return before == logs ? found : NULL;
}

static struct log_proof prove(const struct tie *tie, enum log_kind kind,
			      size_t place, size_t logs)
{
	struct log_proof proof = {
		.operations = true,
		.samples = samples_of(tie, kind, place, logs),
		.entry = entry_of(tie, place, logs),
	};
	size_t i;

	for (i = 0; i < tie->entries; i++) {
		const struct fio_entry *entry = tie->entry[i];

		proof.averages |= is_averaged(tie->result, entry);
		proof.operations &= moves_no_bytes(tie->result, entry);
	}
	proof.operations &= !proof.averages;
	return proof;
}

/* Orders logs by section and host, then by the job's number. */
static int compare_logs(const void *a, const void *b)
{
	return log_name_compare(&(*(struct input *const *)a)->name,
				&(*(struct input *const *)b)->name);
}

static bool of_one_section(const struct input *a, const struct input *b)
{
	return !strcmp(a->name.operation, b->name.operation) &&
	       !strcmp(a->name.host, b->name.host);
}

static void prove_all(const struct fio_results *results, struct input **log,
		      size_t n)
{
	size_t begin, end, i;

	for (begin = 0; begin < n; begin = end) {
		const struct log_name *name = &log[begin]->name;
		const struct tie *tie = fio_results_find_tie(
			results, name->host, name->operation);

		for (end = begin;
		     end < n && of_one_section(log[begin], log[end]); end++)
			;
		for (i = begin; i < end && tie; i++)
			log[i]->proof =
				prove(tie, name->kind, i - begin, end - begin);
	}
}

int fio_results_prove_logs(const struct fio_results *results,
			   struct inputs *inputs)
{
	struct input **log = calloc(inputs->count + 1, sizeof(*log));
	size_t i, n = 0;

	if (!log)
		return -ENOMEM;
	for (i = 0; i < inputs->count; i++)
		if (inputs->input[i].name.kind <= LOG_SLAT)
			log[n++] = &inputs->input[i];
	qsort(log, n, sizeof(*log), compare_logs);
	prove_all(results, log, n);
	free(log);
	return 0;
}
