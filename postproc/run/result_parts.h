/* SPDX-License-Identifier: GPL-2.0-only */
/* From entries and logs to phases and their threads: the inside of
 * result_build.c. */
#ifndef SMALLFIO_RESULT_PARTS_H
#define SMALLFIO_RESULT_PARTS_H

#include "run/result.h"

/*
 * Makes result->phase with its threads, each with its own figures; says in
 * result->invalid which samples are lost. 0 or -ENOMEM.
 */
int result_parts_make(struct result *result, const struct fio_result *run,
		      const struct log_times_list *logs);

/* Rates from units, bytes, records and a time; see rate.h. */
struct rates rates_over(const struct phase *phase, long double units,
			const struct part *part, long double seconds);

/*
 * Says in result->too_short which phases were over too soon for a rate, and
 * how many files would do: one sentence for all of them.
 */
int result_check_short(struct result *result);

/* Says in result->invalid that the run is what hosts kept, and what is not. */
void result_check_kept(struct result *result, const struct fio_result *run);

#endif
