// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/closer.h"

static void *close_all(void *arg)
{
	struct closer *c = arg;
	int fd;

	for (;;) {
		ssize_t n = read(c->queue[0], &fd, sizeof(fd));

		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(fd))
			return NULL;
		close(fd);
		sem_post(&c->room);
	}
}

static bool start(struct closer *c)
{
	if (pipe2(c->queue, O_CLOEXEC))
		return false;
	sem_init(&c->room, 0, CLOSER_PENDING_MAX);
	if (!pthread_create(&c->thread, NULL, close_all, c))
		return true;
	sem_destroy(&c->room);
	close(c->queue[0]);
	close(c->queue[1]);
	return false;
}

void closer_close(struct closer *c, int fd)
{
	if (!c->running)
		c->running = start(c);
	if (!c->running) {
		close(fd);
		return;
	}
	while (sem_wait(&c->room))
		;
	if (write(c->queue[1], &fd, sizeof(fd)) == sizeof(fd))
		return;
	close(fd);
	sem_post(&c->room);
}

void closer_stop(struct closer *c)
{
	if (!c->running)
		return;
	close(c->queue[1]);
	pthread_join(c->thread, NULL);
	close(c->queue[0]);
	sem_destroy(&c->room);
	c->running = false;
}
