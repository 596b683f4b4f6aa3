/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SLOWDOWN_H
#define CORE_SLOWDOWN_H

/*
 * A known slow-down, to see whether a gate notices it (`smallfio gate
 * selftest`): before each operation a thread waits for a part of the time that
 * has passed since its last wait, so that all it does takes so much longer,
 * however long an operation takes and whatever else is done between two. It
 * does not sleep: what else would run meanwhile makes the next operation faster
 * or slower by an amount that nobody knows.
 */
#define SLOWDOWN_VARIABLE    "SMALLFIO_SLOWER_PERCENT"
#define SLOWDOWN_PERCENT_MAX 1000

/*
 * Reads the variable of the environment. 1: slow down; 0: it is not set, or
 * empty; -EINVAL for what is no number above 0 up to SLOWDOWN_PERCENT_MAX.
 */
int slowdown_read(void);

/* As it was read, after a 1. */
double slowdown_percent(void);

/*
 * Waits as long as this thread has to now, after slowdown_read() has
 * returned 1. The first call of a thread only looks at the clock.
 */
void slowdown_wait(void);

#endif
