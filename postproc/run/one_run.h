/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of two runs where one was expected: what every command says of them. */
#ifndef SMALLFIO_ONE_RUN_H
#define SMALLFIO_ONE_RUN_H

#include "run/fio_results.h"
#include "util/input_error.h"
#include "input/inputs.h"

/*
 * Fills in *error: of `found` results of fio, the paths of the first two.
 * Returns the -errno.
 */
int one_run_fail(struct input_error *error, size_t found, const char *first,
		 const char *second);

/*
 * No operation of a host is in two of the results, or it would be mixed from
 * two runs. results->how.by_job: no job. 0 or -errno with *error filled in.
 */
int one_run_check(const struct fio_results *results,
		  const struct inputs *inputs, struct input_error *error);

#endif
