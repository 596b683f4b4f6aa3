/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram as few bytes, for the history:
 *   1, coarseness, 1 or 0 for known extremes [, minimum, maximum], bins,
 *   then for each bin: index less that of the bin before, count
 * all in 7-bit groups, the lowest first, with 128 added to all but the last.
 */
#ifndef SMALLFIO_FIO_HISTOGRAM_PACK_H
#define SMALLFIO_FIO_HISTOGRAM_PACK_H

#include "fio/fio_histogram.h"

/* *data is to be freed. 0 or -ENOMEM. */
int fio_histogram_pack(const struct fio_histogram *bins, unsigned char **data,
		       size_t *size);

/*
 * `bins` is zeroed by its owner, who frees it in any case. 0, -ENOMEM, or
 * -EINVAL for what fio_histogram_pack() would not write.
 */
int fio_histogram_unpack(struct fio_histogram *bins, const unsigned char *data,
			 size_t size);

#endif
