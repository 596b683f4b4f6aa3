/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's clocks in ns. */
#ifndef SMALLFIO_NOW_H
#define SMALLFIO_NOW_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC for how long something took, CLOCK_REALTIME for since 1970.
 */
static inline int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#endif
