// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes are killed at random moments, and some come again. Many groups meet
 * at the same time, each in a section of its own. All hosts of a group that
 * were not killed have the same outcome, in bounded time.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "scratch.h"

#define GROUPS    24
#define HOSTS     5
#define TIMEOUT_S 12
#define EXTRA_NS  (5 * INT64_C(1000000000))
/* The hosts come within so long, and pass not much later. */
#define COME_MS 250
#define OPEN_MS 120

struct member {
	pid_t pid;
	unsigned int kill_ms, again_ms; /* 0: never */
	bool killed;
};

struct outcome {
	atomic_bool done;
	atomic_int ret;
	int64_t took_ns;
	struct failure failure;
};

struct group {
	char section[32];
	struct member member[HOSTS];
	struct outcome *outcome; /* shared with the processes */
};

static void be_member(const struct barrier_rig *m, const struct group *g,
		      unsigned int i, unsigned int delay_ms)
{
	struct outcome *o = &g->outcome[i];
	struct barrier barrier = m->barrier;
	int64_t begin;

	/* All are there before the first one comes. */
	while (!m->board->come)
		usleep(MS);
	usleep(delay_ms * MS);
	begin = clock_steady_ns();
	barrier.section = g->section;
	barrier.host = barrier_names[i];
	o->ret = barrier_wait_directory(&barrier, &o->failure);
	o->took_ns = clock_steady_ns() - begin;
	o->done = true;
	usleep(300 * MS);
	barrier_remove(&barrier);
	_exit(0);
}

static void start(const struct barrier_rig *m, struct group *g, unsigned int i,
		  unsigned int delay_ms)
{
	g->member[i].pid = fork();
	assert_true(g->member[i].pid >= 0);
	if (!g->member[i].pid)
		be_member(m, g, i, delay_ms);
}

static unsigned int random_ms(unsigned int below)
{
	return 1 + (unsigned int)(scratch_random() % below);
}

static void set_up(const struct barrier_rig *m, struct group *g,
		   unsigned int number)
{
	unsigned int victims = number % 3; /* 0, 1 or 2 */

	scratch_print(g->section, sizeof(g->section), "section-%u", number);
	for (unsigned int i = 0; i < victims; i++) {
		struct member *v = &g->member[scratch_random() % HOSTS];

		v->kill_ms = random_ms(COME_MS + OPEN_MS);
		if (number % 2)
			v->again_ms = v->kill_ms + random_ms(COME_MS);
	}
	for (unsigned int i = 0; i < HOSTS; i++)
		start(m, g, i, random_ms(COME_MS));
}

static void kill_and_restart(const struct barrier_rig *m, struct group *g,
			     unsigned int now_ms)
{
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct member *v = &g->member[i];

		if (v->kill_ms && v->kill_ms <= now_ms) {
			kill(v->pid, SIGKILL);
			waitpid(v->pid, NULL, 0);
			v->killed = true;
			v->kill_ms = v->pid = 0;
		}
		if (v->killed && v->again_ms && v->again_ms <= now_ms) {
			v->again_ms = 0;
			g->outcome[i].done = false;
			start(m, g, i, 0);
		}
	}
}

/* Returns whether the hosts that were not killed have passed. */
static bool check_group(const struct group *g)
{
	const struct outcome *first = NULL;

	for (unsigned int i = 0; i < HOSTS; i++) {
		const struct outcome *o = &g->outcome[i];
		bool killed = g->member[i].killed;

		if (!g->member[i].pid)
			continue;
		assert_int_equal(waitpid(g->member[i].pid, NULL, 0),
				 g->member[i].pid);
		assert_true(o->done);
		if (o->ret && o->ret != -ETIMEDOUT)
			fail_msg("%s: %s", g->section, o->failure.text);
		assert_true(o->took_ns <
			    TIMEOUT_S * INT64_C(1000000000) + EXTRA_NS);
		if (first && !killed && o->ret != first->ret)
			fail_msg("%s, host %u: %d \"%s\", another %d \"%s\"",
				 g->section, i, o->ret, o->failure.text,
				 first->ret, first->failure.text);
		if (!killed)
			first = o;
	}
	return first && !first->ret;
}

BARRIER_TEST(killed_at_any_moment)
{
	size_t size = GROUPS * HOSTS * sizeof(struct outcome);
	struct outcome *outcomes = mmap(NULL, size, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct group groups[GROUPS] = { 0 };
	unsigned int passed = 0;
	int64_t begin;

	assert_true(outcomes != MAP_FAILED);
	m->barrier.hosts = HOSTS;
	m->barrier.timeout_s = TIMEOUT_S;
	for (unsigned int i = 0; i < GROUPS; i++) {
		groups[i].outcome = outcomes + i * HOSTS;
		set_up(m, &groups[i], i);
	}
	begin = clock_steady_ns();
	m->board->come = 1;
	for (unsigned int ms = 0; ms < 4 * COME_MS;) {
		ms = (unsigned int)((clock_steady_ns() - begin) / 1000000);
		for (unsigned int i = 0; i < GROUPS; i++)
			kill_and_restart(m, &groups[i], ms);
		usleep(MS);
	}
	for (unsigned int i = 0; i < GROUPS; i++) {
		bool open = check_group(&groups[i]);

		passed += open;
		if (i % 3 == 0 && !open)
			fail_msg("nobody was killed, and %s did not open",
				 groups[i].section);
	}
	print_message("# %u of %u groups passed\n", passed, GROUPS);
	munmap(outcomes, size);
}
