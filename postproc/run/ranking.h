/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is slow, from the rows of an operation. */
#ifndef SMALLFIO_RANKING_H
#define SMALLFIO_RANKING_H

#include "run/stats_report.h"

/*
 * Fills in what operation->whole.row[] and *operation say of fairness,
 * slowness and outliers. `leaf` are those of the operation, in the order of the
 * rows of threads. 0 or -ENOMEM.
 */
int ranking_build(struct operation_stats *operation,
		  const struct stat_source *leaf,
		  const struct percentiles *percentiles);

#endif
