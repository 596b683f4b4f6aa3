// SPDX-License-Identifier: GPL-2.0-only
/* Threads of two sides take turns, and the test is the referee. */
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "forbid_call.h"
#include "test.h"
#include "util/clock.h"
#include "util/relay.h"

#define THREADS 3
#define TURN_NS 2000000

static struct relay *relay;
static int relay_fd;
/* Which side has run last, and how often a side has run in the other's turn. */
static atomic_int runs[2], overlaps;
static atomic_bool stopped;

static void make(void)
{
	assert_ok(relay_make(&relay, &relay_fd));
	atomic_store(&stopped, false);
	for (int i = 0; i < 2; i++)
		atomic_store(&runs[i], 0);
	atomic_store(&overlaps, 0);
}

static void take_away(void)
{
	relay_free(relay);
	close(relay_fd);
}

static bool asked_to_stop(void *arg)
{
	return atomic_load(&stopped);
}

struct player {
	unsigned int side;
	uint64_t operations;
	int64_t waited_ns;
	enum relay_next next;
	long number; /* of its seat */
	cpu_set_t may;
	pthread_t thread;
};

static int join(struct relay_seat *seat, struct relay *in, unsigned int side,
		unsigned int number, unsigned int threads,
		const char *operation)
{
	const struct relay_section section = { number, threads, operation,
					       "section" };

	return relay_join(seat, in, side, &section);
}

/* An operation: nobody of the other side may be in one. */
static void operate(struct player *p)
{
	atomic_fetch_add(&runs[p->side], 1);
	if (atomic_load(&runs[!p->side]))
		atomic_fetch_add(&overlaps, 1);
	p->operations++;
	atomic_fetch_sub(&runs[p->side], 1);
}

static void *play(void *arg)
{
	struct player *p = arg;
	struct relay_seat seat;
	int64_t waited;

	if (join(&seat, relay, p->side, 7, THREADS, "stat"))
		return NULL;
	p->number = seat.thread - relay->heat[0].side[p->side].thread;
	sched_getaffinity(0, sizeof(p->may), &p->may);
	do {
		if (relay_is_mine(&seat)) {
			operate(p);
			continue;
		}
		p->next = relay_wait(&seat, p->operations, asked_to_stop, NULL,
				     &waited);
		p->waited_ns += waited;
	} while (p->next == RELAY_TURN);
	relay_leave(&seat, p->operations);
	return NULL;
}

static void begin(struct player *players)
{
	for (unsigned int i = 0; i < 2 * THREADS; i++) {
		players[i] = (struct player){ .side = i % 2 };
		assert_ok(pthread_create(&players[i].thread, NULL, play,
					 &players[i]));
	}
	while (!relay_all_here(&relay->heat[0].side[0]) ||
	       !relay_all_here(&relay->heat[0].side[1]))
		sched_yield();
}

static void end(const struct player *players)
{
	for (int i = 0; i < 2 * THREADS; i++)
		pthread_join(players[i].thread, NULL);
}

static void turn(unsigned int side)
{
	struct relay_heat *heat = &relay->heat[0];
	int64_t until_ns = clock_steady_ns() + TURN_NS;

	relay_give(heat, side == 0 ? RELAY_OF_A : RELAY_OF_B);
	while (clock_steady_ns() < until_ns)
		relay_wait_for_change(heat, heat->changes, TURN_NS);
	relay_give(heat, RELAY_OF_NOBODY);
	while (relay_count(&heat->side[side], RELAY_RUNS))
		sched_yield();
}

static uint64_t counted(unsigned int side, const struct player *players)
{
	uint64_t sum = 0, own_ns = 0;

	for (int i = 0; i < THREADS; i++) {
		sum += relay->heat[0].side[side].thread[i].operations;
		own_ns += relay->heat[0].side[side].thread[i].own_ns;
	}
	for (int i = 0; i < 2 * THREADS; i++)
		if (players[i].side == side)
			sum -= players[i].operations;
	assert_true(own_ns > 0);
	return sum;
}

/* Nobody runs in the other side's turn, and all that was done is counted. */
TEST(turns)
{
	struct player players[2 * THREADS];

	make();
	begin(players);
	for (int i = 0; i < 40; i++)
		turn(i % 2);
	relay_give(&relay->heat[0], RELAY_OVER);
	end(players);
	assert_int_equal(overlaps, 0);
	for (unsigned int side = 0; side < 2; side++) {
		assert_true(players[side].operations > 0);
		assert_true(players[side].waited_ns > 10 * (int64_t)TURN_NS);
		assert_int_equal(players[side].next, RELAY_ENDS);
		assert_int_equal(counted(side, players), 0);
		assert_int_equal(relay_count(&relay->heat[0].side[side],
					     RELAY_LEFT),
				 THREADS);
	}
	take_away();
}

/* What slows a processor slows both sides. */
TEST(same_processors)
{
	struct player players[2 * THREADS];
	cpu_set_t all;
	int processors;

	assert_ok(sched_getaffinity(0, sizeof(all), &all));
	processors = CPU_COUNT(&all);
	make();
	relay->first_processor = 1;
	begin(players);
	relay_give(&relay->heat[0], RELAY_OVER);
	end(players);
	for_each_in (p, players) {
		assert_int_equal(CPU_COUNT(&p->may), 1);
		for_each_in (q, players)
			assert_int_equal(CPU_EQUAL(&p->may, &q->may),
					 p->number % processors ==
						 q->number % processors);
	}
	take_away();
}

