/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SLOWDOWN_H
#define CORE_SLOWDOWN_H

#include <stdint.h>

/*
 * A known slow-down, to see whether a gate notices it (`smallfio gate
 * selftest`). Before each operation a thread waits for a percentage of the time
 * that has passed since its last wait. So everything that the thread does takes
 * longer by that percentage, however long an operation takes and whatever is
 * done between two operations. The thread does not sleep. What else would run
 * meanwhile would make the next operation faster or slower by an unknown
 * amount. A wait cannot be shorter than one look at the clock, some 10 ns. If a
 * wait was too long, the next ones are shorter by the same time, which is 10 ms
 * at most.
 */
#define SLOWDOWN_VARIABLE    "SMALLFIO_SLOWER_PERCENT"
#define SLOWDOWN_PERCENT_MAX 1000

/*
 * Reads the environment variable. Returns 1 if it asks to slow down, 0 if it is
 * not set or empty, and -EINVAL if it is no number above 0 and up to
 * SLOWDOWN_PERCENT_MAX.
 */
int slowdown_read(void);

/* The percentage that was read, after slowdown_read() has returned 1. */
double slowdown_percent(void);

/*
 * Waits as long as this thread has to by now. Returns how long the call took,
 * in marks (see ticks_mark()), with its looks at the clock: they are a part of
 * the wait. Call it only after slowdown_read() has returned 1. The first call
 * of a thread only looks at the clock.
 */
uint64_t slowdown_wait(void);

/* This thread stands still between these two calls, which is no work. */
void slowdown_pause(void);
void slowdown_resume(void);

#endif
