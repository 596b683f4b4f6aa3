// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "scratch.h"
#include "util/thread_time.h"

TEST(parse)
{
	struct thread_time t;

	assert_true(thread_time_parse("1009329 2166397 4\n", &t));
	assert_int_equal(t.ran_ns, 1009329);
	assert_int_equal(t.waited_ns, 2166397);
	/* So it is if the kernel does not count. */
	assert_false(thread_time_parse("0 0 0\n", &t));
	assert_false(thread_time_parse("", &t));
	assert_false(thread_time_parse("1009329 2166397", &t));
	assert_false(thread_time_parse("none", &t));
}

/* Running counts, sleeping does not. */
TEST(this_thread)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct thread_time before, slept, ran;
	struct timespec t;

	if (!thread_time_read(&before))
		scratch_skip("the kernel does not count (schedstat)");
	nanosleep(&pause, NULL);
	assert_true(thread_time_read(&slept));
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec * 1000000000ll + t.tv_nsec <
	       (long long)slept.ran_ns + 50000000);
	assert_true(thread_time_read(&ran));
	assert_true(slept.ran_ns - before.ran_ns < 40000000);
	assert_true(ran.ran_ns - slept.ran_ns >= 40000000);
}
