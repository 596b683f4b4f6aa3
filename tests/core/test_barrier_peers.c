// SPDX-License-Identifier: GPL-2.0-only
/* What the other hosts say at the barrier, one step at a time. */
#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "scratch.h"

/* Writes a file of a host that is not whole, later than those before. */
static char *write_half(struct barrier_rig *m, const char *host, size_t length)
{
	static const char half[] = "smallfio-gate 2\nme 000000000000";
	char *path = printed("%s/%s~%016" PRIx64, barrier_path(m, ""), host,
			     (uint64_t)clock_unix_ns());

	write_file(path, half, length);
	return path;
}

/* A host whose next file is not whole has not gone. */
static void while_another_writes(struct barrier_rig *m, const char *other,
				 size_t other_length)
{
	struct barrier_name me;
	char *path;

	m->barrier.hosts = 2;
	barrier_come(m, 1, NULL, 0);
	me = barrier_hear_of(m, "b", BARRIER_WAITING);
	barrier_say(m, other, 77, BARRIER_WAITING, &me, 1);
	barrier_hear_of(m, "b", BARRIER_COMPLETE);
	path = write_half(m, other, other_length);
	barrier_waits_on(m, 1);
	assert_ok(unlink(path));
	assert_ok(unlink(barrier_path(m, other)));
}

BARRIER_TEST(another_writes)
{
	while_another_writes(m, "a", 0);
	while_another_writes(m, "c", 0);
	while_another_writes(m, "c", 20);
}

/* If a host goes before the barrier opens, there is one host too few. */
BARRIER_TEST(another_goes)
{
	struct barrier_name me;

	m->barrier.hosts = 2;
	barrier_come(m, 1, NULL, 0);
	me = barrier_hear_of(m, "b", BARRIER_WAITING);
	barrier_say(m, "c", 77, BARRIER_WAITING, &me, 1);
	barrier_hear_of(m, "b", BARRIER_COMPLETE);
	assert_ok(unlink(barrier_path(m, "c")));
	barrier_waits_on(m, 1);
}

/* The i-th of three hosts comes. Returns what the others may say of it. */
static struct barrier_name comes(struct barrier_rig *m, unsigned int i)
{
	m->barrier.hosts = 3;
	barrier_come(m, i, NULL, 0);
	return barrier_hear_of(m, barrier_names[i], BARRIER_WAITING);
}

/* Only the first host opens the barrier, and no other. */
BARRIER_TEST(only_the_first_opens)
{
	struct barrier_name seen[3] = {
		[1] = { "a", 77, 0 }, [2] = { "c", 78, 0 }
	};

	seen[0] = comes(m, 1);
	barrier_say(m, "a", 77, BARRIER_WAITING, seen, 3);
	barrier_say(m, "c", 78, BARRIER_OPEN, seen, 3);
	barrier_hear_of(m, "b", BARRIER_COMPLETE);
	barrier_waits(m, 1);
	barrier_say(m, "a", 77, BARRIER_COMPLETE, seen, 3);
	barrier_waits(m, 1);
	barrier_say(m, "a", 77, BARRIER_OPEN, seen, 3);
	barrier_passes(m, 1);
}

/* All hosts have to have seen each other, not only us. */
BARRIER_TEST(all_have_to_see_all)
{
	struct barrier_name seen[3] = {
		[1] = { "b", 77, 0 }, [2] = { "c", 78, 0 }
	};
	struct barrier_peer peer;

	seen[0] = comes(m, 0);
	barrier_say(m, "b", 77, BARRIER_COMPLETE, seen, 2);
	barrier_say(m, "c", 78, BARRIER_COMPLETE, seen, 2);
	barrier_waits(m, 0);
	/* Numbers of the same hosts in an earlier run do not count. */
	seen[2].number = 79;
	barrier_say(m, "b", 77, BARRIER_COMPLETE, seen, 3);
	usleep(200 * MS);
	assert_true(barrier_hear(m, "a", &peer));
	assert_int_equal(peer.state, BARRIER_WAITING);
	seen[2].number = 78;
	barrier_say(m, "b", 77, BARRIER_WAITING, seen, 3);
	barrier_hear_of(m, "a", BARRIER_COMPLETE);
	barrier_waits(m, 0);
	barrier_say(m, "b", 77, BARRIER_COMPLETE, seen, 3);
	barrier_say(m, "c", 78, BARRIER_READY, seen, 3);
	barrier_waits(m, 0);
	barrier_say(m, "b", 77, BARRIER_READY, seen, 3);
	barrier_passes(m, 0);
}

BARRIER_TEST(host_restarts)
{
	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_come(m, 1, NULL, 0);
	for (unsigned int i = 0; i < 5; i++) {
		barrier_hear_of(m, "b", BARRIER_WAITING);
		usleep(20 * MS);
		kill(m->pid[1], SIGKILL);
		waitpid(m->pid[1], NULL, 0);
		barrier_come(m, 1, NULL, 0);
	}
	barrier_come(m, 2, NULL, 100 * MS);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
}

/* Hosts that passed before us may have removed their files already. */
BARRIER_TEST(others_have_gone_already)
{
	struct barrier_name seen[3] = {
		[1] = { "a", 77, 0 }, [2] = { "b", 78, 0 }
	};

	seen[0] = comes(m, 2);
	barrier_say(m, "a", 77, BARRIER_WAITING, seen, 3);
	barrier_say(m, "b", 78, BARRIER_COMPLETE, seen, 3);
	barrier_hear_of(m, "c", BARRIER_COMPLETE);
	assert_ok(unlink(barrier_path(m, "b")));
	barrier_waits(m, 2);
	barrier_say(m, "a", 77, BARRIER_OPEN, seen, 3);
	barrier_passes(m, 2);
}

