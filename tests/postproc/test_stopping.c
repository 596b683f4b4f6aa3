// SPDX-License-Identifier: GPL-2.0-only
/* Two processes that know nothing of turns, and are stopped. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "turns/stopping.h"
#include "turns/watchdog.h"

#define TURN_NS 10000000
#define TURNS   40

struct shared {
	atomic_ullong count[2]; /* what each side did */
	atomic_bool end;
	pid_t side[2];
	/* Of the process that looks after the turns. */
	unsigned long long seen[2]; /* at the end of the last turn */
	unsigned int turns;
	unsigned long long alone, both; /* done in an own turn, and besides */
	atomic_bool watched;
};

static struct shared *shared;

static void begin(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	for (int side = 0; side < 2; side++) {
		pid_t pid = fork();

		if (!pid) {
			/* As fio does: the one that works is a grandchild. */
			pid = fork();
			if (pid)
				_exit(waitpid(pid, NULL, 0) != pid);
			setsid();
			while (!atomic_load(&shared->end))
				atomic_fetch_add(&shared->count[side], 1);
			_exit(0);
		}
		shared->side[side] = pid;
	}
}

/*
 * Is called for both sides after each turn. The side that did more was the one
 * whose turn it was.
 */
static int has_ended(void *context, int side)
{
	unsigned long long did[2];

	if (atomic_load(&shared->end))
		return waitpid(shared->side[side], NULL, WNOHANG) ==
			       shared->side[side] ||
		       kill(shared->side[side], 0);
	if (side == 0)
		return 0;
	for (int i = 0; i < 2; i++) {
		unsigned long long count = atomic_load(&shared->count[i]);

		did[i] = count - shared->seen[i];
		shared->seen[i] = count;
	}
	if (shared->turns++) {
		shared->alone += did[0] > did[1] ? did[0] : did[1];
		shared->both += did[0] > did[1] ? did[1] : did[0];
	}
	if (shared->turns == TURNS)
		atomic_store(&shared->end, true);
	return 0;
}

static struct stopping stopping_of(int64_t turn_ns)
{
	return (struct stopping){ .turn_ns = turn_ns,
				  .seed = 7,
				  .patience = { { .child = shared->side[0] },
						{ .child = shared->side[1] } },
				  .has_ended = has_ended };
}

TEST(one_at_a_time)
{
	struct stopping s;

	begin();
	s = stopping_of(TURN_NS);
	assert_ok(stopping_run(&s));
	assert_true(s.turns >= TURNS);
	for (size_t i = 0; i + 1 < s.turns; i += 2)
		assert_int_equal(s.turn[i].side, !s.turn[i + 1].side);
	for (size_t i = 0; i < s.turns; i++)
		assert_true(s.turn[i].to_ns - s.turn[i].from_ns >= TURN_NS);
	print_message("# %llu in turns, %llu besides\n", shared->alone,
		      shared->both);
	/* A signal needs a moment to arrive. */
	assert_true(shared->alone > 0);
	assert_true(shared->both < shared->alone / 20);
	stopping_free(&s);
	munmap(shared, sizeof(*shared));
}

static int never_ends(void *context, int side)
{
	return 0;
}

/* One that is only woken and stopped does nothing. */
TEST(hangs)
{
	struct stopping s = { .turn_ns = TURN_NS,
			      .seed = 7,
			      .has_ended = never_ends };

	for (int side = 0; side < 2; side++) {
		pid_t pid = fork();

		while (!pid)
			if (side == 1)
				pause();
		s.patience[side] = (struct patience){ .most_ns = 2000000000,
						      .child = pid };
	}
	assert_int_equal(stopping_run(&s), -ETIMEDOUT);
	assert_int_equal(s.hang.side, 1);
	assert_string_equal(s.hang.where, "in its turn");
	for (int side = 0; side < 2; side++) {
		kill(s.patience[side].child, SIGKILL);
		waitpid(s.patience[side].child, NULL, 0);
	}
	stopping_free(&s);
}

/* Nothing is left stopped when the process that does it is killed. */
TEST(watchdog)
{
	struct stopping s;
	int status, signaled = 0;
	pid_t pid;

	/* The sides become children of this process, which sees them end. */
	assert_ok(prctl(PR_SET_CHILD_SUBREAPER, 1));
	begin();
	s = stopping_of(INT64_C(3600000000000));
	pid = fork();
	if (!pid) {
		struct watchdog dog;

		if (watchdog_start(&dog))
			_exit(1);
		memcpy(dog.side, shared->side, sizeof(shared->side));
		atomic_store(&shared->watched, true);
		_exit(stopping_run(&s) != 0);
	}
	while (!atomic_load(&shared->watched))
		usleep(1000);
	/* One of them is stopped by now, or soon. */
	usleep(50000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/*
	 * Two sides of two processes each. A parent may end by itself, because
	 * its child did.
	 */
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		signaled += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	assert_true(signaled >= 2);
	munmap(shared, sizeof(*shared));
}

static void note(int number)
{
}

/* Signals for all processes of a service reach the watchdog, too. */
TEST(watchdog_goes_on)
{
	const struct sigaction action = { .sa_handler = note };
	struct sigaction old;
	struct watchdog dog;
	siginfo_t info;
	pid_t side;

	sigaction(SIGTERM, &action, &old);
	assert_ok(watchdog_start(&dog));
	side = fork();
	if (!side)
		for (;;)
			pause();
	dog.side[0] = side;
	kill(dog.pid, SIGTERM);
	usleep(100000);
	assert_int_equal(waitpid(side, NULL, WNOHANG), 0);
	/* One that has died does no harm. */
	kill(dog.pid, SIGKILL);
	assert_ok(waitid(P_PID, dog.pid, &info, WEXITED | WNOWAIT));
	watchdog_end(&dog);
	assert_int_equal(waitpid(side, NULL, WNOHANG), 0);
	kill(side, SIGKILL);
	waitpid(side, NULL, 0);
	sigaction(SIGTERM, &old, NULL);
}
