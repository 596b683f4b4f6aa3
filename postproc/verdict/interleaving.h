/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Were runs of two sides done in turns? They were if, in the order in which
 * they ended, the first two are one of each side, the next two, and so on.
 */
#ifndef SMALLFIO_INTERLEAVING_H
#define SMALLFIO_INTERLEAVING_H

#include "run/run_summary.h"

/*
 * For runs in turns *order, which the caller frees, has the number of each run
 * among all, of the baseline first; else it is NULL. Runs of which two ended in
 * the same millisecond, and fewer than TREND_RUNS_LEAST a side, are not. 0 or
 * -ENOMEM.
 */
int interleaving_find(const struct run_summaries *baseline,
		      const struct run_summaries *current, size_t **order);

#endif
