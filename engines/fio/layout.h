/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

/*
 * Returns whether the structures of the fio that runs are those of the headers,
 * as far as fio can be asked: the size of a row of options, the place of each
 * option that our engines use, the size of the statistics, the defaults, the
 * state, the counters and the clocks of a job, and the times and the direction
 * of an io_u. What lies between these is taken to be in its place.
 */
bool layout_fits(void);

#endif
