/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the latencies of a mix by operation, and those of parts of operations
 * (phases=1), which engines/fio/op_latency.c
 * prints: as lines beside fio's JSON, or as "job options" of a local run.
 */
#ifndef SMALLFIO_LATENCY_NOTE_H
#define SMALLFIO_LATENCY_NOTE_H

#include <stdbool.h>

#include "fio/fio_histogram.h"
#include "fio/note_field.h"

/* An option of such a name and a number has one of these notes. */
#define LATENCY_NOTE_OPTION "fio-smallfile latency "

/* What one thread did of one operation, or of one part of it. */
struct latency_note {
	char job[NOTE_FIELD_MAX]; /* name of the section */
	char host[NOTE_FIELD_MAX];
	char operation[NOTE_FIELD_MAX];
	char part[NOTE_FIELD_MAX]; /* of that operation; "": all of it */
	uint64_t thread; /* among those of its host and section, from 0 */
	bool reads;
	uint64_t samples, bytes, errors;
	uint64_t conflicts; /* with other threads; none of the others */
	int64_t error;      /* errno of the first; 0: none */
	uint64_t min_ns, max_ns;
	double mean_ns, stddev_ns;
	struct fio_histogram bins;
};

/* The owner zeroes it first. */
struct latency_notes {
	struct latency_note *note;
	size_t count;
};

/*
 * Reads a line, without its end. Returns 0, -ENOENT for a line that is no such
 * note, -EINVAL for a damaged one, or -ENOMEM.
 */
int latency_notes_read(struct latency_notes *notes, const char *line,
		       size_t length);

/* Reads the value of an option. Returns the same. */
int latency_notes_read_option(struct latency_notes *notes, const char *value);

/* Whether two notes are about the same operation, and the same part of it. */
bool latency_notes_alike(const struct latency_note *a,
			 const struct latency_note *b);

void latency_notes_free(struct latency_notes *notes);

#endif
