// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns/watchdog.h"
#include "util/offspring.h"

/* Waits until the parent says that all is well, or has ended. */
static void watch(const struct watchdog *dog, int fd)
{
	char well;

	/* What ends the parent's group does not end this process. */
	setsid();
	if (read(fd, &well, 1) == 1)
		_exit(0);
	/* What is stopped makes no more processes. */
	for (int side = 0; side < 2; side++)
		if (dog->side[side] > 0) {
			offspring_signal(dog->side[side], SIGSTOP);
			offspring_signal(dog->side[side], SIGKILL);
		}
	_exit(0);
}

static void free_sides(struct watchdog *dog)
{
	munmap(dog->side, 2 * sizeof(*dog->side));
}

int watchdog_start(struct watchdog *dog)
{
	int fd[2], ret;

	dog->side = mmap(NULL, 2 * sizeof(*dog->side), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dog->side == MAP_FAILED)
		return -errno;
	if (pipe2(fd, O_CLOEXEC)) {
		ret = -errno;
		free_sides(dog);
		return ret;
	}
	dog->pid = fork();
	ret = -errno;
	if (!dog->pid) {
		close(fd[1]);
		watch(dog, fd[0]);
	}
	close(fd[0]);
	dog->fd = fd[1];
	if (dog->pid > 0)
		return 0;
	close(dog->fd);
	free_sides(dog);
	return ret;
}

void watchdog_end(struct watchdog *dog)
{
	while (write(dog->fd, "", 1) < 0 && errno == EINTR)
		;
	close(dog->fd);
	while (waitpid(dog->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free_sides(dog);
}
