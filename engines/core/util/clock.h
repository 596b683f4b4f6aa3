/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Reads the kernel's clocks, in ns. */

static inline int64_t clock_read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A clock that is never set. It measures how long something takes. */
static inline int64_t clock_steady_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

/* The time since 1970. Other hosts compare it with theirs. */
static inline int64_t clock_unix_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

#endif
