// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "util/thread_time.h"

bool thread_time_parse(const char *text, struct thread_time *time)
{
	uint64_t turns;

	return sscanf(text, "%19" SCNu64 " %19" SCNu64 " %19" SCNu64,
		      &time->ran_ns, &time->waited_ns, &turns) == 3 &&
	       turns;
}

bool thread_time_read(struct thread_time *time)
{
	int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return thread_time_parse(text, time);
}
