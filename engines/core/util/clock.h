/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The kernel's clocks in ns. */

static inline int64_t clock_read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Never set: for how long something took. */
static inline int64_t clock_steady_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

/* Since 1970: for what other hosts compare with theirs. */
static inline int64_t clock_unix_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

#endif
