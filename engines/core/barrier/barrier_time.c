// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "barrier/barrier.h"

#define NS_PER_S     1000000000ll
#define TIME_MAX_S   1e11 /* a later time is a mistake: milliseconds, perhaps */
#define PROGRESS_NS  (5 * NS_PER_S)
#define STOP_LOOK_NS 100000000
/*
 * g->opens() is called this long before the opening: enough time to get ready.
 */
#define TELL_NS (2 * STOP_LOOK_NS)

void barrier_sleep_until(int64_t at_ns)
{
	const struct timespec at = { .tv_sec = at_ns / NS_PER_S,
				     .tv_nsec = at_ns % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
	       EINTR)
		;
}

static double seconds_left(double unix_time_s)
{
	return unix_time_s - (double)clock_unix_ns() * 1e-9;
}

static void tell_seconds(const struct barrier *g, double left, int64_t *told)
{
	int64_t now = clock_steady_ns();
	char text[64];

	if (!g->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	snprintf(text, sizeof(text), "it opens in %.0f s", left);
	g->progress(g->arg, text);
}

static void tell_opening(const struct barrier *g, double left, bool *told)
{
	if (!g->opens || *told || left * 1e9 > TELL_NS)
		return;
	*told = true;
	g->opens(g->arg, clock_steady_ns() + (int64_t)(left * 1e9));
}

int barrier_wait_time(double unix_time_s, const struct barrier *g,
		      struct failure *f)
{
	bool told_opening = false;
	int64_t told = 0;
	double left;

	if (!(unix_time_s >= 0 && unix_time_s < TIME_MAX_S))
		return failure_set(f, EINVAL,
				   "gate=@%g: expected seconds since 1970",
				   unix_time_s);
	left = seconds_left(unix_time_s);
	if (left < 0)
		return failure_set(f, ETIME,
				   "gate=@%.3f: that time passed %.3f s before "
				   "the preparation ended; name a later one",
				   unix_time_s, -left);
	for (; left > 0; left = seconds_left(unix_time_s)) {
		struct timespec nap = { .tv_nsec = STOP_LOOK_NS };

		if (stop_asked(&g->stop))
			return -ECANCELED;
		tell_seconds(g, left, &told);
		tell_opening(g, left, &told_opening);
		if (left * 1e9 < STOP_LOOK_NS)
			nap.tv_nsec = left * 1e9;
		nanosleep(&nap, NULL);
	}
	return 0;
}
