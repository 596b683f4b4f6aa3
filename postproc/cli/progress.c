// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"

#define QUIET_NS      UINT64_C(1000000000)
#define MIB           (UINT64_C(1) << 20)
#define NS_PER_SECOND UINT64_C(1000000000)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

bool progress_begin(struct progress *progress)
{
	progress->started_ns = now_ns();
	progress->shown = false;
	return isatty(STDERR_FILENO);
}

void progress_show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;

	if (now_ns() - progress->started_ns < QUIET_NS)
		return;
	progress->shown = true;
	fprintf(stderr, "\rreading logs: %llu",
		(unsigned long long)(done / MIB));
	if (total)
		fprintf(stderr, " of %llu MiB, %llu %%",
			(unsigned long long)(total / MIB),
			(unsigned long long)(done * 100 / total));
	else
		fputs(" MiB", stderr);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}
