/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles that fio itself computed and printed: all that plain
 * --output-format=json has, which lacks histograms. They are of one job, and
 * those of several cannot be put together.
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

/* All zeros is an empty list; free with fio_percentiles_free(). */
struct fio_percentiles {
	struct fio_percentile *p;
	size_t n;
};

/*
 * Adds one: `name` as fio writes it, "99.900000". 0, -ENOMEM, or -EINVAL for
 * what is no percentile.
 */
int fio_percentiles_add(struct fio_percentiles *list, const char *name,
			uint64_t ns);

/* A copy in *to, which is empty before. 0 or -ENOMEM. */
int fio_percentiles_copy(struct fio_percentiles *to,
			 const struct fio_percentiles *from);

/*
 * The value that fio printed, and the bounds of the bin of fio's that it is
 * the middle of. NaN where fio did not print this percentile.
 */
struct bounded fio_percentiles_find(const struct fio_percentiles *list,
				    uint64_t percent_e9);

void fio_percentiles_free(struct fio_percentiles *list);

#endif
