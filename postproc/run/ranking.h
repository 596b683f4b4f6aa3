/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranks the threads and hosts of an operation: which of them are slow. */
#ifndef SMALLFIO_RANKING_H
#define SMALLFIO_RANKING_H

#include "run/stats_report.h"

/*
 * Fills in fairness, slowness and outliers in operation->whole.row[] and in
 * *operation. `series` are those of the operation, in the order of the rows
 * of threads. Returns 0 or -ENOMEM.
 */
int ranking_build(struct operation_stats *operation,
		  const struct series *const *series,
		  const struct percentiles *percentiles);

#endif
