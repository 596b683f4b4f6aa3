// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "turns/patience.h"
#include "util/clock.h"
#include "util/offspring.h"
#include "util/relay.h"

#define LOOK_NS INT64_C(1000000000)

/* Threads with which a fio begins: one looks after its jobs, one after time. */
#define FIO_OWN 2

static bool read_line(pid_t pid, const char *thread, const char *what,
		      char *line, int size)
{
	char path[sizeof("/proc//task//schedstat") + 2 * NAME_MAX];
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%ld/task/%s/%s", (long)pid, thread,
		 what);
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fgets(line, size, file);
	fclose(file);
	return ok;
}

static uint64_t work_of_thread(pid_t pid, const char *thread)
{
	unsigned long long ns;
	char line[128];

	if (!read_line(pid, thread, "comm", line, sizeof(line)) ||
	    !strcmp(line, RELAY_IN_VAIN "\n") ||
	    !read_line(pid, thread, "schedstat", line, sizeof(line)) ||
	    sscanf(line, "%llu", &ns) != 1)
		return 0;
	return ns + 1;
}

/* A fio itself, and not one of its jobs: each has a session of its own. */
static bool looks_after_jobs(pid_t pid)
{
	char number[24], line[128];

	snprintf(number, sizeof(number), "%ld", (long)pid);
	return read_line(pid, number, "comm", line, sizeof(line)) &&
	       !strncmp(line, "fio", 3) && getsid(pid) != pid;
}

/*
 * Adds what the threads of a process have done. The kernel names the oldest
 * thread first.
 */
static void add_process(void *context, pid_t pid, bool after)
{
	uint64_t *work = context;
	struct dirent *entry;
	unsigned int skip;
	char path[64];
	DIR *threads;

	if (after)
		return;
	skip = looks_after_jobs(pid) ? FIO_OWN : 0;
	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads))) {
		if (entry->d_name[0] == '.')
			continue;
		if (skip)
			skip--;
		else
			*work += work_of_thread(pid, entry->d_name);
	}
	if (threads)
		closedir(threads);
}

void patience_begin(struct patience *p)
{
	p->looked_ns = clock_steady_ns();
	p->idle_ns = 0;
	p->work = 0;
}

bool patience_sees_work(struct patience *p)
{
	int64_t now = clock_steady_ns(), passed_ns = now - p->looked_ns;
	uint64_t work = 0;
	bool worked;

	offspring_walk(p->child, add_process, &work);
	worked = !work || (p->work && work != p->work);
	if (!worked && p->work)
		p->idle_ns += passed_ns < 2 * LOOK_NS ? passed_ns : 2 * LOOK_NS;
	if (worked)
		p->idle_ns = 0;
	p->work = work;
	p->looked_ns = now;
	return worked;
}

bool patience_ends(struct patience *p)
{
	if (clock_steady_ns() - p->looked_ns >= LOOK_NS)
		patience_sees_work(p);
	return p->most_ns && p->idle_ns >= p->most_ns;
}
