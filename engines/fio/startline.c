// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fio.h"

#include "barrier/barrier.h"
#include "startline.h"

#define JOBS_MAX 16384
/*
 * Changes wake the waiters. A job that dies before it arrives wakes nobody, so
 * waiters also look by themselves, after this time.
 */
#define LOOK_AGAIN_NS 100000000
/*
 * The jobs of a group go this long after it was formed: a margin, and some time
 * for each job. So each job has been told by then.
 */
#define MARGIN_NS         5000000
#define MARGIN_OF_EACH_NS 400000

enum { PREPARING, ARRIVED, GROUPED };

#define BARRIER_CLOSED INT_MIN /* a result that is not known yet */

struct entry {
	struct thread_data *td; /* in fio's shared memory, valid everywhere */
	bool has_gate;
	unsigned int work;
	atomic_int place;  /* PREPARING and so on */
	atomic_int result; /* result of a leader's barrier */
	atomic_bool done;  /* has called startline_work_is_done() */
	/* when to go, by CLOCK_MONOTONIC; the leader's, if the group has one */
	atomic_llong go_ns;
	unsigned int leader; /* leader of its group, valid when GROUPED */
	unsigned int first;  /* first entry of its group, likewise valid */
	bool alone;          /* alone in its group, likewise valid */
	bool went;           /* had arrived when its group went, likewise */
};

/*
 * Each fio process has one, which its children share. Entries are never
 * removed: the state of a job says whether it has ended. The lock is robust,
 * because a job may be killed anywhere.
 */
static struct startline {
	pthread_mutex_t lock;
	atomic_uint changes; /* the futex */
	pid_t starter;       /* the process that forks the jobs */
	unsigned int count;
	struct entry entry[JOBS_MAX];
} * line;

