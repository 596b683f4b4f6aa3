/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DEFERRED_CLOSE_H
#define CORE_DEFERRED_CLOSE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

/*
 * A thread that closes descriptors. The last close of a removed file frees its
 * space, which takes seconds for a large one on a disk that is told of it
 * (discard): the thread that writes must not stand still for that, nor may the
 * chunks in flight seem to have taken as long.
 */
#define DEFERRED_CLOSE_PENDING_MAX 2

struct deferred_close {
	pthread_t thread;
	sem_t room;   /* so that a slow disk does not fill up behind us */
	int queue[2]; /* a pipe of descriptors */
	bool running;
};

/*
 * Takes over `fd`. Starts the thread with the first one, in the process that
 * calls; `deferred` is zeroes before. Waits where DEFERRED_CLOSE_PENDING_MAX
 * have not been closed yet. Without a thread to be had it closes `fd` itself.
 */
void deferred_close(struct deferred_close *deferred, int fd);

/* Waits until all are closed, and ends the thread. */
void deferred_close_stop(struct deferred_close *deferred);

#endif
