/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

/*
 * Returns whether the structures of the fio that runs are those of the headers,
 * as far as fio can be asked: the size of a row of options, the place of each
 * option that our engines use, the defaults, the state, the statistics, the
 * counters and the clocks of a job, and the times and the direction of an io_u.
 * What lies between these is taken to be in its place. A larger structure in a
 * job is noticed, because it moves the counters, which come last.
 */
bool layout_fits(void);

#endif
