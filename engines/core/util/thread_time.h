/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_THREAD_TIME_H
#define CORE_THREAD_TIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long a thread has run, and how long it could have run and waited for a
 * processor: /proc/thread-self/schedstat, which the kernel's
 * Documentation/scheduler/sched-stats.rst describes. It is all zeroes if the
 * kernel does not count. The functions then return false.
 */
struct thread_time {
	uint64_t ran_ns, waited_ns;
};

bool thread_time_parse(const char *text, struct thread_time *time);
bool thread_time_read(struct thread_time *time); /* of this thread */

#endif
