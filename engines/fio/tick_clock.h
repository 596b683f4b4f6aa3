/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TICK_CLOCK_H
#define TICK_CLOCK_H

#include "fio.h"

#include "util/ticks.h"

/*
 * How long a mark of the core is by fio's clock. It is measured from the moment
 * at which the job was made ready, so that the time of a look at either clock
 * does not matter.
 */
struct tick_clock {
	bool ticks; /* marks are the counter's; otherwise ns */
	struct timespec begin;
	uint64_t first; /* the mark at `begin` */
	double mark_ns;
};

static inline void tick_clock_init(struct tick_clock *c, bool ticks)
{
	c->ticks = ticks;
	c->mark_ns = 1;
	c->first = ticks_mark(ticks);
	fio_gettime(&c->begin, NULL);
}

/* Sets the length of a mark: `now` is the present time by fio's clock. */
static inline void tick_clock_set(struct tick_clock *c,
				  const struct timespec *now)
{
	uint64_t ns = ntime_since(&c->begin, now);
	double length = ticks_length_ns(ticks_mark(c->ticks) - c->first, ns);

	if (c->ticks && length > 0)
		c->mark_ns = length;
}

static inline uint64_t tick_clock_ns(const struct tick_clock *c, uint64_t marks)
{
	return (uint64_t)((double)marks * c->mark_ns);
}

#endif
