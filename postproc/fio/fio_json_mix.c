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
#include "fio/fio_json_entry.h"
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

/* What all entries share, and what is made of them. */
struct entry_splitting {
	struct fio_result *result;
	bool only_server;
	/*
	 * The notes in lines, ordered by section, host and thread, and as they
	 * came. With one server the host does not count.
	 */
	const struct latency_note **note;
	size_t notes;
	/* The entries to put behind others, and how many behind each. */
	struct fio_entry *made;
	size_t count;
	size_t *behind;
};

/* Which notes are looked for. */
struct note_key {
	const char *job;
	const char *host; /* NULL: any */
	bool of_thread;   /* if not, any */
	size_t thread;
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

static int compare(const struct latency_note *note, const struct note_key *key)
{
	int order = strcmp(note->job, key->job);

	if (!order && key->host)
		order = strcmp(note->host, key->host);
	if (!order && key->of_thread)
		order = (note->thread > key->thread) -
			(note->thread < key->thread);
	return order;
}

static int compare_notes(const struct latency_note *l,
			 const struct latency_note *r, const char *host)
{
	const struct note_key key = { r->job, host, true, r->thread };
	int order = compare(l, &key);

	return order ? order : (l > r) - (l < r);
}

static int compare_of_hosts(const void *a, const void *b)
{
	const struct latency_note *l = *(const struct latency_note *const *)a;
	const struct latency_note *r = *(const struct latency_note *const *)b;

	return compare_notes(l, r, r->host);
}

static int compare_of_one(const void *a, const void *b)
{
	const struct latency_note *l = *(const struct latency_note *const *)a;
	const struct latency_note *r = *(const struct latency_note *const *)b;

	return compare_notes(l, r, NULL);
}

static int order_notes(struct entry_splitting *s)
{
	const struct latency_notes *notes = &s->result->latency;

	s->note = calloc(notes->count + 1, sizeof(*s->note));
	if (!s->note)
		return -ENOMEM;
	s->notes = notes->count;
	for (size_t i = 0; i < s->notes; i++)
		s->note[i] = &notes->note[i];
	qsort(s->note, s->notes, sizeof(*s->note),
	      s->only_server ? compare_of_one : compare_of_hosts);
	return 0;
}

/* Returns the place of the first note that is `after` the key, or not before */
static size_t find(const struct entry_splitting *s, const struct note_key *key,
		   bool after)
{
	size_t low = 0, high = s->notes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(s->note[middle], key);

		if (order < 0 || (after && !order))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a section has notes of other hosts than this one. */
static bool are_elsewhere(const struct entry_splitting *s, const char *job,
			  const char *host)
{
	const struct note_key all = { .job = job };
	const struct note_key own = { .job = job, .host = host };

	return find(s, &all, false) != find(s, &own, false) ||
	       find(s, &all, true) != find(s, &own, true);
}

/*
 * The notes that servers, or spools, have in lines of their own. A server knows
 * its host's name, and the client what was typed. A spool has one job, whatever
 * its number was.
 */
static int take_lines(struct split *split, const struct entry_splitting *s,
		      const struct fio_entry *entry)
{
	const struct note_key key = {
		.job = fio_json_section_name(entry),
		.host = s->only_server ? NULL : fio_json_host(entry),
		.of_thread = !job_options_is_group(s->result, entry) &&
			     !fio_json_kept(s->result),
		.thread = entry->thread,
	};
	size_t end = find(s, &key, true);
	int ret = 0;

	for (size_t i = find(s, &key, false); i < end && !ret; i++)
		ret = add_note(split, s->note[i]);
	split->elsewhere = key.host && are_elsewhere(s, key.job, key.host);
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

/* Makes the entries of the operations of an entry. */
static int make_parts(struct entry_splitting *s, size_t at, struct split *split)
{
	struct fio_entry *entry = &s->result->entry[at];
	int ret = 0;

	for (size_t i = 0; i < split->sums.count && !ret; i++) {
		struct fio_entry *part = array_add(&s->made, &s->count);

		if (!part)
			return -ENOMEM;
		s->behind[at]++;
		entry->conflicts += split->sums.note[i].conflicts;
		ret = make_part(part, entry, &split->sums.note[i],
				split->mixed);
	}
	return ret;
}

static int split_entry(struct entry_splitting *s, size_t at)
{
	struct fio_result *result = s->result;
	const struct fio_entry *entry = &result->entry[at];
	struct split split = { 0 };
	int ret = take_options(&split, entry);

	if (!ret && s->notes)
		ret = take_lines(&split, s, entry);
	result->unnamed_hosts |= !split.sums.count && split.elsewhere;
	if (split.damaged ||
	    (split.mixed && split.samples != fio_json_samples(entry, FIO_CLAT)))
		result->damaged_notes++;
	else if (!ret && split.sums.count)
		ret = make_parts(s, at, &split);
	latency_notes_free(&split.sums);
	return ret;
}

/* Puts the entries that were made behind those that they belong to. */
static int put_behind(struct entry_splitting *s)
{
	struct fio_result *result = s->result;
	size_t from = s->count, to = result->entries + s->count;
	struct fio_entry *all =
		reallocarray(result->entry, to + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	result->entry = all;
	for (size_t i = result->entries; i-- > 0;) {
		size_t n = s->behind[i];

		from -= n;
		to -= n + 1;
		memcpy(&all[to + 1], &s->made[from], n * sizeof(*all));
		memmove(&all[to], &all[i], sizeof(*all));
	}
	result->entries += s->count;
	s->count = 0;
	return 0;
}

int fio_json_split(struct fio_result *result)
{
	struct entry_splitting s = {
		.result = result,
		.only_server = is_only_server(result),
		.behind = calloc(result->entries + 1, sizeof(*s.behind)),
	};
	int ret = s.behind ? order_notes(&s) : -ENOMEM;

	for (size_t i = 0; i < result->entries && !ret; i++)
		ret = split_entry(&s, i);
	if (!ret && s.count)
		ret = put_behind(&s);
	for (size_t i = 0; i < s.count; i++)
		fio_json_entry_free(&s.made[i]);
	free(s.made);
	free(s.behind);
	free(s.note);
	return ret;
}
