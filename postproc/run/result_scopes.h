/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes phases and their threads from entries and logs, for result_build.c.
 */
#ifndef SMALLFIO_RESULT_SCOPES_H
#define SMALLFIO_RESULT_SCOPES_H

#include "run/result.h"

/*
 * Makes result->phase with its threads, each with its own figures. Adds
 * sentences to result->invalid where samples are lost. Returns 0 or -ENOMEM.
 */
int result_scopes_make(struct result *result, const struct fio_results *read,
		       const struct log_times_list *logs);

/* Computes rates from units, bytes, records and a time; see rate.h. */
struct rates rates_over(const struct phase *phase, long double units,
			const struct scope *scope, long double seconds);

/*
 * Adds one sentence to result->too_short: which phases ended too soon for a
 * rate, and how many files would be enough.
 */
void result_check_short(struct result *result);

/*
 * Adds a sentence to result->invalid if the run comes from the spools of hosts,
 * with what is missing there.
 */
void result_check_kept(struct result *result, const struct fio_result *run);

/*
 * Adds a sentence to result->invalid for each host of a client's run, or of
 * spools, that has more or fewer threads than the job file asked for.
 */
void result_check_threads(struct result *result, const struct fio_result *run);

/*
 * Adds a sentence to result->invalid for each thread whose result is of another
 * run than others.
 */
void result_check_run(struct result *result);

/* Marks each phase as invalid, for a fault of the whole run. */
void result_mark_all(struct result *result);

/*
 * Adds a sentence to result->invalid for each host that was expected and has no
 * results, and for each that has results and was not expected. Returns 0 or
 * -ENOMEM.
 */
int result_check_hosts(struct result *result, const struct fio_result *run,
		       const struct host_list *hosts);

#endif
