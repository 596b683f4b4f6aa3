// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/latency_note.h"
#include "util/array.h"
#include "util/number.h"

#define LATENCY " latency: "
#define BINS    " bins: "

/*
 * Reads the part, if there is one right behind the operation. The name of a
 * section may have " part=" in it, too.
 */
static int read_part(struct latency_note *note, const char *line)
{
	const char *behind =
		note_field_find(line, "operation") + strlen(note->operation);

	if (strncmp(behind, " part=", strlen(" part=")) != 0)
		return 0;
	return note_field_text(behind, "part", " ", note->part) || !*note->part
		       ? -EINVAL
		       : 0;
}

/* Whose latencies a note is about. */
static int read_names(struct latency_note *note, const char *line)
{
	if (note_field_text(line, "host", " ", note->host) ||
	    note_field_count(line, "thread", &note->thread) ||
	    note_field_text(line, "operation", " ", note->operation) ||
	    note->thread == NOTE_FIELD_UNKNOWN || !*note->operation ||
	    read_part(note, line))
		return -EINVAL;
	return note_field_text(line, "job", NULL, note->job);
}

static int read_latency(struct latency_notes *notes, const char *line)
{
	struct latency_note note = { 0 }, *added;
	uint64_t reads;

	if (read_names(&note, line) ||
	    note_field_count(line, "reads", &reads) ||
	    note_field_count(line, "samples", &note.samples) ||
	    note_field_count(line, "bytes", &note.bytes) ||
	    note_field_count(line, "errors", &note.errors) ||
	    note_field_integer(line, "error", &note.error) ||
	    note_field_count(line, "min", &note.min_ns) ||
	    note_field_count(line, "max", &note.max_ns) ||
	    note_field_real(line, "mean", &note.mean_ns) ||
	    note_field_real(line, "stddev", &note.stddev_ns) || reads > 1 ||
	    note.samples == NOTE_FIELD_UNKNOWN ||
	    note.bytes == NOTE_FIELD_UNKNOWN ||
	    note.errors == NOTE_FIELD_UNKNOWN ||
	    note.max_ns == NOTE_FIELD_UNKNOWN || note.min_ns > note.max_ns)
		return -EINVAL;
	/* Version 0.2 has none. */
	if (note_field_find(line, "conflicts") &&
	    (note_field_count(line, "conflicts", &note.conflicts) ||
	     note.conflicts == NOTE_FIELD_UNKNOWN))
		return -EINVAL;
	note.reads = reads;
	added = array_add(&notes->note, &notes->count);
	if (!added)
		return -ENOMEM;
	*added = note;
	return 0;
}

bool latency_notes_alike(const struct latency_note *a,
			 const struct latency_note *b)
{
	return !strcmp(a->operation, b->operation) && !strcmp(a->part, b->part);
}

/* Finds the note that bins belong to. It is one of the last. */
static struct latency_note *find(struct latency_notes *notes,
				 const struct latency_note *names)
{
	for (size_t i = notes->count; i-- > 0;) {
		struct latency_note *note = &notes->note[i];

		if (note->thread == names->thread &&
		    latency_notes_alike(note, names) &&
		    !strcmp(note->job, names->job) &&
		    !strcmp(note->host, names->host))
			return note;
	}
	return NULL;
}

/* Reads "12:3,14:1", which ends with a blank. */
static int read_bins(struct latency_notes *notes, const char *line)
{
	struct latency_note names = { 0 }, *note;
	const char *p = note_field_find(line, "bins");

	if (!p || read_names(&names, line))
		return -EINVAL;
	note = find(notes, &names);
	for (; note; p++) {
		uint64_t index, count;
		int ret;

		if (number_u63(&p, &index) || *p++ != ':' ||
		    number_u63(&p, &count) || index >= FIO_HISTOGRAM_BINS)
			return -EINVAL;
		ret = fio_histogram_add(&note->bins, (uint32_t)index, count);
		if (ret)
			return ret == -ENOMEM ? ret : -EINVAL;
		if (*p == ' ')
			return 0;
		if (*p != ',')
			return -EINVAL;
	}
	return -EINVAL;
}

static int read_said(struct latency_notes *notes, const char *said)
{
	/* The blank at the end of each word stays: fields begin with one. */
	if (!strncmp(said, LATENCY, strlen(LATENCY)))
		return read_latency(notes, said + strlen(LATENCY) - 1);
	if (!strncmp(said, BINS, strlen(BINS)))
		return read_bins(notes, said + strlen(BINS) - 1);
	return -ENOENT;
}

int latency_notes_read(struct latency_notes *notes, const char *line,
		       size_t length)
{
	char copy[NOTE_FIELD_LINE_MAX];
	const char *said = note_field_said(copy, line, length);

	return said ? read_said(notes, said) : -ENOENT;
}

int latency_notes_read_option(struct latency_notes *notes, const char *value)
{
	char line[NOTE_FIELD_LINE_MAX];
	int ret;

	if (snprintf(line, sizeof(line), " %s", value) >= (int)sizeof(line))
		return -EINVAL;
	ret = read_said(notes, line);
	return ret == -ENOENT ? -EINVAL : ret;
}

void latency_notes_free(struct latency_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		fio_histogram_free(&notes->note[i].bins);
	free(notes->note);
	memset(notes, 0, sizeof(*notes));
}
