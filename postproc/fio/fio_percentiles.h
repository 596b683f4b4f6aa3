/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles that fio itself computed and printed. Plain --output-format=json
 * has nothing else, because it lacks histograms. They are of one job, and the
 * percentiles of several jobs cannot be put together.
 */
#ifndef SMALLFIO_FIO_PERCENTILES_H
#define SMALLFIO_FIO_PERCENTILES_H

#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"

struct fio_percentile {
	uint64_t e9; /* 10^9 times the percentile */
	uint64_t ns;
};

/* All zeros is an empty list. The owner frees it with fio_percentiles_free().
 */
struct fio_percentiles {
	struct fio_percentile *p;
	size_t n;
};

/*
 * Adds a percentile, whose name is as fio writes it: "99.900000". Returns 0,
 * -ENOMEM, or -EINVAL for a name that is no percentile.
 */
int fio_percentiles_add(struct fio_percentiles *list, const char *name,
			uint64_t ns);

/* Copies a list to *to, which must be empty. Returns 0 or -ENOMEM. */
int fio_percentiles_copy(struct fio_percentiles *to,
			 const struct fio_percentiles *from);

/*
 * The value that fio printed, which is the middle of one of fio's bins, with
 * the bounds of that bin. NaN where fio did not print this percentile.
 */
struct bounded fio_percentiles_find(const struct fio_percentiles *list,
				    uint64_t percent_e9);

void fio_percentiles_free(struct fio_percentiles *list);

#endif
