// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/relay.h"

#define MAGIC 0x72656c35 /* changes with the memory's layout */
/*
 * A thread that waits looks after this time whether it is to stop, and whether
 * the referee is still there.
 */
#define LOOK_AGAIN_NS 100000000

/* Returns whether the time was over. */
static bool wait_on(atomic_uint *word, unsigned int seen, int64_t ns)
{
	const struct timespec time = { ns / 1000000000, ns % 1000000000 };

	return syscall(SYS_futex, word, FUTEX_WAIT, seen, &time, NULL, 0) &&
	       errno == ETIMEDOUT;
}

static void wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static int map(int fd, struct relay **relay)
{
	void *at = mmap(NULL, sizeof(**relay), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*relay = at;
	return 0;
}

static int open_memory(const char *path, struct relay **relay)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), ret;
	struct stat st;

	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) || st.st_size != sizeof(**relay) ? -EINVAL : 0;
	if (!ret)
		ret = map(fd, relay);
	close(fd);
	if (!ret && (*relay)->magic != MAGIC) {
		munmap(*relay, sizeof(**relay));
		*relay = NULL;
		ret = -EINVAL;
	}
	return ret;
}

/*
 * Is ready to read when the referee has ended; -1 on a kernel before Linux 5.3,
 * which has none.
 */
static int referee_fd = -1;

int relay_find(struct relay **relay, unsigned int *side)
{
	const char *text = getenv(RELAY_VARIABLE);
	int ret;

	*relay = NULL;
	if (!text || !*text)
		return 0;
	if ((text[0] != 'a' && text[0] != 'b') || text[1] != ':')
		return -EINVAL;
	*side = text[0] == 'a' ? RELAY_OF_A : RELAY_OF_B;
	ret = open_memory(text + 2, relay);
	if (ret)
		return ret;
	if (referee_fd >= 0)
		close(referee_fd);
	referee_fd = syscall(SYS_pidfd_open, (*relay)->referee, 0);
	return 0;
}

/*
 * Finds the heat in which the section takes part. The first thread that comes
 * takes the next one.
 */
static struct relay_heat *find_heat(struct relay *relay, unsigned int side,
				    unsigned int section)
{
	for (unsigned int i = 0; i < RELAY_HEATS; i++) {
		struct relay_heat *heat = &relay->heat[i];
		unsigned int found = 0;

		if (atomic_compare_exchange_strong(&heat->side[side].section,
						   &found, section) ||
		    found == section)
			return heat;
	}
	return NULL;
}

/*
 * Keeps the calling thread on one processor. On a machine with more of them
 * than a set holds the thread goes where the kernel likes, as do those of the
 * other side.
 */
static void stay_on(unsigned int number)
{
	cpu_set_t may, one;
	unsigned int before;
	int processor = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		return;
	before = number % (unsigned int)CPU_COUNT(&may);
	while (!CPU_ISSET(processor, &may) || before--)
		processor++;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

int relay_run_first(int priority)
{
	const struct sched_param first = { .sched_priority = priority };

	return sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER,
				  &first)
		       ? -errno
		       : 0;
}

int relay_join(struct relay_seat *seat, struct relay *relay, unsigned int side,
	       const struct relay_section *section)
{
	struct relay_heat *heat = find_heat(relay, side, section->number);
	struct relay_side *own = heat ? &heat->side[side] : NULL;
	unsigned int number;

	if (!heat || section->threads > RELAY_THREADS)
		return -E2BIG;
	number = atomic_fetch_add(&own->joined, 1);
	if (number >= RELAY_THREADS)
		return -E2BIG;
	/* One writes for all. */
	if (!number) {
		snprintf(own->operation, sizeof(own->operation), "%s",
			 section->operation);
		snprintf(own->name, sizeof(own->name), "%s", section->name);
	}
	*seat = (struct relay_seat){
		.heat = heat,
		.thread = &own->thread[number],
		.referee = relay->referee,
		.side = side,
		.real_time = relay->real_time,
	};
	atomic_store(&seat->thread->tid, (int)syscall(SYS_gettid));
	own->expected = section->threads;
	stay_on(relay->first_processor + number);
	return seat->real_time ? relay_run_first(1) : 0;
}

void relay_decline(struct relay *relay)
{
	relay->declined = true;
}

static void set_state(const struct relay_seat *seat, enum relay_state state)
{
	atomic_store(&seat->thread->state, state);
	atomic_fetch_add(&seat->heat->changes, 1);
	wake(&seat->heat->changes);
}

void relay_name(bool in_vain)
{
	static __thread char name[16]; /* what the kernel keeps of it */

	if (in_vain)
		prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, in_vain ? RELAY_IN_VAIN : name);
}

