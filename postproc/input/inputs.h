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

#include "util/input_error.h"
#include "fio/log_name.h"
#include "util/notes.h"
#include "input/source.h"

/* What to do: the end of each sentence about files of two runs. */
#define INPUTS_ONE_RUN_ADVICE                                                  \
	"give each run a directory of its own, or name "                       \
	"the JSON and logs of one"

struct reader;

struct input {
	char *path;
	const struct reader *reader; /* NULL: fio's JSON */
	struct log_name name;        /* of a log */
	struct log_proof proof;      /* by fio_results_prove_logs() */
	struct stat stat;            /* when it was named */
	/*
	 * A pipe stays open, for its first bytes were read. NULL: what can be
	 * opened again.
	 */
	struct source *source;
	enum packing packing;
};

/* Zeroed by its owner; freed with inputs_free(). */
struct inputs {
	struct input *input; /* logs */
	size_t count;
	struct input *json; /* fio's JSON */
	size_t json_count;
	/* Paths that only errors point to. */
	char *error_path;
	/* Logs by their names that cannot be read, and what is wrong with the
	 * first. */
	size_t useless;
	struct input_error useless_error;
	char *useless_path;
};

/*
 * Adds a file, a pipe ("-": standard input), or all files of a directory (not
 * of its subdirectories). What it is, its first bytes tell. Operation, host
 * and thread come from the name where it is one of fio's or smallfile's;
 * otherwise the operation is the name without its extension ("pipe" for a
 * pipe), the host "localhost", and the logs so named are threads 0, 1, ...
 * of their operation in the order they were added: a note says so. What a
 * directory has beside logs is left out with a note. 0 or -errno with *error
 * filled in.
 */
int inputs_add(struct inputs *inputs, const char *path, struct notes *notes,
	       struct input_error *error);

/*
 * Once all are added: drops each file that was there before, under whatever
 * name, with a note. Logs that cannot be read (packed by fio, damaged) are left
 * out with a note where fio's JSON is there, and else the error. 0 or -errno.
 */
int inputs_finish(struct inputs *inputs, struct notes *notes,
		  struct input_error *error);

/*
 * Keeps of fio's logs those of one kind: `kind`, or, with LOG_KINDS, the first
 * of clat, lat, slat, clat_hist of which any log is not empty (or that there is
 * at all). A log with samples that has none of the kept kind beside it gets a
 * note.
 */
void inputs_choose(struct inputs *inputs, enum log_kind kind,
		   struct notes *notes);

/* In bytes, as it is packed; 0 for what is no regular file. */
uint64_t inputs_size(const struct input *input);

/* It can be read in pieces: a regular file, not packed. */
bool inputs_divisible(const struct input *input);

/* Drops fio's histogram logs, with a note, where single times are needed. */
void inputs_drop_histograms(struct inputs *inputs, struct notes *notes);

/*
 * Drops all logs where fio's JSON is there and `error` says that what one of
 * them holds is of no use, with a note: averages, or damaged. False: it is
 * another error (two runs, no memory), or there is no JSON.
 */
bool inputs_drop_useless(struct inputs *inputs, const struct input_error *error,
			 struct notes *notes);

void inputs_free(struct inputs *inputs);

/* "clat", "lat", "slat", "clat_hist"; "response" for LOG_RSPTIMES,
 * "chunk" for LOG_CHUNKS. */
const char *inputs_kind_name(enum log_kind kind);

#endif
