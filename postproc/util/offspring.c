// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/offspring.h"

#define POLL_NS    20000000
#define POLLS_A_S  50
#define TERM_POLLS (3 * POLLS_A_S)
#define TERM_EVERY (POLLS_A_S / 2)
#define KILL_POLLS (10 * POLLS_A_S)

void offspring_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static pid_t parent_of(pid_t pid)
{
	char text[128];
	int parent = -1;
	FILE *file;

	snprintf(text, sizeof(text), "/proc/%ld/status", (long)pid);
	file = fopen(text, "re");
	if (!file)
		return -1;
	while (parent < 0 && fgets(text, sizeof(text), file))
		sscanf(text, "PPid: %d", &parent);
	fclose(file);
	return parent;
}

/*
 * Sends a signal to all children. A child keeps its process number until this
 * process waits for it, so the signal cannot reach another process.
 */
static void signal_children(int number)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		pid_t pid = (pid_t)atol(entry->d_name);

		if (pid > 0 && parent_of(pid) == getpid())
			kill(pid, number);
	}
	if (directory)
		closedir(directory);
}

/* Collects the children that have ended. False: there is no child any more. */
static bool reap(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	return !pid;
}

void offspring_end(void)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	int i;

	/* Repeats, because a child that ends leaves its own children to us. */
	for (i = 0; i < TERM_POLLS + KILL_POLLS; i++) {
		if (!reap())
			return;
		if (i >= TERM_POLLS)
			signal_children(SIGKILL);
		else if (i % TERM_EVERY == 0)
			signal_children(SIGTERM);
		nanosleep(&pause, NULL);
	}
}

struct visit {
	void (*see)(void *context, pid_t pid, bool after);
	void *context;
};

static void walk_tree(const struct visit *w, pid_t pid);

/* Walks over the children of one thread. */
static void walk_children(const struct visit *w, pid_t pid, const char *thread)
{
	char path[sizeof("/proc//task//children") + 2 * NAME_MAX];
	FILE *file;
	long child;

	snprintf(path, sizeof(path), "/proc/%ld/task/%s/children", (long)pid,
		 thread);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%ld", &child) == 1)
		walk_tree(w, (pid_t)child);
	fclose(file);
}

static void walk_tree(const struct visit *w, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *threads;

	w->see(w->context, pid, false);
	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			walk_children(w, pid, entry->d_name);
	if (threads)
		closedir(threads);
	w->see(w->context, pid, true);
}

static bool can_walk(void)
{
	return !access("/proc/thread-self/children", R_OK);
}

void offspring_walk(pid_t child,
		    void (*see)(void *context, pid_t pid, bool after),
		    void *context)
{
	const struct visit walk = { .see = see, .context = context };

	if (can_walk())
		walk_tree(&walk, child);
}

/*
 * While a process is stopped, nobody waits for its children. So their numbers
 * cannot become those of other processes.
 */
static void send(void *context, pid_t pid, bool after)
{
	int number = *(int *)context;

	if (after == (number != SIGSTOP))
		kill(pid, number);
}

int offspring_signal(pid_t child, int number)
{
	if (!can_walk())
		return -ENOSYS;
	offspring_walk(child, send, &number);
	return 0;
}
