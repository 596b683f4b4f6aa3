/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hosts kept of a run by themselves, a file for each job (keep_results= of
 * the engine, engines/core/util/result_spool.h), is one result.
 */
#ifndef SMALLFIO_SPOOL_JOIN_H
#define SMALLFIO_SPOOL_JOIN_H

#include "run/fio_results.h"

/*
 * Makes one result of them, in the order of hosts and their jobs. Does nothing
 * where none of the files is such a one. Some of both are an error, as are two
 * of one job. 0 or -errno with *error filled in.
 */
int spool_join(struct fio_results *results, const struct inputs *inputs,
	       struct input_error *error);

#endif
