// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock here is our own, so that a busy machine changes nothing. A look
 * takes LOOK_NS. The time is read in the middle of it.
 */
#include <pthread.h>
#include <time.h>

#include "scratch.h"
#include "util/slowdown.h"
#include "util/ticks.h"

#define LOOK_NS 30
#define MS      1000000

static int64_t now_ns = 1;
/* The machine stands still for so long before this look at the clock. */
static int64_t stall_ns;
static int stall_look;

/* Replaces libc's function in slowdown.c, too, which is linked in here. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	if (stall_look && !--stall_look)
		now_ns += stall_ns;
	now_ns += LOOK_NS / 2;
	now->tv_sec = now_ns / 1000000000;
	now->tv_nsec = now_ns % 1000000000;
	now_ns += LOOK_NS / 2;
	return 0;
}

/* Nor does the processor's counter count here. */
bool ticks_usable(void)
{
	return false;
}

static int read_as(const char *text)
{
	setenv(SLOWDOWN_VARIABLE, text, 1);
	return slowdown_read();
}

TEST(numbers)
{
	static const char *const none[] = { "0",    "-1",  "ten",
					    "nan",  "inf", " 10",
					    "10 %", "1e9", "1000.1" };

	unsetenv(SLOWDOWN_VARIABLE);
	assert_int_equal(slowdown_read(), 0);
	assert_int_equal(read_as(""), 0);
	assert_int_equal(read_as("10"), 1);
	assert_true(slowdown_percent() == 10);
	assert_int_equal(read_as("0.5"), 1);
	assert_int_equal(read_as("1000"), 1);
	for_each_in (row, none)
		assert_int_equal(read_as(*row), -EINVAL);
}

/* Does operations of `ns` each. Returns how long the waits say they took. */
static int64_t work(int count, int64_t ns)
{
	int64_t waited_ns = 0;

	for (int i = 0; i < count; i++) {
		now_ns += ns;
		waited_ns += (int64_t)slowdown_wait();
	}
	return waited_ns;
}

/*
 * Operations take longer by the percentage, however short they are: our looks
 * at the clock are a part of the wait. A wait that was too long makes the next
 * one shorter. So all waits together are wrong by what the waits before left,
 * and by what they leave: a look each.
 */
TEST(a_part)
{
	enum { COUNT = 1000 };
	static const struct {
		const char *percent;
		int64_t ns, wait_ns;
	} rows[] = {
		{ "10", 20000, 2000 },
		{ "100", 20000, 20000 },
		{ "1000", 500, 5000 },
		{ "10", 1000, 100 },
		{ "3", 1400, 42 },
		{ "3", 1000, LOOK_NS },
		/* No wait is shorter than a look. */
		{ "1", 1000, LOOK_NS },
	};

	for_each_in (row, rows) {
		int64_t began, waited_ns;

		assert_int_equal(read_as(row->percent), 1);
		slowdown_wait();
		began = now_ns;
		waited_ns = work(COUNT, row->ns);
		assert_int_equal(now_ns - began, COUNT * row->ns + waited_ns);
		assert_in_range(waited_ns, COUNT * row->wait_ns - 2 * LOOK_NS,
				COUNT * row->wait_ns + 2 * LOOK_NS);
	}
}

/*
 * A wait in which the machine stood still shortens the next one by 10 ms at
 * most. Here 700 ms are lost in a wait of 500 ms.
 */
TEST(a_stall)
{
	int64_t waited_ns;

	assert_int_equal(read_as("1000"), 1);
	slowdown_wait();
	stall_ns = 700 * MS;
	stall_look = 2;
	waited_ns = work(1, 50 * MS);
	assert_in_range(waited_ns, 700 * MS, 700 * MS + 2 * LOOK_NS);
	assert_in_range(work(1, 10 * MS), 90 * MS - LOOK_NS, 91 * MS);
}

static void *first_of_a_thread(void *waited_ns)
{
	*(int64_t *)waited_ns = (int64_t)slowdown_wait();
	return NULL;
}

/* A thread does not wait for what another has done. */
TEST(threads)
{
	int64_t waited_ns;
	pthread_t thread;

	assert_int_equal(read_as("1000"), 1);
	slowdown_wait();
	now_ns += 50 * MS;
	assert_ok(pthread_create(&thread, NULL, first_of_a_thread, &waited_ns));
	assert_ok(pthread_join(thread, NULL));
	assert_int_equal(waited_ns, LOOK_NS);
}

/* A thread that stood still was not at work. */
TEST(standing_still)
{
	assert_int_equal(read_as("50"), 1);
	slowdown_wait();
	slowdown_pause();
	now_ns += 60 * MS;
	slowdown_resume();
	assert_in_range(work(1, 1000), 500 - LOOK_NS, 500 + LOOK_NS);
}