TEST(told_to_stop)
{
	struct player players[2 * THREADS];

	make();
	begin(players);
	turn(0);
	atomic_store(&stopped, true);
	end(players);
	for (int i = 0; i < 2 * THREADS; i++)
		assert_int_equal(players[i].next, RELAY_STOPPED);
	take_away();
}

/*
 * Sections take heats one after the other, whatever their numbers are, and no
 * more threads than there is room for.
 */
TEST(seats)
{
	struct relay_seat a, b, c;

	make();
	assert_ok(join(&a, relay, 0, 3, 1, "create"));
	assert_ok(join(&b, relay, 1, 1, 1, "create"));
	assert_ok(join(&c, relay, 0, 5, 2, "delete"));
	assert_ptr_equal(a.heat, b.heat);
	assert_ptr_equal(c.heat, &relay->heat[1]);
	assert_false(relay_all_here(&c.heat->side[0]));
	assert_string_equal(c.heat->side[0].operation, "delete");
	assert_int_equal(join(&a, relay, 0, 9, RELAY_THREADS + 1, "stat"),
			 -E2BIG);
	for (unsigned int i = 1; i < RELAY_HEATS; i++)
		assert_ok(join(&a, relay, 1, 10 + i, 1, "stat"));
	assert_int_equal(join(&a, relay, 1, 1000, 1, "stat"), -E2BIG);
	take_away();
}

TEST(variable)
{
	static const char *const wrong[] = { "a", "c:/dev/null", "a:/dev/null",
					     "b:", "a:/does/not/exist" };
	struct relay *found;
	unsigned int side;
	char text[64];

	unsetenv(RELAY_VARIABLE);
	assert_ok(relay_find(&found, &side));
	assert_null(found);
	for_each_in (row, wrong) {
		setenv(RELAY_VARIABLE, *row, 1);
		assert_true(relay_find(&found, &side) < 0);
		assert_null(found);
	}
	make();
	snprintf(text, sizeof(text), "b:/proc/%d/fd/%d", getpid(), relay_fd);
	setenv(RELAY_VARIABLE, text, 1);
	assert_ok(relay_find(&found, &side));
	assert_int_equal(side, RELAY_OF_B);
	assert_int_equal(found->referee, getpid());
	relay_free(found);
	take_away();
}

static bool never(void *arg)
{
	return false;
}

/*
 * What a child does that waits for its turn. Exits with why it went on. Linux
 * before 5.3 has no pidfd_open().
 */
static void wait_in_child(const char *path, bool old_kernel)
{
	struct relay_seat seat;
	struct relay *found;
	unsigned int side;
	int64_t waited;

	setenv(RELAY_VARIABLE, path, 1);
	if (old_kernel && forbid_call(SYS_pidfd_open, ENOSYS))
		_exit(98);
	if (relay_find(&found, &side) || join(&seat, found, side, 1, 1, "stat"))
		_exit(99);
	_exit((int)relay_wait(&seat, 0, never, NULL, &waited));
}

/* Kills the referee while somebody waits for a turn. */
static void kill_referee(bool old_kernel)
{
	int pipe_fd[2], status;
	pid_t referee, player;
	char path[64] = "";

	assert_ok(pipe(pipe_fd));
	referee = fork();
	if (!referee) {
		struct relay *own;
		int fd;

		if (relay_make(&own, &fd))
			_exit(1);
		snprintf(path, sizeof(path), "a:/proc/%d/fd/%d", getpid(), fd);
		if (write(pipe_fd[1], path, sizeof(path)) < 0)
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipe_fd[0], path, sizeof(path)), sizeof(path));
	player = fork();
	if (!player)
		wait_in_child(path, old_kernel);
	usleep(200000);
	assert_int_equal(waitpid(player, &status, WNOHANG), 0);
	kill(referee, SIGKILL);
	assert_int_equal(waitpid(referee, &status, 0), referee);
	assert_int_equal(waitpid(player, &status, 0), player);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), RELAY_ALONE);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

TEST(referee_dies)
{
	kill_referee(false);
	kill_referee(true);
}

/* Takes a turn, and ends in it or leaves before. */
static void play_once(bool leaves)
{
	struct relay_seat seat;
	int64_t waited;

	if (join(&seat, relay, 0, 1, 3, "stat") ||
	    relay_wait(&seat, 0, never, NULL, &waited) != RELAY_TURN)
		_exit(1);
	if (leaves)
		relay_leave(&seat, 1);
	_exit(0);
}

/* A process that was killed is told from one that has left. */
TEST(lost)
{
	const struct relay_side *side;
	int status;
	pid_t pid;

	make();
	side = &relay->heat[0].side[0];
	for (int killed = 0; killed < 2; killed++) {
		pid = fork();
		if (!pid)
			play_once(!killed);
		relay_give(&relay->heat[0], RELAY_OF_A);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(relay_has_lost(side), killed);
	}
	take_away();
}
