// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "util/start_yield.h"

unsigned int start_yield_parse(const char *loadavg)
{
	unsigned int running;

	if (sscanf(loadavg, "%*s %*s %*s %9u/", &running) != 1)
		return 0;
	return running;
}

int64_t start_yield_pause_ns(unsigned int running, unsigned int processors)
{
	int64_t ns;

	if (!processors || running <= processors)
		return 0;
	ns = (int64_t)running * START_YIELD_TURN_NS / processors;
	return ns < START_YIELD_PAUSE_NS ? ns : START_YIELD_PAUSE_NS;
}

/* Returns 0, as if no thread ran, if /proc/loadavg cannot be read. */
static unsigned int count_running(void)
{
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return start_yield_parse(text);
}

/*
 * Counts the processors that this thread may use. Returns 0 if they are more
 * than a cpu_set_t can hold. Then no thread has to wait.
 */
static unsigned int count_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 0;
	return (unsigned int)CPU_COUNT(&set);
}

void start_yield(void)
{
	unsigned int processors = count_processors();
	int64_t ns = start_yield_pause_ns(count_running(), processors);
	const struct timespec pause = { .tv_nsec = ns };

	if (ns)
		nanosleep(&pause, NULL);
	else
		sched_yield();
}
