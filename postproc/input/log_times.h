/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the operations of a log ended: fio writes one time in ms for each. A
 * log becomes one step for each ms in which something ended, so memory grows
 * with the run's length and not with its operations.
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
	uint64_t by_then; /* operations ended up to and in this ms */
};

struct log_times {
	const char *path; /* borrowed from the input */
	const char *host;
	const char *prefix; /* write_lat_log=, see log_name.h */
	long fio_job;       /* or LOG_FIO_JOB_UNKNOWN: several jobs in one */
	uint64_t samples;
	bool absolute;    /* times are since 1970; else since the job began */
	int64_t start_ns; /* end of the first operation less its latency */
	int64_t end_ns;   /* end of the last one */
	struct log_step *step; /* ascending; NULL for no samples */
	size_t steps;
};

struct log_times_list {
	struct log_times *log; /* by prefix, host and job */
	size_t count;
};

/*
 * Reads all logs on all processors, so many at a time that their samples take
 * no more than LOG_TIMES_BATCH_BYTES of text (but always one). `list` is zeroed
 * by the caller, who frees it in any case and keeps the inputs as long. 0 or
 * -errno with *error filled in. Of `options` only progress is heeded, for each
 * such batch.
 */
int log_times_read(struct log_times_list *list, const struct inputs *inputs,
		   const struct load_options *options,
		   struct input_error *error);

/* Operations that ended up to `time_ns`. */
uint64_t log_times_by(const struct log_times *log, int64_t time_ns);

void log_times_free(struct log_times_list *list);

#endif
