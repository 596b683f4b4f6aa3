/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TICKS_H
#define CORE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

/*
 * Reads the processor's counter, a clock without units. It costs a third of the
 * kernel's clock, and gives a share of a time that is known in ns. If
 * ticks_usable() says so, the counter counts at a steady pace and alike on all
 * processors.
 */
static inline uint64_t ticks_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

/*
 * Whether the kernel itself keeps its time by that counter, and so has found it
 * steady. Reads a file, so do not call it in the measured part.
 */
bool ticks_usable(void);

/*
 * A mark in time. The difference of two marks is in ticks, or in ns if the
 * counter is not usable as a clock.
 */
static inline uint64_t ticks_mark(bool usable)
{
	if (__builtin_expect(usable, 1))
		return ticks_now();
	return (uint64_t)clock_steady_ns();
}

/*
 * The length of a tick in ns, if whole_ticks took whole_ns; 0 if whole_ticks is
 * 0.
 */
static inline double ticks_length_ns(uint64_t whole_ticks, uint64_t whole_ns)
{
	return whole_ticks ? (double)whole_ns / (double)whole_ticks : 0;
}

/*
 * The time that `ticks` of whole_ticks took, in ns, with the length of a tick.
 * Never more than the whole time: a counter that is not the same on all
 * processors, and has gone back, must not make up time.
 */
static inline uint64_t ticks_share_ns(uint64_t ticks, uint64_t whole_ticks,
				      double length_ns)
{
	if (ticks > whole_ticks)
		ticks = whole_ticks;
	return (uint64_t)((double)ticks * length_ns);
}

#endif
