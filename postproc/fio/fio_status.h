/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fio's results in mid-run tell (--status-interval): how many operations
 * each entry had done by then. Such a result has the same entries as the last
 * one.
 */
#ifndef SMALLFIO_FIO_STATUS_H
#define SMALLFIO_FIO_STATUS_H

#include "fio/fio_json.h"

/* The sum of some entries; the runtime is that of the slowest. */
struct fio_status_sum {
	int64_t timestamp_ms;
	uint64_t operations, runtime_ms;
};

/* Adds the result as it is to its own list of statuses. 0 or -ENOMEM. */
int fio_status_keep(struct fio_result *result);

/*
 * Must be called when the last result is there. Adds it, and drops results with
 * other entries, which are of other runs. Returns 0 or -ENOMEM.
 */
int fio_status_finish(struct fio_result *result);

/* Adds an entry of `result`, as it was in its i-th status, to *sum. */
void fio_status_add(struct fio_status_sum *sum, const struct fio_result *result,
		    size_t i, const struct fio_entry *entry);

void fio_status_free(struct fio_result *result);

#endif
