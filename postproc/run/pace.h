/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a phase kept the rate that rate_iops= or rate= asked for, and which
 * threads did not keep pace with the others.
 *
 * In t seconds, n threads at the rate r begin n r t units. If at the end fewer
 * are done, the system did not keep up, and the rest has not begun. One percent
 * less passes, because fio's times are whole ms. So do a unit a thread, which
 * may be in flight, and three times the spread of a random schedule
 * (rate_process=poisson), which is the root of n r t.
 */
#ifndef SMALLFIO_PACE_H
#define SMALLFIO_PACE_H

#include <stdio.h>

#include "run/result.h"

struct pace {
	long double asked_per_s;   /* units, all threads; NAN: no rate asked */
	long double reached_per_s; /* NAN: too short to tell */
	bool kept;                 /* the rate was kept, or cannot be told */
	uint64_t behind;           /* units due at the end that had not begun */
};

struct pace pace_of(const struct phase *phase);

/*
 * How many times as long as the median each thread takes for a unit. A
 * straggler takes much longer than the others, by the rule of stats/fairness.h.
 */
struct slowness {
	long double *times;
	bool *straggles;
	size_t threads, stragglers;
};

/* The caller frees *slow in any case. Returns 0 or -ENOMEM. */
int pace_find_slowness(struct slowness *slow, const struct phase *phase);
void pace_free_slowness(struct slowness *slow);

/*
 * Says in *text which hosts have stragglers, without the end of the sentence:
 * the host that is late most often comes first. `put` writes a name. The text
 * is empty if no host has any. The caller frees it in any case. Returns 0 or
 * -ENOMEM.
 */
int pace_stragglers_text(char **text, const struct result *result,
			 void (*put)(FILE *out, const char *name));

#endif
