// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "util/clock.h"
#include "util/slowdown.h"
#include "util/ticks.h"

/*
 * By how much at most a wait that was too long shortens the next ones. The
 * pauses of a busy processor are shorter. They fall into waits and operations
 * alike and even out. But after a wait in which the machine stood still for a
 * second, nothing would be slowed by 3 % for half a minute.
 */
#define TOO_LONG_MAX_NS 10000000

static double percent;
static bool ticks; /* see ticks_mark() */
/*
 * What a call takes beside the time between its first and its last look at the
 * clock. In marks, as all that follows.
 */
static int64_t beside;
static double too_long_max;
/*
 * When this thread's last wait ended, and how much longer it should have
 * waited.
 */
static __thread uint64_t last;
static __thread double owed;
static __thread uint64_t paused;

/*
 * Measures short waits, before there is a percentage. Takes the quickest of
 * several tries: no other was disturbed less.
 */
static void measure(void)
{
	enum { TRIES = 20, CALLS = 200, WAIT = 100 };
	int64_t best_ns = INT64_MAX, best = 0;

	ticks = ticks_usable();
	for (int try = 0; try < TRIES; try++) {
		int64_t ns = clock_steady_ns();
		uint64_t begin = ticks_mark(ticks), waited = 0, took;

		last = begin;
		for (int i = 0; i < CALLS; i++) {
			owed = WAIT;
			waited += slowdown_wait();
		}
		took = ticks_mark(ticks) - begin;
		ns = clock_steady_ns() - ns;
		if (ns >= best_ns)
			continue;
		best_ns = ns;
		best = (int64_t)(took - waited) / CALLS;
		too_long_max = TOO_LONG_MAX_NS * (double)took / (double)ns;
	}
	beside = best;
	last = 0;
	owed = 0;
}

int slowdown_read(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *text = getenv(SLOWDOWN_VARIABLE);
	double read;
	char *end;

	if (!text || !*text)
		return 0;
	read = strtod(text, &end);
	/* Unlike strtod(), accepts neither a leading blank nor "nan". */
	if (*text < '0' || *text > '9' || *end || !(read > 0) ||
	    read > SLOWDOWN_PERCENT_MAX)
		return -EINVAL;
	pthread_once(&once, measure);
	percent = read;
	return 1;
}

double slowdown_percent(void)
{
	return percent;
}

void slowdown_pause(void)
{
	paused = ticks_mark(ticks);
}

void slowdown_resume(void)
{
	if (last)
		last += ticks_mark(ticks) - paused;
}

uint64_t slowdown_wait(void)
{
	uint64_t begin = ticks_mark(ticks), end = begin;

	if (last) {
		owed += (double)((int64_t)(begin - last) - beside) * percent /
				100 -
			(double)beside;
		while ((double)(end - begin) < owed)
			end = ticks_mark(ticks);
		/* The wait was too long. The next one is shorter for that. */
		owed -= (double)(end - begin);
		if (owed < -too_long_max)
			owed = -too_long_max;
	}
	last = end;
	return end - begin + (uint64_t)beside;
}
