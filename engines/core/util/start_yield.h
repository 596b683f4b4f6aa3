/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_START_YIELD_H
#define CORE_START_YIELD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * If many more threads than processors start at once, the scheduler gives each
 * a time slice of some ms, one after the other. The last thread then begins
 * long after the first, when some of the others have ended. So a thread stands
 * aside after its first operation, until the others can have done theirs.
 *
 * sched_yield() alone is not enough. Where each session is a group for the
 * scheduler (autogroup), a process yields only to its own group.
 */

/*
 * The processor time that a thread takes from its start to the end of its first
 * operation. The value is generous: 0.1 to 0.2 ms were measured, most of it for
 * page faults.
 */
#define START_YIELD_TURN_NS  250000
#define START_YIELD_PAUSE_NS 200000000 /* the longest pause */

/*
 * Reads from the text of /proc/loadavg how many threads of the machine run, or
 * would run if they had a processor. Returns 0 if the text does not say.
 */
unsigned int start_yield_parse(const char *loadavg);

/* How long `running` threads take for a turn each; 0 if they need not wait. */
int64_t start_yield_pause_ns(unsigned int running, unsigned int processors);

/*
 * Stands aside for as long as the threads that run now take for a turn each.
 * Only yields where they need not wait.
 */
void start_yield(void);

#endif
