/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranks the threads and hosts of an operation: which of them are slow. */
#ifndef SMALLFIO_RANKING_H
#define SMALLFIO_RANKING_H

#include "run/stats_report.h"

/*
 * Fills in fairness, slowness and outliers in operation->whole.row[] and in
 * *operation. `leaf` are the operation's stat sources, in the order of the rows
 * of threads. Returns 0 or -ENOMEM.
 */
int ranking_build(struct operation_stats *operation,
		  const struct stat_source *leaf,
		  const struct percentiles *percentiles);

#endif
