// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/proc_usage.h"

/* Room for the line. It has some 50 numbers and a name of 64 bytes at most. */
#define LINE_BYTES 1536

static bool read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, line, size - 1);
	close(fd);
	if (length <= 0)
		return false;
	line[length] = '\0';
	return true;
}

bool proc_usage_add(struct proc_usage *usage, pid_t pid)
{
	const uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t page_kib = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	uint64_t user, system, pages;
	char path[64], line[LINE_BYTES], *rest;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (!read_line(path, line, sizeof(line)))
		return false;
	/* The name, in parentheses, may hold anything. */
	rest = strrchr(line, ')');
	if (!rest ||
	    sscanf(rest,
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64
		   " %" SCNu64 " %*d %*d %*d %*d %*d %*d %*u %*u %" SCNu64,
		   &user, &system, &pages) != 3)
		return false;
	usage->user_ms += user * 1000 / ticks;
	usage->system_ms += system * 1000 / ticks;
	usage->resident_kib += pages * page_kib;
	return true;
}

int64_t proc_usage_age_ns(void)
{
	const int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	int64_t age_ns, began;
	char line[LINE_BYTES], *rest;

	/* This is right even if /proc is that of another PID namespace. */
	if (!read_line("/proc/self/stat", line, sizeof(line)))
		return 0;
	rest = strrchr(line, ')');
	if (!rest ||
	    sscanf(rest,
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
		   "%*d %*d %*d %*d %*d %" SCNd64,
		   &began) != 1)
		return 0;
	/* The time is rounded down to a tick. */
	age_ns = clock_read_ns(CLOCK_BOOTTIME) - (began + 1) * tick_ns;
	return age_ns > 0 ? age_ns : 0;
}

/* A process that has ended takes its time along. So the sum may go back. */
static double share(uint64_t before_ms, uint64_t now_ms, uint64_t interval_ns)
{
	if (now_ms <= before_ms)
		return 0;
	return 1e8 * (double)(now_ms - before_ms) / (double)interval_ns;
}

void proc_usage_text(const struct proc_usage *before,
		     const struct proc_usage *now, uint64_t interval_ns,
		     char *text, size_t size)
{
	snprintf(text, size,
		 ", CPU %.1f %% user %.1f %% system, memory %.1f MiB",
		 share(before->user_ms, now->user_ms, interval_ns),
		 share(before->system_ms, now->system_ms, interval_ns),
		 (double)now->resident_kib / 1024);
}
