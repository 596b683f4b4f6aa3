// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "scratch.h"
#include "util/clock.h"
#include "util/slowdown.h"

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

static void work(int64_t ns)
{
	int64_t end = clock_steady_ns() + ns;

	while (clock_steady_ns() < end)
		;
}

/*
 * How long a thread waited in `count` operations of `ns` each, as a percentage
 * of all other time.
 */
static double waited_percent(int count, int64_t ns)
{
	int64_t waited = 0, begin, before;
	int i;

	slowdown_wait();
	begin = clock_steady_ns();
	for (i = 0; i < count; i++) {
		work(ns);
		before = clock_steady_ns();
		slowdown_wait();
		waited += clock_steady_ns() - before;
	}
	return 100.0 * (double)waited /
	       (double)(clock_steady_ns() - begin - waited);
}

/*
 * Whether the waits are a percentage of the other time, however short that is.
 * A wait that was too long makes the next one shorter. But before the last wait
 * the machine may have taken the processor away. So one of twenty tries has to
 * be right.
 */
static bool waits(double low, double high, int count, int64_t ns)
{
	double percent = 0;
	int i;

	for (i = 0; i < 20; i++) {
		percent = waited_percent(count, ns);
		if (percent > low && percent < high)
			return true;
	}
	print_message("# waited %.2f %% of %d times %lld ns\n", percent, count,
		      (long long)ns);
	return false;
}

TEST(a_part)
{
	assert_int_equal(read_as("10"), 1);
	assert_true(waits(9.5, 11, 5000, 20000));
	assert_int_equal(read_as("100"), 1);
	assert_true(waits(95, 110, 2000, 20000));
}

/*
 * About 1 us of system calls, as an operation has them. A processor cannot hide
 * a look at the clock behind them, as it can behind a loop.
 */
static void call_kernel(void)
{
	for (int i = 0; i < 10; i++)
		syscall(SYS_getppid);
}

static int64_t time_of(int count, bool slowed)
{
	int64_t begin;

	/* What passed until here is paid now. */
	slowdown_wait();
	begin = clock_steady_ns();
	for (int i = 0; i < count; i++) {
		if (slowed)
			slowdown_wait();
		call_kernel();
	}
	return clock_steady_ns() - begin;
}

/* How much longer slowed operations take, in percent, by turns of 1 ms. */
static double slower_percent(void)
{
	int64_t slowed = 0, not_slowed = 0;

	for (int i = 0; i < 20; i++) {
		slowed += time_of(1000, true);
		not_slowed += time_of(1000, false);
	}
	return 100.0 * (double)slowed / (double)not_slowed - 100;
}

/*
 * A short operation takes longer by the same percentage, too: our looks at the
 * clock are a part of the wait. On a busy machine, most of the tries may be
 * wrong.
 */
TEST(short_operations)
{
	double percent = 0;

	if (!getauxval(AT_SYSINFO_EHDR))
		scratch_skip("a look at the clock is a system call here");
	assert_int_equal(read_as("10"), 1);
	for (int i = 0; i < 100 && !(percent > 9 && percent < 10.8); i++)
		percent = slower_percent();
	print_message("# slower by %.2f %%\n", percent);
	assert_true(percent > 9 && percent < 10.8);
}

static void stand_still(int signal)
{
	(void)signal;
	usleep(700000);
}

/*
 * A wait in which the machine stood still shortens the next one by 10 ms at
 * most. Here 700 ms are lost in a wait of 500 ms. The signal may come before
 * the wait has begun, on a busy machine: then there is another try.
 */
TEST(a_stall)
{
	const struct itimerval soon = { .it_value.tv_usec = 1000 };
	int64_t waited_ns = 0;

	assert_int_equal(read_as("1000"), 1);
	assert_true(signal(SIGALRM, stand_still) != SIG_ERR);
	for (int i = 0; i < 5 && waited_ns < 70000000; i++) {
		slowdown_wait();
		work(50000000);
		assert_ok(setitimer(ITIMER_REAL, &soon, NULL));
		slowdown_wait();
		work(10000000);
		waited_ns = slowdown_wait();
	}
	assert_true(waited_ns >= 70000000);
}

static void *first_of_a_thread(void *waited_ns)
{
	int64_t begin = clock_steady_ns();

	slowdown_wait();
	*(int64_t *)waited_ns = clock_steady_ns() - begin;
	return NULL;
}

/*
 * A thread does not wait for what another has done. That would be half a second
 * each time, which a busy machine may take now and then.
 */
TEST(threads)
{
	int64_t waited_ns = INT64_MAX;
	pthread_t thread;

	assert_int_equal(read_as("1000"), 1);
	for (int i = 0; i < 5 && waited_ns >= 500000000; i++) {
		slowdown_wait();
		work(50000000);
		assert_ok(pthread_create(&thread, NULL, first_of_a_thread,
					 &waited_ns));
		assert_ok(pthread_join(thread, NULL));
	}
	assert_true(waited_ns < 500000000);
}

/* A thread that stood still was not at work. */
TEST(standing_still)
{
	const int64_t pause_ns = 60000000;
	int64_t begin, took;

	assert_int_equal(read_as("50"), 1);
	slowdown_wait();
	begin = clock_steady_ns();
	while (clock_steady_ns() - begin < pause_ns)
		;
	slowdown_stood_still(clock_steady_ns() - begin);
	begin = clock_steady_ns();
	slowdown_wait();
	took = clock_steady_ns() - begin;
	/* With the pause as work it would be half of the pause. */
	assert_true(took < pause_ns / 4);
}
