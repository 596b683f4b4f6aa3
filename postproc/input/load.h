/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads all logs on all processors, and sorts their samples into sample sets.
 */
#ifndef SMALLFIO_LOAD_H
#define SMALLFIO_LOAD_H

#include "input/inputs.h"
#include "stats/interval_split.h"
#include "stats/series.h"

struct load_options {
	const char *host_suffix; /* cut off the end of hosts; NULL: nothing */
	/* Length of intervals, or INTERVAL_SPLIT_FIT; 0: no intervals. */
	int64_t interval_ns;
	/*
	 * If not NULL, called for each series before threads are numbered. The
	 * series has the operation of its log's name, and the function may set
	 * another one.
	 */
	void (*name)(void *context, struct series *series);
	void *name_context;
	/*
	 * If not NULL, called now and then while logs are read. Both numbers
	 * are bytes. `total` does not include pipes.
	 */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/*
 * Fills *list with series, ordered by operation, host and thread. The caller
 * zeroes *list first, and frees it in any case. fio's jobs are numbered as
 * threads 0, 1, ... of their operation and host. An operation in more than one
 * direction becomes NAME:read, NAME:write, NAME:trim, so that operations are
 * never mixed.
 *
 * Two logs of the same operation, host and thread are an error
 * (INPUT_DUPLICATE): they are of two runs, or of two servers that wrote under
 * one name, and their sum would mean nothing. Returns 0 or -errno. Of several
 * errors, that of the first input is returned.
 */
int load(const struct inputs *inputs, const struct load_options *options,
	 struct series_list *list, struct input_error *error);

/*
 * Only reads the logs. The series are in the order of the inputs, with samples
 * and times in timed[], and threads are not numbered. Of the options only
 * `progress` counts. Returns 0 or -errno.
 */
int load_timed(const struct inputs *inputs, const struct load_options *options,
	       struct series_list *list, struct input_error *error);

#endif
