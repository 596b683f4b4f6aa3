// SPDX-License-Identifier: GPL-2.0-only
/* What the leader and the others say at the barrier, one step at a time. */
#include <sys/stat.h>

#include "barrier_rig.h"
#include "scratch.h"

/* The leader waits for an answer of each host, and to its last roll call. */
BARRIER_TEST(each_has_to_answer)
{
	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_say(m, 1, "b", 77, 0);
	barrier_waits(m, 0);
	barrier_say(m, 1, "c", 78, 0);
	barrier_hear_leader(m, 1, "a", 1);
	barrier_say(m, 1, "b", 77, 1);
	barrier_waits(m, 0);
	/* c has died, and comes again. b's answer may be as old. */
	barrier_say(m, 1, "c", 79, 0);
	barrier_hear_leader(m, 1, "a", 2);
	barrier_say(m, 1, "c", 79, 2);
	barrier_waits(m, 0);
	assert_false(barrier_decided(m, 1));
	barrier_say(m, 1, "b", 77, 2);
	barrier_passes(m, 0);
}

/* A host that goes before the barrier opens is one host too few. */
BARRIER_TEST(another_goes)
{
	struct barrier_name gone;
	char text[BARRIER_NAME_MAX + 1];

	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_come(m, 1, NULL, 0);
	gone = barrier_hear(m, 1, "b", 0);
	barrier_stop(m, 1);
	barrier_name_print(&gone, text);
	assert_false(scratch_exists("%s/%s", barrier_in_place(m, "1"), text));
	barrier_say(m, 1, "c", 78, 0);
	barrier_say(m, 1, "c", 78, 1);
	barrier_waits(m, 0);
}

/* Makes a report in which these hosts are. */
static struct barrier_report
say_here(const char *by, struct barrier_peer *peers, unsigned int count)
{
	struct barrier_report r = { .by.number = 77 };

	snprintf(r.by.host, sizeof(r.by.host), "%s", by);
	r.peers = peers;
	r.count = count;
	return r;
}

/* A host obeys the verdict, whoever made it. */
BARRIER_TEST(verdict_is_obeyed)
{
	static const struct {
		enum barrier_verdict verdict;
		int code;
		const char *says;
	} rows[] = { { BARRIER_LATE, ETIMEDOUT,
		       "x has waited for all of its gate_timeout=: only 1 of 2 "
		       "hosts are here: x; missing: y" },
		     { BARRIER_TOO_MANY, E2BIG, "gate_hosts=2" },
		     { BARRIER_TWICE, EEXIST, "host name x" } };
	struct barrier_peer peers[] = { { .name.host = "x" } };
	unsigned int at = 0;

	m->barrier.hosts = 2;
	m->barrier.expected = "x:y";
	for_each_in (row, rows) {
		struct barrier_report r = say_here("x", peers, 1);

		barrier_say(m, ++at, "x", 77, 0);
		barrier_report(m, at, &r, 0);
		barrier_come(m, 1, NULL, 0);
		barrier_hear(m, at, "b", 0);
		r.verdict = row->verdict;
		barrier_report(m, at, &r, 0);
		barrier_fails(m, 1, row->code, row->says);
	}
}

/* A host that is not among those who go meets others in the next generation. */
BARRIER_TEST(open_without_us)
{
	struct barrier_peer peers[] = { { .name.host = "b" } };
	struct barrier_report r = say_here("x", peers, 1);

	m->barrier.hosts = 2;
	barrier_say(m, 1, "x", 77, 0);
	barrier_report(m, 1, &r, 0);
	barrier_come(m, 1, NULL, 0);
	barrier_hear(m, 1, "b", 0);
	r.verdict = BARRIER_OPEN;
	barrier_report(m, 1, &r, 0);
	barrier_hear_leader(m, 2, "b", 0);
	barrier_come(m, 2, NULL, 0);
	barrier_passes(m, 1);
	barrier_passes(m, 2);
}

/* A verdict that another host makes first stands, also for the leader. */
BARRIER_TEST(first_verdict_stands)
{
	struct barrier_peer peers[] = { { .name.host = "b" } };
	struct barrier_report r = say_here("b", peers, 1);

	m->barrier.hosts = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	r.verdict = BARRIER_LATE;
	barrier_report(m, 1, &r, 0);
	barrier_say(m, 1, "b", 77, 0);
	barrier_say(m, 1, "b", 77, 1);
	barrier_fails(m, 0, ETIMEDOUT, "b has waited");
}

/* The others do not wait for a leader that has died. */
BARRIER_TEST(leader_is_silent)
{
	struct barrier_peer peers[] = { { .name.host = "x" } };
	struct barrier_report r = say_here("x", peers, 1);
	int64_t begin = clock_steady_ns();

	m->barrier.hosts = 2;
	m->barrier.timeout_s = 60;
	barrier_say(m, 1, "x", 77, 0);
	barrier_report(m, 1, &r, 0);
	barrier_come(m, 1, NULL, 0);
	barrier_come(m, 2, NULL, 0);
	barrier_passes(m, 1);
	barrier_passes(m, 2);
	/* A machine that stands still does not count. */
	print_message("# after %.1f s\n",
		      (double)(clock_steady_ns() - begin) * 1e-9);
	assert_true(clock_steady_ns() - begin < INT64_C(30000000000));
	assert_string_equal(m->board->slot[1].clock.reference,
			    m->board->slot[2].clock.reference);
	barrier_leave(m, 1);
	barrier_leave(m, 2);
}

