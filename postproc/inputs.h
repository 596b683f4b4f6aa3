/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the paths on the command line to the logs to read, each once, and of
 * fio's three latency logs of a job only one.
 */
#ifndef SMALLFIO_INPUTS_H
#define SMALLFIO_INPUTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "input_error.h"
#include "log_name.h"
#include "notes.h"

struct reader;

struct input {
	char *path;
	const struct reader *reader;
	struct log_name name;
	struct stat stat; /* when it was named */
};

/* Zeroed by its owner; freed with inputs_free(). */
struct inputs {
	struct input *input;
	size_t count;
	/* Paths that only errors point to. */
	char *error_path;
};

/*
 * Adds a log, or all logs of a directory (not of its subdirectories); what a
 * directory has beside logs is left out with a note. 0 or -errno with *error
 * filled in.
 */
int inputs_add(struct inputs *inputs, const char *path, struct notes *notes,
	       struct input_error *error);

/*
 * Once all are added: drops each file that was there before, under whatever
 * name, with a note. 0 or -ENOMEM.
 */
int inputs_drop_same(struct inputs *inputs, struct notes *notes,
		     struct input_error *error);

/*
 * Keeps of fio's logs those of one kind: `kind`, or, with LOG_KINDS, the first
 * of clat, lat, slat of which any log is not empty (or that there is at all).
 * A log with samples that has none of the kept kind beside it gets a note.
 */
void inputs_choose(struct inputs *inputs, enum log_kind kind,
		   struct notes *notes);

/* In bytes; 0 for what is no regular file. */
uint64_t inputs_size(const struct input *input);

void inputs_free(struct inputs *inputs);

/* "clat", "lat", "slat"; "response" for LOG_RSPTIMES. */
const char *inputs_kind_name(enum log_kind kind);

#endif
