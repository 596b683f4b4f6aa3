// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fio.h"

#include "startline.h"

#define JOBS_MAX 16384
/*
 * Arrivals wake the waiters; a job that dies before it arrives wakes nobody,
 * so they also look by themselves.
 */
#define LOOK_AGAIN_NS 20000000

struct entry {
	struct thread_data *td; /* in fio's shared memory, valid everywhere */
	atomic_bool arrived;
};

/*
 * One for each fio process and its children. Jobs are never removed: entries
 * of jobs that ended are told by their state.
 */
static struct startline {
	atomic_uint arrivals; /* the futex */
	unsigned int count;
	struct entry entry[JOBS_MAX];
} * line;

int startline_enter(struct thread_data *td)
{
	if (!line) {
		void *p = mmap(NULL, sizeof(*line), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return -errno;
		line = p;
	}
	if (line->count == JOBS_MAX)
		return -EAGAIN;
	line->entry[line->count++].td = td;
	return 0;
}

/*
 * fio numbers the jobs of a section 0, n-1, n-2, ... in the order in which it
 * starts and logs them; we count in that order. Jobs of a section follow each
 * other, and the first is number 0.
 */
uint32_t startline_number(const struct thread_data *td)
{
	unsigned int i = line->count, first;

	while (i-- > 0 && line->entry[i].td != td)
		;
	for (first = i; first > 0; first--)
		if (!line->entry[first].td->subjob_number)
			break;
	return i - first;
}

unsigned int startline_threads(void)
{
	unsigned int threads = 0;

	for (unsigned int i = 0; i < line->count; i++)
		threads += line->entry[i].td->o.use_thread;
	return threads;
}

static bool still_preparing(struct entry *e)
{
	int state = *(volatile int *)&e->td->runstate;

	if (atomic_load_explicit(&e->arrived, memory_order_acquire))
		return false;
	return state >= TD_CREATED && state < TD_FINISHING;
}

static bool all_here(void)
{
	for (unsigned int i = 0; i < line->count; i++)
		if (still_preparing(&line->entry[i]))
			return false;
	return true;
}

static void arrive(struct thread_data *td)
{
	for (unsigned int i = 0; i < line->count; i++)
		if (line->entry[i].td == td)
			atomic_store_explicit(&line->entry[i].arrived, true,
					      memory_order_release);
	atomic_fetch_add(&line->arrivals, 1);
}

int startline_wait(struct thread_data *td)
{
	const struct timespec again = { .tv_nsec = LOOK_AGAIN_NS };

	arrive(td);
	for (;;) {
		unsigned int seen = atomic_load(&line->arrivals);

		if (all_here())
			break;
		if (td->terminate)
			return -ECANCELED;
		syscall(SYS_futex, &line->arrivals, FUTEX_WAIT, seen, &again,
			NULL, 0);
	}
	/* Only the last to arrive finds waiters to wake. */
	syscall(SYS_futex, &line->arrivals, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return 0;
}
