/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which runs of a history the current runs are compared with: those that are
 * alike, came to their end, and ended before the first current run did. Runs
 * before the latest change point (changepoint.h) of what is compared belong to
 * another level, and are left out. A baseline across two levels would lie
 * between them, where no run is. The change point is found in more runs than
 * are taken: in as many as `smallfio history` shows, so that both find the
 * same.
 */
#ifndef SMALLFIO_BASELINE_H
#define SMALLFIO_BASELINE_H

#include "history/store.h"
#include "run/metrics.h"

/*
 * Adds the latest filter->last runs of that kind, 1 or more, to `baseline`, the
 * oldest first. `current` has one run or more. The caller sets `last`, `label`
 * and `like` of the filter. Notes say which runs were left out, and which
 * labels there are if no label was asked for. Returns 0 or -errno, with *error
 * filled in.
 */
int baseline_select(struct store *store, struct store_filter filter,
		    const struct run_summaries *current,
		    const struct metric *metrics, size_t count,
		    struct run_summaries *baseline, struct notes *notes,
		    struct input_error *error);

/*
 * Of runs in the order of time, leaves the latest `last`, and of these those of
 * the latest level of any metric and operation. A note says which level is
 * shorter than `last`. Returns as baseline_select() does.
 */
int baseline_keep_level(struct run_summaries *runs, size_t last,
			const struct metric *metrics, size_t count,
			struct notes *notes, struct input_error *error);

#endif
