/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram as few bytes, for the history:
 *   1, coarseness, 1 or 0 for known extremes [, minimum, maximum], bins,
 *   then for each bin: index less that of the bin before, count
 * all in 7-bit groups, the lowest first, with 128 added to all but the last.
 */
#ifndef SMALLFIO_BINS_PACK_H
#define SMALLFIO_BINS_PACK_H

#include "fio/bins.h"

/* *data is to be freed. 0 or -ENOMEM. */
int bins_pack(const struct bins *bins, unsigned char **data, size_t *size);

/*
 * `bins` is zeroed by its owner, who frees it in any case. 0, -ENOMEM, or
 * -EINVAL for what bins_pack() would not write.
 */
int bins_unpack(struct bins *bins, const unsigned char *data, size_t size);

#endif
