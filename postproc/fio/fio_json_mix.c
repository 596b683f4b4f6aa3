// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds entries for the operations of a mix, and for the parts of operations, as
 * if each had been a job, behind the entry of the job itself. That keeps what
 * fio counted of all of them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_histogram_pack.h"
#include "fio/fio_json.h"
#include "fio/latency_note.h"
#include "fio/job_options.h"
#include "util/array.h"

/* What is known of one entry's operations. */
struct split {
	struct latency_notes sums; /* one for each operation or part */
	uint64_t samples;          /* of whole operations */
	bool mixed;                /* there are notes of whole operations */
	bool elsewhere;            /* or notes of a host by another name */
	bool damaged;
};

/*
 * Adds mean and deviation of two. The formula is of Chan, Golub, LeVeque 1979.
 */
static void add_moments(struct latency_note *to,
			const struct latency_note *from)
{
	double a = (double)to->samples, b = (double)from->samples, n = a + b;
	double apart = from->mean_ns - to->mean_ns, squares;

	squares = to->stddev_ns * to->stddev_ns * (a > 1 ? a - 1 : 0) +
		  from->stddev_ns * from->stddev_ns * (b > 1 ? b - 1 : 0) +
		  apart * apart * a * b / n;
	to->mean_ns += apart * b / n;
	to->stddev_ns = n > 1 ? sqrt(squares / (n - 1)) : 0;
}

