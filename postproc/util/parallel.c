// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "util/clock.h"
#include "util/parallel.h"

#define THREADS_MAX       256
#define WATCH_INTERVAL_NS 100000000
#define NS_PER_SECOND     1000000000

struct crew {
	size_t n;
	atomic_size_t next;
	void (*work)(void *context, size_t i);
	void *context;
};

static void *work_off(void *arg)
{
	struct crew *crew = arg;
	size_t i;

	while ((i = atomic_fetch_add(&crew->next, 1)) < crew->n)
		crew->work(crew->context, i);
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* Waits for the end of a thread, and watches meanwhile. */
static void join(pthread_t thread, void (*watch)(void *context), void *context)
{
	for (;;) {
		int64_t end_ns = clock_unix_ns() + WATCH_INTERVAL_NS;
		const struct timespec until = {
			.tv_sec = end_ns / NS_PER_SECOND,
			.tv_nsec = end_ns % NS_PER_SECOND,
		};

		if (pthread_timedjoin_np(thread, NULL, &until) != ETIMEDOUT)
			return;
		watch(context);
	}
}

void parallel_for(size_t n, void (*work)(void *context, size_t i),
		  void (*watch)(void *context), void *context)
{
	struct crew crew = { .n = n, .work = work, .context = context };
	size_t wanted = processors(), started = 0;
	pthread_t thread[THREADS_MAX];

	if (wanted > n)
		wanted = n;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	while (started < wanted &&
	       !pthread_create(&thread[started], NULL, work_off, &crew))
		started++;
	if (!started)
		work_off(&crew);
	while (started-- > 0) {
		if (watch)
			join(thread[started], watch, context);
		else
			pthread_join(thread[started], NULL);
	}
}