static int make_line(void)
{
	pthread_mutexattr_t attr;
	void *p = mmap(NULL, sizeof(*line), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	line = p;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&line->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return 0;
}

/*
 * The process that has loaded the engine. In a server this is the one that
 * serves the client. It reads the job file, and forks the one that runs it.
 */
static pid_t loaded_by;

static void __attribute__((constructor)) note_process(void)
{
	loaded_by = getpid();
}

/*
 * Ends all jobs, as fio does when it gets a SIGTERM. fio's own handler writes a
 * message first. If the signal comes during a fork() or malloc(), that handler
 * waits for a lock of its own thread, and the process sleeps for ever. Jobs
 * that are marked already get no SIGTERM from fio, whose handler has the same
 * fault in them. They come to their start and end there.
 */
void startline_end_all(void)
{
	for (unsigned int i = 0; i < line->count; i++)
		if (!line->entry[i].td->terminate)
			fio_mark_td_terminate(line->entry[i].td);
	fio_terminate_threads(TERMINATE_ALL, TERMINATE_ALL);
}

static void end_on_signal(int signal)
{
	startline_end_all();
}

/*
 * Makes the jobs of a server end with its client. When the client is gone, the
 * server's process for the client ends, and the kernel sends the signal to this
 * process, which starts the jobs. They would go on unseen, and be in the way of
 * the next run. The jobs inherit what the signal does: see startline_begin().
 */
static void end_with_client(void)
{
	const struct sigaction action = {
		.sa_handler = end_on_signal,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGUSR2, &action, NULL);
	if (!is_backend)
		return;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	/* The client may be gone already. Then no job is to begin. */
	if (getpid() != loaded_by && getppid() != loaded_by)
		raise(SIGUSR2);
}

void startline_begin(const struct thread_data *td)
{
	if (td->o.use_thread)
		return;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	if (getppid() != line->starter)
		raise(SIGUSR2);
}

int startline_enter(struct thread_data *td, bool has_gate, unsigned int work)
{
	struct entry *e;

	if (!line) {
		int ret = make_line();

		if (ret)
			return ret;
		line->starter = getpid();
		end_with_client();
	}
	if (line->count == JOBS_MAX)
		return -EAGAIN;
	e = &line->entry[line->count++];
	e->td = td;
	e->has_gate = has_gate;
	e->work = work;
	e->result = BARRIER_CLOSED;
	return 0;
}

static unsigned int find(const struct thread_data *td)
{
	unsigned int i = line->count;

	while (i-- > 0)
		if (line->entry[i].td == td)
			return i;
	return 0;
}

/*
 * fio numbers the jobs of a section 0, n-1, n-2, ... in the order in which it
 * starts and logs them. The result counts in that order. Jobs of a section
 * follow each other, and fio's number of the first is 0.
 */
static unsigned int first_of_section(unsigned int i)
{
	while (i > 0 && line->entry[i].td->subjob_number)
		i--;
	return i;
}

struct thread_data *startline_carrier(struct thread_data *td)
{
	struct thread_data *carrier = td;

	for (unsigned int i = 0; i < line->count; i++)
		if (td->o.group_reporting &&
		    line->entry[i].td->o.group_reporting &&
		    line->entry[i].td->groupid == td->groupid)
			carrier = line->entry[i].td;
	return carrier;
}

uint32_t startline_number(const struct thread_data *td)
{
	unsigned int i = find(td);

	return i - first_of_section(i);
}

/* fio sets numjobs to 1 in all jobs of a section but the first. */
uint32_t startline_siblings(const struct thread_data *td)
{
	return line->entry[first_of_section(find(td))].td->o.numjobs;
}

unsigned int startline_threads(void)
{
	unsigned int threads = 0;

	for (unsigned int i = 0; i < line->count; i++)
		threads += line->entry[i].td->o.use_thread;
	return threads;
}

static bool has_ended(const struct entry *e)
{
	return *(volatile int *)&e->td->runstate >= TD_FINISHING;
}

static bool is_gone(const struct entry *e)
{
	return *(volatile int *)&e->td->runstate >= TD_EXITED;
}

static bool runs(const struct entry *e)
{
	return !has_ended(e) && *(volatile int *)&e->td->runstate >= TD_CREATED;
}

unsigned int startline_jobs(void)
{
	unsigned int jobs = 0;

	for (unsigned int i = 0; i < line->count; i++)
		jobs += runs(&line->entry[i]);
	return jobs;
}

static bool all_here(void)
{
	for (unsigned int i = 0; i < line->count; i++)
		if (line->entry[i].place == PREPARING && runs(&line->entry[i]))
			return false;
	return true;
}

static void lock(void)
{
	if (pthread_mutex_lock(&line->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&line->lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&line->lock);
}

/*
 * Whether a job belongs to the group. Jobs that failed on the way count, so
 * that all hosts give a group the same name.
 */
static bool belongs(const struct entry *e)
{
	return e->place == ARRIVED || (e->place == PREPARING && has_ended(e));
}

/* Returns when a group without a barrier is to go; 0 is at once. */
static int64_t time_to_go(unsigned int members)
{
	if (members < 2)
		return 0;
	return clock_steady_ns() + MARGIN_NS +
	       (int64_t)members * MARGIN_OF_EACH_NS;
}

/* Lets all that have arrived go together. */
static void form_group(void)
{
	unsigned int first = UINT_MAX, leader = UINT_MAX, members = 0;
	int64_t go_ns;

	for (unsigned int i = 0; i < line->count; i++) {
		const struct entry *e = &line->entry[i];

		if (first == UINT_MAX && belongs(e))
			first = i;
		if (leader == UINT_MAX && e->place == ARRIVED && e->has_gate)
			leader = i;
		members += e->place == ARRIVED;
	}
	go_ns = time_to_go(members);
	for (unsigned int i = 0; i < line->count; i++) {
		if (!belongs(&line->entry[i]))
			continue;
		line->entry[i].first = first;
		line->entry[i].leader = leader;
		line->entry[i].go_ns = go_ns;
		line->entry[i].alone = members < 2;
		line->entry[i].went = line->entry[i].place == ARRIVED;
		line->entry[i].place = GROUPED;
	}
}

static void wake_all(void)
{
	atomic_fetch_add(&line->changes, 1);
	syscall(SYS_futex, &line->changes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void wait_for_change(unsigned int seen)
{
	const struct timespec again = { .tv_nsec = LOOK_AGAIN_NS };

	syscall(SYS_futex, &line->changes, FUTEX_WAIT, seen, &again, NULL, 0);
}

/* Takes out a job that was told to end, so that no group counts on it. */
static int leave(struct entry *e)
{
	lock();
	e->place = GROUPED;
	unlock();
	return -ECANCELED;
}

static int join_group(struct thread_data *td, struct entry *e)
{
	atomic_store(&e->place, ARRIVED);
	while (e->place == ARRIVED) {
		unsigned int seen = line->changes;
		bool formed = false;

		lock();
		if (e->place == ARRIVED && all_here()) {
			form_group();
			formed = true;
		}
		unlock();
		if (formed)
			wake_all();
		else if (td->terminate)
			return leave(e);
		else if (e->place == ARRIVED)
			wait_for_change(seen);
	}
	return 0;
}

static int go_at(struct thread_data *td, int64_t at_ns)
{
	barrier_sleep_until(at_ns);
	return td->terminate ? -ECANCELED : 0;
}

static int follow(struct thread_data *td, struct entry *leader)
{
	while (leader->result == BARRIER_CLOSED) {
		unsigned int seen = line->changes;

		if (td->terminate)
			return -ECANCELED;
		if (has_ended(leader) && leader->result == BARRIER_CLOSED)
			return -ESRCH;
		if (leader->result == BARRIER_CLOSED)
			wait_for_change(seen);
	}
	return leader->result ? leader->result : go_at(td, leader->go_ns);
}

int startline_wait(struct thread_data *td, char *section, size_t size)
{
	unsigned int self = find(td);
	struct entry *e = &line->entry[self];
	int ret = join_group(td, e);

	if (ret)
		return ret;
	snprintf(section, size, "section-%u", e->first);
	if (e->leader == UINT_MAX)
		return go_at(td, e->go_ns);
	return e->leader == self ? 1 : follow(td, &line->entry[e->leader]);
}

bool startline_alone(const struct thread_data *td)
{
	return line->entry[find(td)].alone;
}

unsigned int startline_measured(const struct thread_data *td,
				unsigned int *section)
{
	const struct entry *self = &line->entry[find(td)];
	unsigned int measured = 0;
	bool alike = true;

	for (unsigned int i = self->first; i < line->count; i++) {
		const struct entry *e = &line->entry[i];

		if (e->place != GROUPED || e->first != self->first ||
		    !e->went || !e->td->o.stats)
			continue;
		measured++;
		alike = alike && e->work == self->work;
	}
	*section = self->first + 1;
	return alike ? measured : 0;
}

bool startline_work_is_done(struct thread_data *td)
{
	struct entry *self = &line->entry[find(td)];

	atomic_store(&self->done, true);
	for (unsigned int i = 0; i < line->count; i++) {
		const struct entry *e = &line->entry[i];

		if (e->work == self->work && e->td->groupid == td->groupid &&
		    !e->done && !is_gone(e))
			return false;
	}
	return true;
}

void startline_open(struct thread_data *td, int ret, int64_t at_ns)
{
	struct entry *e = &line->entry[find(td)];

	if (e->result != BARRIER_CLOSED)
		return;
	e->go_ns = at_ns;
	e->result = ret;
	wake_all();
}
