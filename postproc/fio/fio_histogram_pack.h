/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packs a histogram into few bytes: for the history, and for the many threads
 * of a large run. These numbers are written: 1, the version of this format
 *   coarseness
 *   1 and minimum and maximum, if the extremes are known; otherwise 0
 *   number of bins
 *   for each bin: its index less that of the bin before, and its count
 * A number is written in 7-bit groups, the lowest first. 128 is added to all
 * groups but the last.
 */
#ifndef SMALLFIO_FIO_HISTOGRAM_PACK_H
#define SMALLFIO_FIO_HISTOGRAM_PACK_H

#include "fio/fio_histogram.h"

/*
 * Packs a histogram into *data, which the caller frees, and which is not larger
 * than *size bytes. Returns 0 or -ENOMEM.
 */
int fio_histogram_pack(const struct fio_histogram *bins, unsigned char **data,
		       size_t *size);

/*
 * Adds all samples of a packed histogram to `bins`, as fio_histogram_merge()
 * does. Returns 0, -ENOMEM, -EOVERFLOW, or -EINVAL for data that
 * fio_histogram_pack() does not write.
 */
int fio_histogram_unpack(struct fio_histogram *bins, const unsigned char *data,
			 size_t size);

#endif
