// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "util/parallel.h"

#define THREADS_MAX       256
#define WATCH_INTERVAL_NS 100000000L
#define NS_PER_SECOND     1000000000L

struct crew {
	size_t n;
	atomic_size_t next;
	void (*work)(void *context, size_t i);
	void *context;
	pthread_mutex_t lock;
	pthread_cond_t finished;
	size_t running; /* under lock */
	pthread_t thread[THREADS_MAX];
	size_t started;
};

static void work_off(struct crew *crew)
{
	for (;;) {
		size_t i = atomic_fetch_add(&crew->next, 1);

		if (i >= crew->n)
			return;
		crew->work(crew->context, i);
	}
}

static void *crew_member(void *arg)
{
	struct crew *crew = arg;

	work_off(crew);
	pthread_mutex_lock(&crew->lock);
	crew->running--;
	pthread_cond_signal(&crew->finished);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static void wait_for_crew(struct crew *crew, void (*watch)(void *context))
{
	pthread_mutex_lock(&crew->lock);
	while (crew->running) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += WATCH_INTERVAL_NS;
		if (until.tv_nsec >= NS_PER_SECOND) {
			until.tv_nsec -= NS_PER_SECOND;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&crew->finished, &crew->lock, &until);
		if (watch && crew->running)
			watch(crew->context);
	}
	pthread_mutex_unlock(&crew->lock);
}

static void launch(struct crew *crew, size_t n,
		   void (*work)(void *context, size_t i), void *context)
{
	size_t wanted = processors();

	crew->n = n;
	crew->work = work;
	crew->context = context;
	atomic_init(&crew->next, 0);
	if (wanted > n)
		wanted = n;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->finished, NULL);
	crew->running = wanted;
	for (crew->started = 0; crew->started < wanted; crew->started++) {
		if (pthread_create(&crew->thread[crew->started], NULL,
				   crew_member, crew))
			break;
	}
	pthread_mutex_lock(&crew->lock);
	crew->running -= wanted - crew->started;
	pthread_mutex_unlock(&crew->lock);
	if (!crew->started)
		work_off(crew);
}

static void dismiss(struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->started; i++)
		pthread_join(crew->thread[i], NULL);
	pthread_mutex_destroy(&crew->lock);
	pthread_cond_destroy(&crew->finished);
}

void parallel_for(size_t n, void (*work)(void *context, size_t i),
		  void (*watch)(void *context), void *context)
{
	struct crew crew;

	launch(&crew, n, work, context);
	wait_for_crew(&crew, watch);
	dismiss(&crew);
}

struct crew *crew_start(size_t n, void (*work)(void *context, size_t i),
			void *context)
{
	struct crew *crew = malloc(sizeof(*crew));

	if (crew)
		launch(crew, n, work, context);
	else
		parallel_for(n, work, NULL, context);
	return crew;
}

void crew_wait(struct crew *crew)
{
	if (crew)
		dismiss(crew);
	free(crew);
}
