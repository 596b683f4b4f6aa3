/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the files to read from the paths on the command line. Each file is read
 * only once. Of fio's latency logs of a job, only those of one kind are read.
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

/* The advice that ends each message about files of two runs. */
#define INPUTS_ONE_RUN_ADVICE                                                  \
	"give each run a directory of its own, or name "                       \
	"the JSON and logs of one"

struct reader;

struct input {
	char *path;
	const struct reader *reader; /* NULL: fio's JSON */
	struct log_name name;        /* only of a log */
	struct log_proof proof;      /* set by fio_results_prove_logs() */
	struct stat stat;            /* from when the input was added */
	/*
	 * A pipe stays open, because its first bytes have been read. NULL: the
	 * input can be opened again.
	 */
	struct source *source;
	enum packing packing;
};

struct useless_log {
	char *path;
	struct log_name name;
	struct input_error error;
};

/* The owner zeroes it first, and frees it with inputs_free(). */
struct inputs {
	struct input *input; /* logs */
	size_t count;
	struct input *json; /* fio's JSON */
	size_t json_count;
	/* A path that an error points to. */
	char *error_path;
	/* Files that have the name of a log but cannot be opened as one. */
	struct useless_log *useless;
	size_t useless_count;
	/* Operations whose logs were left out, because one is of no use. */
	struct notes left_out;
};

/*
 * Adds a file, a pipe ("-": standard input), or all files of a directory, but
 * not those of its subdirectories. The first bytes tell what a file is. Other
 * files of a directory are left out with a note. Returns 0, or -errno with
 * *error filled in.
 *
 * Operation, host and thread come from a name that is one of fio's or
 * smallfile's. Otherwise the operation is the name without its extension, or
 * "pipe" for a pipe, and the host is "localhost". Such logs are threads 0, 1,
 * ... of their operation, in the order in which they were added. A note says
 * so.
 */
int inputs_add(struct inputs *inputs, const char *path, struct notes *notes,
	       struct input_error *error);

/*
 * Must be called when all inputs are added. Drops each file that was added
 * twice, under whatever name, with a note. Logs that cannot be read (packed by
 * fio, damaged) are left out as by inputs_drop_useless() if fio's JSON is
 * there; otherwise they are an error. Returns 0, or -errno with *error filled
 * in.
 */
int inputs_finish(struct inputs *inputs, struct notes *notes,
		  struct input_error *error);

/*
 * Keeps only one kind of fio's logs: `kind` or, for LOG_KINDS, the first of
 * clat, lat, slat and clat_hist that has a log which is not empty. If all logs
 * are empty, keeps the first kind that is there. A log with samples gets a note
 * if no log of the kept kind stands beside it.
 */
void inputs_choose(struct inputs *inputs, enum log_kind kind,
		   struct notes *notes);

/* The bytes of an input, packed as it is; 0 if it is no regular file. */
uint64_t inputs_size(const struct input *input);

/* Whether an input can be read in chunks: a regular file that is not packed. */
bool inputs_divisible(const struct input *input);

/*
 * Drops fio's histogram logs, with a note. For commands that need the times of
 * single operations.
 */
void inputs_drop_histograms(struct inputs *inputs, struct notes *notes);

/*
 * Drops logs, with a note, if fio's JSON is there and `error` says that a log
 * is of no use: it holds averages, or is damaged. All logs of its operation go,
 * because statistics that lack a thread are wrong, and so do other logs that
 * fio's JSON calls averages. If a log came from a pipe, which cannot be read
 * again, all logs go. False: it is another error (two runs, no memory), or
 * there is no JSON.
 */
bool inputs_drop_useless(struct inputs *inputs, const struct input_error *error,
			 struct notes *notes);

void inputs_free(struct inputs *inputs);

/*
 * The name of a kind of log: "clat", "lat", "slat", "clat_hist", "response" for
 * LOG_RSPTIMES, and "chunk" for LOG_CHUNKS.
 */
const char *inputs_kind_name(enum log_kind kind);

#endif