/* A leader that was killed and comes again ends its old generation at once. */
BARRIER_TEST(leader_comes_again)
{
	int64_t begin;

	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_come(m, 1, NULL, 0);
	barrier_hear(m, 1, "b", 0);
	barrier_kill(m, 0);
	begin = clock_steady_ns();
	barrier_come(m, 0, NULL, 0);
	barrier_hear(m, 2, "b", 0);
	barrier_hear(m, 2, "a", 0);
	assert_true(clock_steady_ns() - begin < INT64_C(4500000000));
	barrier_come(m, 2, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
	for (unsigned int i = 0; i < 3; i++)
		barrier_leave(m, i);
	barrier_nothing_is_left(m);
}

/* A leader that is told to end leaves the others to the next generation. */
BARRIER_TEST(leader_leaves)
{
	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_come(m, 1, NULL, 0);
	barrier_hear(m, 1, "b", 0);
	barrier_stop(m, 0);
	barrier_hear_leader(m, 2, "b", 0);
	barrier_come(m, 2, NULL, 0);
	barrier_come(m, 3, NULL, 0);
	for (unsigned int i = 1; i < 4; i++)
		barrier_passes(m, i);
	for (unsigned int i = 1; i < 4; i++)
		barrier_leave(m, i);
	barrier_nothing_is_left(m);
}

BARRIER_TEST(host_restarts)
{
	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	for (unsigned int i = 0; i < 5; i++) {
		barrier_come(m, 1, NULL, 0);
		barrier_hear(m, 1, "b", i ? 1 : 0);
		usleep(20 * MS);
		if (i < 4)
			barrier_kill(m, 1);
	}
	barrier_come(m, 2, NULL, 100 * MS);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
}

/* If somebody removes all files, the hosts make them again. */
BARRIER_TEST(files_come_back)
{
	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_come(m, 1, NULL, 0);
	barrier_hear(m, 1, "a", 0);
	barrier_hear(m, 1, "b", 0);
	scratch_remove(printed("%s/smallfio-gate", m->dir));
	barrier_come(m, 2, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
}

static void ignore(void *arg, const char *text)
{
}

/* A host finds out when its own file is removed, and makes it again. */
BARRIER_TEST(file_comes_back)
{
	struct barrier_name name;
	char text[BARRIER_NAME_MAX + 1];

	m->barrier.hosts = 3;
	m->barrier.timeout_s = 60;
	m->barrier.progress = ignore;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_come(m, 1, NULL, 0);
	name = barrier_hear(m, 1, "b", 0);
	barrier_name_print(&name, text);
	assert_ok(unlink(barrier_in_place(m, printed("1/%s", text))));
	barrier_hear(m, 1, "b", 0);
	barrier_come(m, 2, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
}

/*
 * Speaks for the leader "x", whose clock is ahead: says how x sees b, and opens
 * the barrier.
 */
static void open_with_clock(struct barrier_rig *m, unsigned int at,
			    int64_t ahead_ns)
{
	struct barrier_peer peers[1] = { 0 };
	struct barrier_report r = say_here("x", peers, 1);

	barrier_say(m, at, "x", 77, 0);
	barrier_report(m, at, &r, ahead_ns);
	peers[0].name = barrier_hear(m, at, "b", 0);
	peers[0].delay_ns = clock_unix_ns() + ahead_ns - peers[0].name.stamp_ns;
	r.verdict = BARRIER_OPEN;
	r.opens_ns = clock_unix_ns() + ahead_ns;
	barrier_report(m, at, &r, ahead_ns);
}

BARRIER_TEST(clocks_compared)
{
	static const int64_t ahead_ns[] = { 0, INT64_C(5000000000),
					    -INT64_C(86400000000000), 1000000 };
	const struct barrier_clock *clock = &m->board->slot[1].clock;

	m->barrier.hosts = 2;
	for (unsigned int i = 0; i < sizeof(ahead_ns) / sizeof(*ahead_ns);
	     i++) {
		int64_t off;

		barrier_come(m, 1, NULL, 50 * MS);
		open_with_clock(m, i + 1, ahead_ns[i]);
		barrier_passes(m, 1);
		assert_string_equal(clock->reference, "x");
		assert_int_equal(clock->run, 77);
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
	struct barrier_peer peers[1] = { 0 };
	struct barrier_report r = say_here("x", peers, 1);

	m->barrier.hosts = 2;
	barrier_say(m, 1, "x", 77, 0);
	barrier_report(m, 1, &r, 0);
	barrier_come(m, 1, NULL, 0);
	peers[0].name = barrier_hear(m, 1, "b", 0);
	peers[0].delay_ns = -INT64_C(10000000000);
	r.verdict = BARRIER_OPEN;
	barrier_report(m, 1, &r, 0);
	barrier_passes(m, 1);
	assert_true(m->board->slot[1].clock.error_ns < 0);
}

/* All clocks are compared with the leader's. */
BARRIER_TEST(leader_is_reference)
{
	const struct slot *slot = m->board->slot;

	m->barrier.hosts = 3;
	barrier_come(m, 2, NULL, 0);
	barrier_hear_leader(m, 1, "c", 0);
	barrier_come(m, 0, NULL, 0);
	barrier_come(m, 1, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		barrier_passes(m, i);
	for (unsigned int i = 0; i < 3; i++) {
		const struct barrier_clock *clock = &slot[i].clock;

		assert_string_equal(clock->reference, "c");
		assert_true(clock->run && clock->run == slot[0].clock.run);
		/*
		 * All hosts share one clock: they differ by the bound at most.
		 */
		assert_true(llabs(clock->ahead_ns) <= clock->error_ns);
		assert_true(clock->error_ns || i == 2);
	}
}