static int add_to_sum(struct latency_note *to, const struct latency_note *from)
{
	to->bytes += from->bytes;
	to->errors += from->errors;
	to->conflicts += from->conflicts;
	if (!to->error)
		to->error = from->error;
	if (!from->samples)
		return 0;
	if (!to->samples || from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	add_moments(to, from);
	to->samples += from->samples;
	return fio_histogram_merge(&to->bins, &from->bins);
}

static int add_note(struct split *split, const struct latency_note *note)
{
	struct latency_notes *sums = &split->sums;
	struct latency_note *sum = NULL;

	for (size_t i = 0; i < sums->count && !sum; i++)
		if (latency_notes_alike(&sums->note[i], note))
			sum = &sums->note[i];
	if (!sum) {
		sum = array_add(&sums->note, &sums->count);
		if (!sum)
			return -ENOMEM;
		strcpy(sum->operation, note->operation);
		strcpy(sum->part, note->part);
		sum->reads = note->reads;
	}
	split->mixed |= !*note->part;
	split->samples += *note->part ? 0 : note->samples;
	split->damaged |= note->bins.samples != note->samples;
	return add_to_sum(sum, note) == -ENOMEM ? -ENOMEM : 0;
}

/* The notes that a local run has among the options of the entry. */
static int take_options(struct split *split, const struct fio_entry *entry)
{
	struct latency_notes own = { 0 };
	int ret = 0;

	for (size_t i = 0; i < entry->options.count && !ret; i++) {
		const struct fio_option *o = &entry->options.option[i];

		if (strncmp(o->name, LATENCY_NOTE_OPTION,
			    strlen(LATENCY_NOTE_OPTION)) != 0)
			continue;
		ret = o->value ? latency_notes_read_option(&own, o->value)
			       : -EINVAL;
		split->damaged |= ret == -EINVAL;
		if (ret == -EINVAL)
			ret = 0;
	}
	for (size_t i = 0; i < own.count && !ret; i++)
		ret = add_note(split, &own.note[i]);
	latency_notes_free(&own);
	return ret;
}

/* The place of an entry among those of its server and section. */
static size_t thread_of(const struct fio_result *result,
			const struct fio_entry *entry)
{
	size_t thread = 0;

	for (const struct fio_entry *e = result->entry; e < entry; e++)
		thread += !strcmp(e->job, entry->job) &&
			  e->port == entry->port &&
			  !strcmp(fio_json_host(e), fio_json_host(entry));
	return thread;
}

static bool is_only_server(const struct fio_result *result)
{
	const struct fio_entry *first = result->entry;

	for (size_t i = 1; i < result->entries; i++)
		if (result->entry[i].port != first->port ||
		    strcmp(fio_json_host(&result->entry[i]),
			   fio_json_host(first)) != 0)
			return false;
	return true;
}

/*
 * The notes that servers, or spools, have in lines of their own. A server knows
 * its host's name, and the client what was typed.
 */
static int take_lines(struct split *split, const struct fio_result *result,
		      const struct fio_entry *entry)
{
	bool group, only;
	size_t thread;
	int ret = 0;

	if (!result->latency.count)
		return 0;
	group = job_options_is_group(result, entry);
	only = is_only_server(result);
	thread = thread_of(result, entry);
	/* A spool has one job, whatever its number was. */
	group |= fio_json_kept(result) != NULL;
	for (size_t i = 0; i < result->latency.count && !ret; i++) {
		const struct latency_note *note = &result->latency.note[i];

		if (strcmp(note->job, fio_json_section_name(entry)) != 0)
			continue;
		if (!only && strcmp(note->host, fio_json_host(entry)) != 0) {
			split->elsewhere = true;
			continue;
		}
		if (!group && note->thread != thread)
			continue;
		ret = add_note(split, note);
	}
	return ret;
}

static struct fio_side *make_side(const struct fio_entry *mix,
				  struct latency_note *sum)
{
	struct fio_side *side = calloc(1, sizeof(*side));
	struct fio_latency *latency = calloc(1, sizeof(*latency));

	if (!side || !latency) {
		free(side);
		free(latency);
		return NULL;
	}
	side->total_ios = sum->samples;
	side->io_bytes = sum->bytes;
	/* A part has no rate. */
	for (int d = 0; d < FIO_DIRECTIONS && !*sum->part; d++)
		if (mix->side[d] && mix->side[d]->runtime_ms > side->runtime_ms)
			side->runtime_ms = mix->side[d]->runtime_ms;
	latency->samples = sum->samples;
	latency->min_ns = sum->min_ns;
	latency->max_ns = sum->max_ns;
	latency->mean_ns = sum->mean_ns;
	latency->stddev_ns = sum->stddev_ns;
	fio_histogram_extremes(&sum->bins, sum->min_ns, sum->max_ns);
	side->latency[FIO_CLAT] = latency;
	latency->has_bins = !fio_histogram_pack(&sum->bins, &latency->bins,
						&latency->bins_size);
	if (latency->has_bins)
		return side;
	free(side);
	free(latency);
	return NULL;
}

/*
 * Names the entry of an operation of a mix NAME.OPERATION, and that of a part
 * of an operation NAME.PART, or NAME.OPERATION.PART in a mix.
 */
static int name_part(struct fio_entry *part, const struct fio_entry *job,
		     const struct latency_note *sum, bool mixed)
{
	const char *dot = *sum->part ? "." : "";

	if (asprintf(&part->operation, "%s%s%s", sum->operation, dot,
		     sum->part) < 0)
		part->operation = NULL;
	if (asprintf(&part->job, "%s.%s", job->job,
		     mixed ? part->operation : sum->part) < 0)
		part->job = NULL;
	part->section_name = strdup(fio_json_section_name(job));
	part->host = job->host ? strdup(job->host) : NULL;
	return part->operation && part->job && part->section_name &&
			       (part->host || !job->host)
		       ? 0
		       : -ENOMEM;
}

/* Makes the entry of one operation. */
static int make_part(struct fio_entry *part, const struct fio_entry *mix,
		     struct latency_note *sum, bool mixed)
{
	int ret;

	*part = *mix;
	memset(&part->options, 0, sizeof(part->options));
	memset(part->side, 0, sizeof(part->side));
	part->part = *sum->part != '\0';
	ret = name_part(part, mix, sum, mixed);
	part->error = 0;
	part->total_errors = (int64_t)sum->errors;
	part->conflicts = sum->conflicts;
	part->first_error = sum->error;
	if (ret || !sum->samples)
		return ret;
	part->side[sum->reads ? FIO_READ : FIO_WRITE] = make_side(mix, sum);
	return part->side[sum->reads ? FIO_READ : FIO_WRITE] ? 0 : -ENOMEM;
}

/* Puts the entries of the operations behind that of the mix. */
static int insert(struct fio_result *result, size_t at, struct split *split)
{
	size_t count = 0, n = split->sums.count;
	struct fio_entry *all;
	int ret = 0;

	all = reallocarray(result->entry, result->entries + n + 1,
			   sizeof(*all));
	if (!all)
		return -ENOMEM;
	result->entry = all;
	memmove(&all[at + 1 + n], &all[at + 1],
		(result->entries - at - 1) * sizeof(*all));
	memset(&all[at + 1], 0, n * sizeof(*all));
	result->entries += n;
	for (size_t i = 0; i < n && !ret; i++)
		ret = make_part(&all[at + 1 + count++], &all[at],
				&split->sums.note[i], split->mixed);
	for (size_t i = 0; i < n; i++)
		all[at].conflicts += split->sums.note[i].conflicts;
	return ret;
}

static int split_entry(struct fio_result *result, size_t at)
{
	const struct fio_entry *entry = &result->entry[at];
	struct split split = { 0 };
	int ret = take_options(&split, entry);

	if (!ret)
		ret = take_lines(&split, result, entry);
	result->unnamed_hosts |= !split.sums.count && split.elsewhere;
	if (split.damaged ||
	    (split.mixed && split.samples != fio_json_samples(entry, FIO_CLAT)))
		result->damaged_notes++;
	else if (!ret && split.sums.count)
		ret = insert(result, at, &split);
	latency_notes_free(&split.sums);
	return ret;
}

int fio_json_split(struct fio_result *result)
{
	int ret = 0;

	/* From the last on, because entries are put behind each. */
	for (size_t i = result->entries; i-- > 0 && !ret;)
		ret = split_entry(result, i);
	return ret;
}
