// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "run/run_summary.h"
#include "util/clock.h"

#define QUIET_NS INT64_C(1000000000)
#define MIB      (UINT64_C(1) << 20)

bool progress_begin(struct progress *progress)
{
	progress->started_ns = clock_steady_ns();
	progress->shown = false;
	progress->runs = NULL;
	return isatty(STDERR_FILENO);
}

/* Whether it is time to show something. */
static bool is_due(struct progress *progress)
{
	progress->shown |= clock_steady_ns() - progress->started_ns >= QUIET_NS;
	return progress->shown;
}

void progress_show_hosts(void *context, uint64_t done, uint64_t total)
{
	if (is_due(context))
		fprintf(stderr, "\rasking hosts: %llu of %llu",
			(unsigned long long)done, (unsigned long long)total);
}

void progress_show_history(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;

	if (is_due(progress))
		fprintf(stderr, "\rreading the history: %.1f s",
			(double)(clock_steady_ns() - progress->started_ns) /
				1e9);
}

void progress_show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;

	if (!is_due(progress))
		return;
	fputs("\rreading ", stderr);
	if (progress->runs)
		fprintf(stderr, "run %zu", progress->runs->count);
	else
		fputs("logs", stderr);
	fprintf(stderr, ": %llu", (unsigned long long)(done / MIB));
	if (total)
		fprintf(stderr, " of %llu MiB, %llu %%",
			(unsigned long long)(total / MIB),
			(unsigned long long)(done * 100 / total));
	else
		fputs(" MiB", stderr);
	fflush(stderr);
}

void progress_of_runs(struct progress *progress, struct run_summaries *runs)
{
	if (!isatty(STDERR_FILENO))
		return;
	progress->runs = runs;
	runs->progress = progress_show;
	runs->progress_context = progress;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}
