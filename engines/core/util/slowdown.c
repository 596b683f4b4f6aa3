// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "util/clock.h"
#include "util/slowdown.h"

/*
 * By how much at most a wait that was too long shortens the next ones. The
 * pauses of a busy processor are shorter. They fall into waits and operations
 * alike and even out. But after a wait in which the machine stood still for a
 * second, nothing would be slowed by 3 % for half a minute.
 */
#define TOO_LONG_MAX_NS 10000000

static double percent;
/*
 * What a call takes beside the time between its first and its last look at the
 * clock: the halves of those two looks.
 */
static int64_t look_ns;
/*
 * When this thread's last wait ended, and how much longer it should have
 * waited.
 */
static __thread int64_t last_ns;
static __thread double owed_ns;

/* Takes the quickest of several tries: no other was disturbed less. */
static int64_t measure_look(void)
{
	enum { TRIES = 20, LOOKS = 200 };
	int64_t best = INT64_MAX;

	for (int try = 0; try < TRIES; try++) {
		int64_t begin_ns = clock_steady_ns(), end_ns = begin_ns;

		for (int i = 0; i < LOOKS; i++)
			end_ns = clock_steady_ns();
		if (end_ns - begin_ns < best)
			best = end_ns - begin_ns;
	}
	return best / LOOKS;
}

int slowdown_read(void)
{
	const char *text = getenv(SLOWDOWN_VARIABLE);
	char *end;

	if (!text || !*text)
		return 0;
	percent = strtod(text, &end);
	/* Unlike strtod(), accepts neither a leading blank nor "nan". */
	if (*text < '0' || *text > '9' || *end || !(percent > 0) ||
	    percent > SLOWDOWN_PERCENT_MAX)
		return -EINVAL;
	look_ns = measure_look();
	return 1;
}

double slowdown_percent(void)
{
	return percent;
}

void slowdown_stood_still(int64_t ns)
{
	if (last_ns)
		last_ns += ns;
}

int64_t slowdown_wait(void)
{
	int64_t begin_ns = clock_steady_ns(), end_ns = begin_ns;

	if (last_ns) {
		owed_ns +=
			(double)(begin_ns - last_ns - look_ns) * percent / 100 -
			(double)look_ns;
		while ((double)(end_ns - begin_ns) < owed_ns)
			end_ns = clock_steady_ns();
		/* The wait was too long. The next one is shorter for that. */
		owed_ns -= (double)(end_ns - begin_ns);
		if (owed_ns < -TOO_LONG_MAX_NS)
			owed_ns = -TOO_LONG_MAX_NS;
	}
	last_ns = end_ns;
	return end_ns - begin_ns + look_ns;
}
