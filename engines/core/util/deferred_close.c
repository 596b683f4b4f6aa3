// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/deferred_close.h"

static void *close_all(void *arg)
{
	struct deferred_close *c = arg;
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

static bool start(struct deferred_close *c)
{
	if (pipe2(c->queue, O_CLOEXEC))
		return false;
	sem_init(&c->room, 0, DEFERRED_CLOSE_PENDING_MAX);
	if (!pthread_create(&c->thread, NULL, close_all, c))
		return true;
	sem_destroy(&c->room);
	close(c->queue[0]);
	close(c->queue[1]);
	return false;
}

void deferred_close(struct deferred_close *c, int fd)
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

void deferred_close_stop(struct deferred_close *c)
{
	if (!c->running)
		return;
	close(c->queue[1]);
	pthread_join(c->thread, NULL);
	close(c->queue[0]);
	sem_destroy(&c->room);
	c->running = false;
}
