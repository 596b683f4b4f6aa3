// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chunk/monitor.h"

static uint64_t time_us(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

/* "total resident shared ...", in pages. */
static uint64_t read_rss_kib(const struct monitor *m)
{
	char text[128], *resident;
	ssize_t n = pread(m->statm_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = 0;
	resident = strchr(text, ' ');
	return resident ? strtoull(resident, NULL, 10) * m->page_kib : 0;
}

static void sample(struct monitor *m, uint64_t now_ns)
{
	double wall_us = (double)(now_ns - m->time_ns) / 1e3;
	struct rusage usage = { .ru_utime = { 0 } };
	uint64_t user_us, system_us;

	getrusage(RUSAGE_SELF, &usage);
	user_us = time_us(&usage.ru_utime);
	system_us = time_us(&usage.ru_stime);
	if (wall_us > 0 && m->time_ns) {
		m->user_pct = 100.0 * (double)(user_us - m->user_us) / wall_us;
		m->system_pct =
			100.0 * (double)(system_us - m->system_us) / wall_us;
	}
	m->user_us = user_us;
	m->system_us = system_us;
	m->rss_kib = read_rss_kib(m);
	m->time_ns = now_ns;
	m->next_ns = now_ns + MONITOR_INTERVAL_NS;
}

void monitor_init(struct monitor *m, uint64_t now_ns)
{
	memset(m, 0, sizeof(*m));
	m->page_kib = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	m->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	sample(m, now_ns);
}

void monitor_free(struct monitor *m)
{
	if (m->statm_fd >= 0)
		close(m->statm_fd);
	m->statm_fd = -1;
}

void monitor_update(struct monitor *m, uint64_t now_ns)
{
	if (now_ns >= m->next_ns)
		sample(m, now_ns);
}
