/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_START_YIELD_H
#define CORE_START_YIELD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where many more threads than processors start at once, the scheduler gives
 * each a time slice of some ms, one after the other: by its turn the last one
 * begins long after the first, and some of the others have ended. So a thread
 * stands aside after its first operation, until the others can have had theirs.
 *
 * To yield is not enough: where each session is a group for the scheduler
 * (autogroup), a process yields to nobody but itself.
 */

/*
 * What a thread takes of a processor from the start to the end of its first
 * operation, generously: 0.1 to 0.2 ms were measured, most of them page faults.
 */
#define START_YIELD_TURN_NS  250000
#define START_YIELD_PAUSE_NS 200000000 /* never longer */

/*
 * From the text of /proc/loadavg: how many threads of the machine run or
 * would, were there a processor. 0 where it does not say.
 */
unsigned int start_yield_parse(const char *loadavg);

/* How long so many take for a turn each; 0 where they need not wait. */
int64_t start_yield_pause_ns(unsigned int running, unsigned int processors);

/* Stands aside as long as that now; at once where there is no crowd. */
void start_yield(void);

#endif
