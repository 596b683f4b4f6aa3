/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads all logs on all processors, and sorts what they hold into runs. */
#ifndef SMALLFIO_LOAD_H
#define SMALLFIO_LOAD_H

#include "input/inputs.h"
#include "stats/series.h"

struct load_options {
	const char *host_suffix; /* cut off host names; NULL: none */
	int64_t interval_ns;     /* 0: time is not cut */
	/*
	 * If not NULL, called for each log's series, whose operation is as in
	 * log_name.h, before any is numbered: it may get another operation.
	 */
	void (*name)(void *context, struct series *series);
	void *name_context;
	/*
	 * If not NULL, called now and then while logs are read. Both in bytes;
	 * total does not know what comes out of a pipe.
	 */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/*
 * Fills *list (zeroed by the caller, who frees it in any case), ordered by
 * operation, host and thread. fio's jobs are numbered as threads 0, 1, ... of
 * their operation and host. An operation that a fio job did in more than one
 * direction becomes NAME:read, NAME:write, NAME:trim: operations are never
 * mixed.
 *
 * Two logs of the same operation, host and thread are an error
 * (INPUT_DUPLICATE): they are two runs, or two servers that wrote under one
 * name, and their sum would be neither. Of several errors the one in the first
 * input is returned. 0 or -errno.
 */
int load(const struct inputs *inputs, const struct load_options *options,
	 struct series_list *list, struct input_error *error);

/*
 * Only reads: the series of each log one after another in the order of the
 * inputs, their samples with times in timed[], the threads not numbered.
 * Of the options only progress is heeded. 0 or -errno.
 */
int load_timed(const struct inputs *inputs, const struct load_options *options,
	       struct series_list *list, struct input_error *error);

#endif
