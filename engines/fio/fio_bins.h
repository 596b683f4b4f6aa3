/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FIO_BINS_H
#define FIO_BINS_H

#include "fio.h"

/*
 * Returns the middle of bin i of fio's histograms (stat.h), by which fio names
 * the bin. Values below 2 * FIO_IO_U_PLAT_VAL have a bin each. Above, each
 * power of two is cut into FIO_IO_U_PLAT_VAL bins.
 */
static inline uint64_t fio_bin_ns(unsigned int i)
{
	unsigned int shift;

	if (i < FIO_IO_U_PLAT_VAL << 1)
		return i;
	shift = (i >> FIO_IO_U_PLAT_BITS) - 1;
	return ((uint64_t)1 << (shift + FIO_IO_U_PLAT_BITS)) +
	       ((uint64_t)(i % FIO_IO_U_PLAT_VAL) << shift) +
	       (((uint64_t)1 << shift) >> 1);
}

#endif
