/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HELDCLOCK_H
#define HELDCLOCK_H

#include "fio.h"

/*
 * fio's clock, held at one moment. fio looks at its clock for each io_u it
 * makes, whether the job has a rate or not; while it makes those of a burst
 * nothing happens, so one look does for all. By the same means as gtod_cpu=:
 * fio_gettime() tells the time that fio_ts points at.
 *
 * Nothing may wait for the time to pass while it is held: only for jobs that
 * are not paced, and only until the burst is done.
 */
struct heldclock {
	struct fio_ts held;
	bool usable; /* fio_ts is this job's own: of a process */
};

/* One that somebody else keeps, gtod_cpu='s, is left alone. */
static inline void heldclock_hold(struct heldclock *c,
				  const struct timespec *at)
{
	if (!c->usable || fio_ts)
		return;
	c->held.ts = *at;
	fio_ts = &c->held;
}

static inline void heldclock_release(const struct heldclock *c)
{
	if (fio_ts == &c->held)
		fio_ts = NULL;
}

#endif