static bool referee_is_gone(const struct relay_seat *seat)
{
	struct pollfd referee = { .fd = referee_fd, .events = POLLIN };

	if (referee_fd >= 0)
		return poll(&referee, 1, 0) > 0;
	return kill(seat->referee, 0) && errno == ESRCH;
}

/*
 * Takes the turn, unless it ends in this moment. The referee first takes the
 * turn away and then looks who runs, and this does it the other way round. So
 * one of the two sees the other.
 */
static bool take(const struct relay_seat *seat)
{
	if (atomic_load(&seat->heat->whose) != seat->side)
		return false;
	atomic_store(&seat->thread->state, RELAY_RUNS);
	if (atomic_load(&seat->heat->whose) == seat->side)
		return true;
	set_state(seat, RELAY_WAITS);
	return false;
}

/* Adds the turn that has ended. */
static void count(const struct relay_seat *seat, uint64_t operations,
		  int64_t now_ns)
{
	struct relay_thread *thread = seat->thread;

	if (!seat->since_ns)
		return;
	thread->operations += operations - seat->operations;
	thread->own_ns += now_ns - seat->since_ns;
}

/* Takes the turn from the other side, which then sees what has happened. */
static enum relay_next leave_alone(const struct relay_seat *seat)
{
	relay_give(seat->heat, RELAY_OF_NOBODY);
	return RELAY_ALONE;
}

enum relay_next relay_wait(struct relay_seat *seat, uint64_t operations,
			   bool (*stop)(void *arg), void *arg, int64_t *waited)
{
	int64_t began_ns = clock_steady_ns();
	enum relay_next next = RELAY_TURN;
	bool in_vain = false;

	count(seat, operations, began_ns);
	set_state(seat, RELAY_WAITS);
	while (!take(seat)) {
		unsigned int seen = atomic_load(&seat->heat->whose);

		if (seen == RELAY_OVER)
			next = RELAY_ENDS;
		else if (stop(arg))
			next = RELAY_STOPPED;
		else if (referee_is_gone(seat))
			next = leave_alone(seat);
		if (next != RELAY_TURN)
			break;
		if (seen != seat->side)
			relay_in_vain(&in_vain, wait_on(&seat->heat->whose,
							seen, LOOK_AGAIN_NS));
	}
	relay_in_vain(&in_vain, false);
	seat->operations = operations;
	seat->since_ns = clock_steady_ns();
	*waited = seat->since_ns - began_ns;
	return next;
}

void relay_leave(struct relay_seat *seat, uint64_t operations)
{
	if (atomic_load(&seat->thread->state) == RELAY_RUNS)
		count(seat, operations, clock_steady_ns());
	set_state(seat, RELAY_LEFT);
	if (seat->real_time)
		relay_run_first(0);
	seat->heat = NULL;
}

int relay_make(struct relay **relay, int *fd)
{
	int ret;

	*relay = NULL;
	*fd = memfd_create("smallfio-turns", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	ret = ftruncate(*fd, sizeof(**relay)) ? -errno : map(*fd, relay);
	if (ret) {
		close(*fd);
		return ret;
	}
	for (unsigned int i = 0; i < RELAY_HEATS; i++)
		(*relay)->heat[i].whose = RELAY_OF_NOBODY;
	(*relay)->referee = getpid();
	(*relay)->magic = MAGIC;
	return 0;
}

void relay_free(struct relay *relay)
{
	if (relay)
		munmap(relay, sizeof(*relay));
}

unsigned int relay_count(const struct relay_side *side, enum relay_state state)
{
	unsigned int count = 0, joined = atomic_load(&side->joined);

	for (unsigned int i = 0; i < joined && i < RELAY_THREADS; i++)
		count += atomic_load(&side->thread[i].state) == state;
	return count;
}

bool relay_all_here(const struct relay_side *side)
{
	unsigned int expected = atomic_load(&side->expected);

	return expected && relay_count(side, RELAY_ABSENT) == 0 &&
	       atomic_load(&side->joined) >= expected;
}

bool relay_has_lost(const struct relay_side *side)
{
	unsigned int joined = atomic_load(&side->joined);

	for (unsigned int i = 0; i < joined && i < RELAY_THREADS; i++) {
		const struct relay_thread *thread = &side->thread[i];
		int tid = atomic_load(&thread->tid);

		/* A thread leaves before it ends, so this order is the one. */
		if (tid && kill(tid, 0) && errno == ESRCH &&
		    atomic_load(&thread->state) != RELAY_LEFT)
			return true;
	}
	return false;
}

void relay_give(struct relay_heat *heat, enum relay_whose whose)
{
	atomic_store(&heat->whose, whose);
	if (whose != RELAY_OF_NOBODY)
		wake(&heat->whose);
}

void relay_wait_for_change(struct relay_heat *heat, unsigned int seen,
			   int64_t ns)
{
	wait_on(&heat->changes, seen, ns);
}
