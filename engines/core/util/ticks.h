/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TICKS_H
#define CORE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

/*
 * The processor's counter: a clock without units that costs a third of what
 * the kernel's does, for a share of a time that is known in ns. It counts at a
 * steady pace, and alike on all processors, where ticks_usable() says so.
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
 * Whether the kernel itself keeps its time by that counter, so has found it to
 * be steady. Reads a file: not for the measured part.
 */
bool ticks_usable(void);

/*
 * A mark in time: two of them are that many ticks apart, or ns where the
 * counter is not usable as a clock.
 */
static inline uint64_t ticks_mark(bool usable)
{
	if (__builtin_expect(usable, 1))
		return ticks_now();
	return (uint64_t)clock_steady_ns();
}

/* How long a tick was, in ns, where whole_ticks took whole_ns; 0 if none. */
static inline double ticks_length_ns(uint64_t whole_ticks, uint64_t whole_ns)
{
	return whole_ticks ? (double)whole_ns / (double)whole_ticks : 0;
}

/*
 * The share of that time which `ticks` of whole_ticks are, in ns. Never more
 * than the whole: a counter that is not the same everywhere, and has gone back,
 * must not make up time.
 */
static inline uint64_t ticks_share_ns(uint64_t ticks, uint64_t whole_ticks,
				      double length_ns)
{
	if (ticks > whole_ticks)
		ticks = whole_ticks;
	return (uint64_t)((double)ticks * length_ns);
}

#endif
