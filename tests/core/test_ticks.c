// SPDX-License-Identifier: GPL-2.0-only
#include "test.h"
#include "util/clock.h"
#include "util/ticks.h"

static uint64_t share(uint64_t ticks, uint64_t whole, uint64_t whole_ns)
{
	return ticks_share_ns(ticks, whole, ticks_length_ns(whole, whole_ns));
}

TEST(shares)
{
	assert_int_equal(share(0, 128, 1024), 0);
	assert_int_equal(share(32, 128, 1024), 256);
	assert_int_equal(share(128, 128, 1024), 1024);
	/* A counter that is not the same everywhere must not make up time. */
	assert_int_equal(share(129, 128, 1024), 1024);
	assert_int_equal(share((uint64_t)-5, 128, 1024), 1024);
	assert_int_equal(share(0, 0, 1024), 0);
	assert_int_equal(share(7, 0, 1024), 0);
	assert_in_range(share(3000000000, 30000000000, 10000000000), 999999999,
			1000000000);
}

/*
 * Whether half of a time by the kernel's clock is half of the time by the
 * counter. The bounds allow for what a busy machine does between two readings.
 */
static bool paces_agree(void)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	uint64_t ticks[3], half_ns;
	int64_t ns[3];

	for (int i = 0; i < 3; i++) {
		ns[i] = clock_steady_ns();
		ticks[i] = ticks_now();
		if (i < 2)
			nanosleep(&nap, NULL);
	}
	assert_true(ticks[0] < ticks[1] && ticks[1] < ticks[2]);
	half_ns =
		share(ticks[1] - ticks[0], ticks[2] - ticks[0], ns[2] - ns[0]);
	return half_ns >= (uint64_t)(ns[1] - ns[0]) / 2 &&
	       half_ns <= (uint64_t)(ns[1] - ns[0]) * 2;
}

/* If the kernel uses another clocksource, the counter may be unsteady. */
TEST(used_where_the_kernel_does)
{
	FILE *f = popen("cat /sys/devices/system/clocksource/clocksource0/"
			"current_clocksource 2>/dev/null",
			"r");
	char name[64] = "";

	assert_non_null(f);
	if (fscanf(f, "%63s", name) != 1)
		name[0] = 0;
	pclose(f);
#if defined(__aarch64__)
	assert_int_equal(ticks_usable(), !strcmp(name, "arch_sys_counter"));
#elif defined(__x86_64__) || defined(__i386__)
	assert_int_equal(ticks_usable(), !strcmp(name, "tsc"));
#else
	assert_false(ticks_usable());
#endif
}

/* If the kernel uses another clock, the counter is not used. */
TEST(a_steady_pace)
{
	int tries = 1;

	while (ticks_usable() && !paces_agree())
		assert_true(++tries <= 3);
}
