/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a phase kept the rate that rate_iops= or rate= asked for.
 *
 * In t seconds, n threads at the rate r begin n r t units. If at the end fewer
 * are done, the system did not keep up, and the rest has not begun. One percent
 * less passes, because fio's times are whole ms. So do a unit a thread, which
 * may be in flight, and three times the spread of a random schedule
 * (rate_process=poisson), which is the root of n r t.
 */
#ifndef SMALLFIO_PACE_H
#define SMALLFIO_PACE_H

#include "run/result.h"

struct pace {
	long double asked_per_s;   /* units, all threads; NAN: no rate asked */
	long double reached_per_s; /* NAN: too short to tell */
	bool kept;                 /* the rate was kept, or cannot be told */
	uint64_t behind;           /* units due at the end that had not begun */
};

struct pace pace_of(const struct phase *phase);

#endif
