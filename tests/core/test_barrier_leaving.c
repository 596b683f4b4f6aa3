// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the first host waits for others before it leaves the barrier. A
 * nanosleep() of this program counts what is asked for, and does not sleep, so
 * nothing depends on how fast the machine is.
 */
#include <time.h>

#include "barrier_rig.h"

/* As many as a file of the rig has room for. */
#define HOSTS           (RIG_HOSTS - 1)
#define NUMBER_OF_FIRST 100

/* What nanosleep() knows and counts. */
static struct {
	struct barrier_rig *rig;
	enum barrier_state first; /* how far the first host was last */
	bool leaving;
	unsigned int pauses;
	int64_t longest_ns;
} s;

/*
 * The other hosts go one step, as far as the first one allows. None of them
 * passes: they die at the opening.
 */
static void others_step(void)
{
	struct barrier_name seen[HOSTS];
	struct barrier_peer first;

	if (!barrier_hear(s.rig, barrier_names[0], &first) ||
	    first.state == s.first)
		return;
	s.first = first.state;
	seen[0] = first.name;
	for (unsigned int i = 1; i < HOSTS; i++) {
		seen[i] =
			(struct barrier_name){ .number = NUMBER_OF_FIRST + i };
		strcpy(seen[i].host, barrier_names[i]);
	}
	for (unsigned int i = 1; i < HOSTS; i++)
		barrier_say(s.rig, barrier_names[i], NUMBER_OF_FIRST + i,
			    first.state >= BARRIER_COMPLETE ? BARRIER_READY
							    : BARRIER_COMPLETE,
			    seen, HOSTS);
}

int nanosleep(const struct timespec *asked, struct timespec *left)
{
	int64_t ns = asked->tv_sec * INT64_C(1000000000) + asked->tv_nsec;

	if (!s.leaving) {
		others_step();
		return 0;
	}
	s.pauses++;
	if (ns > s.longest_ns)
		s.longest_ns = ns;
	return 0;
}

/*
 * The others need the first host's file until they have passed. If they are
 * dead, the first one leaves all the same, and does not look as seldom as
 * while hosts are still to come: then a pause grows with the square of their
 * number.
 */
BARRIER_TEST(others_have_died)
{
	m->barrier.hosts = HOSTS;
	s.rig = m;
	s.first = (enum barrier_state) - 1;
	assert_ok(barrier_alone(m));
	assert_true(m->barrier.opened);
	s.leaving = true;
	barrier_remove(&m->barrier);
	assert_true(s.pauses > 1);
	assert_true(s.pauses <= 200);
	assert_true(s.longest_ns >= BARRIER_POLL_NS);
	assert_true(s.longest_ns < 2 * BARRIER_POLL_NS);
}
