// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns/watchdog.h"
#include "util/offspring.h"

/*
 * Waits until the parent has ended. The kernel sends a signal then. A pipe
 * would be of no use: a child of the parent that hangs in a file system would
 * keep it open.
 */
static void watch(const struct watchdog *dog, pid_t parent)
{
	sigset_t all;

	/* What ends the parent's group does not end this process. */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	/* Others may send signals, too. */
	while (getppid() == parent)
		sigwaitinfo(&all, NULL);
	/* What is stopped makes no more processes. */
	for (int side = 0; side < 2; side++)
		if (dog->side[side] > 0) {
			offspring_signal(dog->side[side], SIGSTOP);
			offspring_signal(dog->side[side], SIGKILL);
		}
	_exit(0);
}

int watchdog_start(struct watchdog *dog)
{
	pid_t parent = getpid();
	int ret;

	dog->side = mmap(NULL, 2 * sizeof(*dog->side), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dog->side == MAP_FAILED)
		return -errno;
	dog->pid = fork();
	if (!dog->pid)
		watch(dog, parent);
	if (dog->pid > 0)
		return 0;
	ret = -errno;
	munmap(dog->side, 2 * sizeof(*dog->side));
	return ret;
}

void watchdog_end(struct watchdog *dog)
{
	kill(dog->pid, SIGKILL);
	while (waitpid(dog->pid, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(dog->side, 2 * sizeof(*dog->side));
}
