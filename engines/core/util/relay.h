/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_RELAY_H
#define CORE_RELAY_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Two programs, A and B, that are under way at once and run in turns, so that
 * whatever slows the machine slows both (`smallfio ab --turns`). A third one,
 * the referee, says whose turn it is. Each thread of A and B looks between two
 * operations whether it is its side's turn, and waits if it is not. So no
 * operation contains a pause, and each side counts only its own time.
 *
 * All of them share a piece of memory that the referee has made. It tells the
 * programs where in an environment variable: "a:PATH" or "b:PATH", with the
 * path of the memory in /proc.
 *
 * A heat is what is compared: the first measured section of A with the first
 * of B, and so on. In a heat the sides take turns from the moment at which all
 * threads of both have come to their start until the referee lets both go on.
 *
 * A thread of A and the thread of B with the same number run on the same
 * processor, and nowhere else. On a shared machine one processor can be 20 %
 * slower than the next one for seconds. If the sides stay on different ones,
 * that is what they are compared by.
 *
 * On request the threads run before all others on their processors (SCHED_FIFO)
 * while they take turns. So other programs take no time from either side.
 * Threads of the kernel and servers of a file system run when a side waits for
 * them, and what they cost stays in its rate.
 */
#define RELAY_VARIABLE "SMALLFIO_TURNS"

#define RELAY_HEATS   64  /* most measured sections of a program */
#define RELAY_THREADS 256 /* most threads of one side in a heat */

enum relay_whose {
	RELAY_OF_A,
	RELAY_OF_B,
	RELAY_OF_NOBODY,
	RELAY_OVER, /* both go on, and do not look any more */
};

enum relay_state {
	RELAY_ABSENT,
	RELAY_WAITS, /* the figures are those of all its turns so far */
	RELAY_RUNS,
	RELAY_LEFT, /* takes no more turns */
};

/* A thread in a heat. Only the thread writes here. */
struct relay_thread {
	_Alignas(64) atomic_uint state;
	atomic_int tid;           /* 0: not known, as of older engines */
	atomic_ullong operations; /* in its own turns */
	atomic_ullong own_ns;     /* how long its own turns were */
};

struct relay_side {
	atomic_uint
		section; /* the program's own number of it, from 1; 0: none */
	atomic_uint expected; /* threads; 0: not known yet */
	atomic_uint joined;
	char operation[32];
	char name[NAME_MAX + 1]; /* of the section */
	struct relay_thread thread[RELAY_THREADS];
};

struct relay_heat {
	atomic_uint whose;   /* enum relay_whose; the futex of threads */
	atomic_uint changes; /* of threads' states; the referee's futex */
	struct relay_side side[2];
};

struct relay {
	uint32_t magic;
	int32_t referee;          /* its process */
	uint32_t first_processor; /* of the first threads; see relay_join() */
	uint32_t real_time;       /* the threads run before all others */
	atomic_bool declined;     /* a section takes no turns */
	struct relay_heat heat[RELAY_HEATS];
};

/* A thread's place. `heat` is NULL for a thread that takes no turns. */
struct relay_seat {
	struct relay_heat *heat;
	struct relay_thread *thread;
	int32_t referee;
	unsigned int side;
	bool real_time;
	uint64_t operations; /* of the thread until its last turn began */
	int64_t since_ns;    /* when its turn began; 0: none that counts */
};

/* Why a thread no longer waits. */
enum relay_next {
	RELAY_TURN,    /* it is its turn */
	RELAY_ENDS,    /* the heat is over */
	RELAY_STOPPED, /* `stop` said so */
	RELAY_ALONE,   /* the referee has died */
};

/* For A and B. */

/*
 * Finds the memory by the environment variable. Returns 0, with *relay NULL if
 * the variable is not set. Returns -EINVAL if the variable does not name such
 * memory, or -errno.
 */
int relay_find(struct relay **relay, unsigned int *side);

/* A section, as all its threads tell it. */
struct relay_section {
	unsigned int number;  /* from 1 */
	unsigned int threads; /* of this program that take part */
	const char *operation;
	const char *name; /* in the job file; of several at once, any */
};

/*
 * Takes a seat in the heat of a section. From now on the calling thread runs
 * only on the processor of its number: thread i on the one with the index
 * first_processor + i, of those that it may use, round and round. Returns 0;
 * -E2BIG for too many threads or sections; or -EPERM if the thread may not run
 * before others. relay_wait() has to follow, before the first operation.
 */
int relay_join(struct relay_seat *seat, struct relay *relay, unsigned int side,
	       const struct relay_section *section);

/* Tells the referee that a measured section takes no turns. */
void relay_decline(struct relay *relay);

/* Whether the thread may begin an operation. */
static inline bool relay_is_mine(const struct relay_seat *seat)
{
	return atomic_load_explicit(&seat->heat->whose, memory_order_relaxed) ==
	       seat->side;
}

/*
 * Waits for the thread's next turn, and sets *waited to how long, in ns.
 * `operations` is how many the thread has done. After anything but RELAY_TURN
 * the thread has to leave.
 */
enum relay_next relay_wait(struct relay_seat *seat, uint64_t operations,
			   bool (*stop)(void *arg), void *arg, int64_t *waited);

/*
 * A thread that waits without end, but looks now and then whether it is to
 * stop, has this name while it looks in vain. So `smallfio ab` tells it from
 * one that works, and so can a user (`top -H`).
 */
#define RELAY_IN_VAIN "fio-waits"

/* For relay_in_vain(): gives the thread this name, or its own one again. */
void relay_name(bool in_vain);

/*
 * To be called after each look: `now` says whether the look was in vain, and
 * *was belongs to the thread's wait. Costs a system call only where that
 * changes.
 */
static inline void relay_in_vain(bool *was, bool now)
{
	if (__builtin_expect(*was == now, 1))
		return;
	*was = now;
	relay_name(now);
}

/* The turn that has begun does not count. */
static inline void relay_discount(struct relay_seat *seat)
{
	seat->since_ns = 0;
}

/* Leaves the heat: the thread takes no more turns, and looks no more. */
void relay_leave(struct relay_seat *seat, uint64_t operations);

/*
 * Lets the calling thread run before all but those of a higher priority,
 * from 1. 0: no longer. Returns 0 or -errno.
 */
int relay_run_first(int priority);

/* For the referee. */

/*
 * Makes the memory. *fd is what keeps it; /proc/PID/fd/FD is its path. Returns
 * 0 or -errno. relay_free() takes it away from this process alone.
 */
int relay_make(struct relay **relay, int *fd);
void relay_free(struct relay *relay);

/*
 * How many of a side's threads are in a state. All have come when as many wait
 * as were expected.
 */
unsigned int relay_count(const struct relay_side *side, enum relay_state state);
bool relay_all_here(const struct relay_side *side);

/*
 * Whether a thread of the side has ended and not left, as by SIGKILL. The
 * others of its fio may still be at work.
 */
bool relay_has_lost(const struct relay_side *side);

/* Says whose turn it is, and wakes who waits for it. */
void relay_give(struct relay_heat *heat, enum relay_whose whose);

/* Waits for a change of a thread's state, for so long at most. */
void relay_wait_for_change(struct relay_heat *heat, unsigned int seen,
			   int64_t ns);

#endif
