/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DEFERRED_CLOSE_H
#define CORE_DEFERRED_CLOSE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

/*
 * A thread that closes descriptors. The last close of a removed file frees its
 * space. For a large file that takes seconds on a disk which is told what is
 * free (discard). The thread that writes must not stand still for so long, and
 * the time must not count as latency of the chunks in flight.
 */
#define DEFERRED_CLOSE_PENDING_MAX 2

struct deferred_close {
	pthread_t thread;
	/* counts free places, so that a slow disk does not fill up */
	sem_t room;
	int queue[2]; /* a pipe that carries descriptors */
	bool running;
};

/*
 * Takes over `fd`. The first call starts the thread, in the calling process.
 * `deferred` must be zeroes before the first call. Waits while
 * DEFERRED_CLOSE_PENDING_MAX descriptors are not closed yet. Closes `fd` itself
 * if no thread can be started.
 */
void deferred_close(struct deferred_close *deferred, int fd);

/* Waits until all descriptors are closed, and ends the thread. */
void deferred_close_stop(struct deferred_close *deferred);

#endif
