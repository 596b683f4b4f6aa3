/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The times at which the operations of a log ended. fio writes a time in ms for
 * each operation. Here a log has a step for each ms in which an operation
 * ended, so memory grows with the length of the run and not with the number of
 * operations.
 */
#ifndef SMALLFIO_LOG_TIMES_H
#define SMALLFIO_LOG_TIMES_H

#include <stdbool.h>

#include "input/inputs.h"
#include "input/load.h"

#define LOG_TIMES_UNIT_NS     1000000 /* fio's times are whole ms */
#define LOG_TIMES_BATCH_BYTES (256u << 20)

struct log_step {
	int64_t time_ns;
	uint64_t by_then; /* operations that ended in this ms or before */
};

struct log_times {
	const char *path; /* borrowed from the input */
	/* Host, prefix (operation) and job; borrowed from the input. */
	const struct log_name *name;
	/* Of the log's section, as struct log_proof has it; borrowed. */
	const struct fio_entry *entry;
	uint64_t samples;
	bool absolute;    /* times are since 1970, not since the job's start */
	int64_t start_ns; /* end of the first operation less its latency */
	int64_t end_ns;   /* end of the last one */
	struct activity activity;
	struct log_step *step; /* ascending; NULL without samples */
	size_t steps;
};

struct log_times_list {
	struct log_times *log; /* ordered by prefix, host and job */
	size_t count;
	/* Prefixes of logs that were left out; borrowed. NULL: none. */
	const struct notes *left_out;
};

/*
 * Reads all logs on all processors, in batches of at most LOG_TIMES_BATCH_BYTES
 * of text, or of one log. Of `options` only `progress` counts, for each batch.
 * The caller zeroes *list first, frees it in any case, and keeps the inputs as
 * long. Returns 0, or -errno with *error filled in.
 */
int log_times_read(struct log_times_list *list, const struct inputs *inputs,
		   const struct load_options *options,
		   struct input_error *error);

/* The number of operations that ended at `time_ns` or before. */
uint64_t log_times_by(const struct log_times *log, int64_t time_ns);

void log_times_free(struct log_times_list *list);

#endif
