/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether the runs of two sides were done in turns. In the order in which
 * they ended, the first two runs must be one of each side, then the next two,
 * and so on.
 */
#ifndef SMALLFIO_INTERLEAVING_H
#define SMALLFIO_INTERLEAVING_H

#include "run/run_summary.h"

/*
 * For runs in turns, sets *order to the place in time of each run, from 0,
 * those of the baseline first. The caller frees *order. Otherwise *order is
 * NULL: also for fewer than TREND_RUNS_LEAST runs a side, and where two runs
 * ended in the same millisecond. Returns 0 or -ENOMEM.
 */
int interleaving_find(const struct run_summaries *baseline,
		      const struct run_summaries *current, size_t **order);

#endif