/*
 * The first host sees half of a file, through a cache. It has met that host, so
 * it knows that the host has not passed.
 */
BARRIER_TEST(cut_off_while_first_leaves)
{
	struct barrier barrier = m->barrier;
	struct barrier_name seen[1];
	struct failure f = { "" };
	int status;
	pid_t pid;

	barrier.hosts = 2;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (barrier_wait_directory(&barrier, &f))
			_exit(1);
		barrier_remove(&barrier);
		_exit(0);
	}
	m->pid[0] = pid;
	seen[0] = barrier_hear_of(m, "a", BARRIER_WAITING);
	barrier_say(m, "b", 77, BARRIER_COMPLETE, seen, 1);
	barrier_hear_of(m, "a", BARRIER_COMPLETE);
	barrier_say(m, "b", 77, BARRIER_READY, seen, 1);
	barrier_hear_of(m, "a", BARRIER_OPEN);
	write_half(m, "b", 30);
	usleep(300 * MS);
	barrier_hear_of(m, "a", BARRIER_OPEN);
	barrier_say(m, "b", 77, BARRIER_OPEN, seen, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	m->pid[0] = 0;
	assert_int_equal(status, 0);
	assert_false(scratch_exists("%s", barrier_path(m, "a")));
}

/* If somebody removes a host's file, the host writes it again. */
BARRIER_TEST(file_comes_back)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_of(m, "a", BARRIER_WAITING);
	assert_ok(unlink(barrier_path(m, "a")));
	barrier_come(m, 1, NULL, 0);
	barrier_passes(m, 0);
	barrier_passes(m, 1);
}

/*
 * Speaks for "a", whose clock is ahead: says how a sees b, and opens the
 * barrier.
 */
static void open_with_clock(struct barrier_rig *m, uint64_t number,
			    int64_t ahead_ns)
{
	struct barrier_name seen = barrier_hear_of(m, "b", BARRIER_WAITING);
	enum barrier_state state = BARRIER_WAITING;
	struct barrier_peer b;

	for (; state <= BARRIER_OPEN; state++) {
		while (!barrier_hear(m, "b", &b))
			usleep(MS);
		seen.delay_ns = clock_unix_ns() + ahead_ns - b.stamp_ns;
		m->stamp_ns = clock_unix_ns() + ahead_ns;
		barrier_say(m, "a", number, state, &seen, 1);
		if (state == BARRIER_WAITING)
			barrier_hear_of(m, "b", BARRIER_COMPLETE);
	}
}

BARRIER_TEST(clocks_compared)
{
	static const int64_t ahead_ns[] = { 0, INT64_C(5000000000),
					    -INT64_C(86400000000000), 1000000 };
	const struct barrier_clock *clock = &m->board->slot[1].clock;

	m->barrier.hosts = 2;
	for (size_t i = 0; i < sizeof(ahead_ns) / sizeof(*ahead_ns); i++) {
		int64_t before = clock_unix_ns(), off;

		barrier_come(m, 1, NULL, 0);
		open_with_clock(m, 77 + i, ahead_ns[i]);
		barrier_passes(m, 1);
		assert_string_equal(clock->reference, "a");
		assert_in_range(clock->passed_ns, before, clock_unix_ns());
		assert_true(clock->error_ns >= 0);
		off = clock->ahead_ns + ahead_ns[i];
		print_message("# off by %.3f ms, said at most %.3f\n",
			      (double)off * 1e-6,
			      (double)clock->error_ns * 1e-6);
		assert_true(llabs(off) <= clock->error_ns);
		/*
		 * The bound includes seconds for which the machine may have
		 * stood still. But it is below the 5 s by which clocks differ
		 * here.
		 */
		assert_true(clock->error_ns < INT64_C(4500000000));
		barrier_leave(m, 1);
	}
}

/*
 * Delays that cannot be mean that a clock was set meanwhile. Then the
 * difference is said to be unknown.
 */
BARRIER_TEST(clock_was_set)
{
	struct barrier_name seen;

	m->barrier.hosts = 2;
	barrier_come(m, 1, NULL, 0);
	seen = barrier_hear_of(m, "b", BARRIER_WAITING);
	seen.delay_ns = -INT64_C(10000000000);
	m->stamp_ns = clock_unix_ns();
	barrier_say(m, "a", 77, BARRIER_WAITING, &seen, 1);
	barrier_hear_of(m, "b", BARRIER_COMPLETE);
	barrier_say(m, "a", 77, BARRIER_OPEN, &seen, 1);
	barrier_passes(m, 1);
	assert_true(m->board->slot[1].clock.error_ns < 0);
}

/* All clocks are compared with the first host's. */
BARRIER_TEST(first_is_reference)
{
	const struct slot *slot = m->board->slot;

	barrier_meet(m, 3, 0);
	assert_true(!slot[0].clock.ahead_ns && !slot[0].clock.error_ns);
	for (unsigned int i = 0; i < 3; i++) {
		const struct barrier_clock *clock = &slot[i].clock;

		assert_string_equal(clock->reference, "a");
		/*
		 * All hosts share one clock: they differ by the bound at most.
		 */
		assert_true(llabs(clock->ahead_ns) <= clock->error_ns);
	}
}
