// SPDX-License-Identifier: GPL-2.0-only
/* Hosts meet at the start barrier, and go through it together. */
#include <inttypes.h>
#include <math.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "barrier_rig.h"
#include "scratch.h"

#define ROUNDS      50
#define ROUNDS_MANY 10
#define SECTIONS    30

static void meet_and_leave(struct barrier_rig *m, unsigned int hosts)
{
	int64_t first = INT64_MAX, last = 0;

	barrier_meet(m, hosts, 20 * MS);
	for (unsigned int i = 0; i < hosts; i++) {
		int64_t at = m->board->slot[i].passed_ns;

		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	print_message("# %u hosts: from first to last %.1f ms\n", hosts,
		      (double)(last - first) * 1e-6);
	/*
	 * The machine may be busy, but no step of the protocol takes a second.
	 */
	assert_true(last - first < 5 * INT64_C(1000000000));
	for (unsigned int i = 0; i < hosts; i++)
		barrier_leave(m, i);
	barrier_nothing_is_left(m);
}

BARRIER_TEST(one_host)
{
	assert_ok(barrier_alone(m));
	assert_true(scratch_exists("%s", barrier_in_section(m, "a")));
	barrier_remove(&m->barrier);
	barrier_nothing_is_left(m);
	barrier_remove(&m->barrier);
	barrier_nothing_is_left(m);
}

BARRIER_TEST(some_hosts)
{
	meet_and_leave(m, 2);
	meet_and_leave(m, 3);
	meet_and_leave(m, 8);
	meet_and_leave(m, RIG_HOSTS);
}

/* Runs rounds in which hosts come at random times. */
static void rounds(struct barrier_rig *m, unsigned int count,
		   unsigned int hosts)
{
	m->barrier.hosts = hosts;
	for (unsigned int round = 0; round < count; round++) {
		m->board->come = 0;
		for (unsigned int i = 0; i < hosts; i++)
			barrier_come(
				m, i, NULL,
				(unsigned int)(scratch_random() % (10 * MS)));
		for (unsigned int i = 0; i < hosts; i++)
			barrier_passes(m, i);
		assert_int_equal(m->board->early, 0);
		/* Every other round meets the files of the round before. */
		for (unsigned int i = 0; i < hosts; i++)
			if (round % 2)
				barrier_leave(m, i);
			else
				barrier_kill(m, i);
	}
}

BARRIER_TEST(many_rounds)
{
	rounds(m, ROUNDS, 3);
}

BARRIER_TEST(many_rounds_of_many)
{
	rounds(m, ROUNDS_MANY, 12);
}

/* Passes one barrier after the other, as a job file of many sections does. */
static void go_through_sections(const struct barrier *g, struct slot *slot)
{
	char section[32];
	struct barrier barrier = *g;

	barrier.section = section;
	for (unsigned int i = 0; i < SECTIONS && !slot->ret; i++) {
		scratch_print(section, sizeof(section), "section-%u", i);
		slot->ret = barrier_wait_directory(&barrier, &slot->failure);
		barrier_remove(&barrier);
	}
	slot->done = true;
}

BARRIER_TEST(many_sections)
{
	m->barrier.hosts = 2;
	for (unsigned int i = 0; i < 2; i++) {
		struct barrier barrier = m->barrier;

		barrier.host = barrier_names[i];
		m->pid[i] = fork();
		assert_true(m->pid[i] >= 0);
		if (!m->pid[i]) {
			go_through_sections(&barrier, &m->board->slot[i]);
			_exit(0);
		}
	}
	barrier_passes(m, 0);
	barrier_passes(m, 1);
}

/* Watches where hosts meet. Returns how many files have got their name. */
static unsigned int read_events(int watch)
{
	char events[1 << 16];
	unsigned int appeared = 0;
	ssize_t n;

	while ((n = read(watch, events, sizeof(events))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (void *)&events[at];

			if (e->mask & IN_MODIFY && e->name[0] != '.')
				fail_msg("%s is rewritten", e->name);
			appeared += !!(e->mask & IN_MOVED_TO);
			at += (ssize_t)sizeof(*e) + e->len;
		}
	return appeared;
}

/*
 * What hosts read is never rewritten: it appears whole under a new name, once.
 */
BARRIER_TEST(never_rewritten)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	assert_true(watch >= 0);
	barrier_make_place(m);
	assert_true(inotify_add_watch(watch, barrier_in_place(m, ""),
				      IN_MODIFY | IN_MOVED_TO) >= 0);
	barrier_meet(m, 3, 20 * MS);
	/* The leader says at least that others have come, and calls the roll.
	 */
	assert_true(read_events(watch) >= 2);
	close(watch);
}

/*
 * Tests: leaving.
 */

/* The verdict stays until every host has left. */
BARRIER_TEST(verdict_stays)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_say(m, 1, "b", 77, 0);
	barrier_hear_leader(m, 1, "a", 1);
	barrier_say(m, 1, "b", 77, 1);
	barrier_passes(m, 0);
	barrier_leave(m, 0);
	assert_true(barrier_decided(m, 1));
	/* b is dead. The next run removes what it has left. */
	m->barrier.hosts = 1;
	one_host(m);
}

/* Files that others keep in the directory stay. */
BARRIER_TEST(strangers_stay)
{
	char *path;

	barrier_make_place(m);
	scratch_text(printed("%s/mine", m->dir), "x");
	path = printed("%s/smallfio-gate/mine", m->dir);
	scratch_text(path, "x");
	assert_ok(barrier_alone(m));
	barrier_remove(&m->barrier);
	assert_true(scratch_exists("%s", path));
	assert_true(scratch_exists("%s/mine", m->dir));
	assert_false(scratch_exists("%s", barrier_in_section(m, "")));
}

/*
 * Tests: a time.
 */

static double unix_time_s(void)
{
	return (double)clock_unix_ns() * 1e-9;
}

BARRIER_TEST(times)
{
	static const double never[] = { -1, -1e300, 1e300, NAN, INFINITY };
	struct failure f = { "" };
	double at = unix_time_s() - 1.5;

	assert_int_equal(barrier_wait_time(at, &m->barrier, &f), -ETIME);
	assert_says(f.text, "gate=@");
	assert_int_equal(barrier_wait_time(0, &m->barrier, &f), -ETIME);
	for_each_in (row, never)
		assert_int_equal(barrier_wait_time(*row, &m->barrier, &f),
				 -EINVAL);
	at = unix_time_s() + 0.25;
	assert_ok(barrier_wait_time(at, &m->barrier, &f));
	assert_true(unix_time_s() >= at);
	print_message("# a time: %.3f ms late\n", (unix_time_s() - at) * 1e3);
	assert_true(unix_time_s() < at + 5);
	m->board->slot[0].stop = true;
	m->barrier.stop.arg = &m->board->slot[0];
	at = unix_time_s();
	assert_int_equal(barrier_wait_time(at + 3600, &m->barrier, &f),
			 -ECANCELED);
	assert_true(unix_time_s() < at + 5);
}
