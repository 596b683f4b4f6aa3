/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes latencies as smallfile does with --response-times: one file a thread,
 * rsptimes_TT_HOST_OPERATION_START.csv. A line is operation, start and latency
 * in seconds. The start counts from the thread's own start, in whole ms as in
 * fio's logs.
 */
#ifndef SMALLFIO_RUN_RSPTIMES_H
#define SMALLFIO_RUN_RSPTIMES_H

#include "run/result.h"

/*
 * Writes the files of all threads that have a log into a directory, which is
 * made. Returns 0 or -errno with *error filled in.
 */
int run_rsptimes_write(const struct result *result, const char *directory,
		       struct input_error *error);

#endif
