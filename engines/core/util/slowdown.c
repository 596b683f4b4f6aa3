// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "util/clock.h"
#include "util/slowdown.h"

static double percent;
/*
 * When this thread's last wait ended, and how much longer it should have
 * waited.
 */
static __thread int64_t last_ns;
static __thread double owed_ns;

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

void slowdown_wait(void)
{
	int64_t begin_ns = clock_steady_ns(), end_ns = begin_ns;

	if (last_ns) {
		owed_ns += (double)(begin_ns - last_ns) * percent / 100;
		while ((double)(end_ns - begin_ns) < owed_ns)
			end_ns = clock_steady_ns();
		/*
		 * The wait was too long, at least by a look at the clock. The
		 * next wait is shorter for that.
		 */
		owed_ns -= (double)(end_ns - begin_ns);
	}
	last_ns = end_ns;
}
