// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD. The time of day is $SHIFTCLOCK_MS later for the program than
 * it is, or earlier if the number is negative. A number in $SHIFTCLOCK_FILE,
 * once there is such a file, takes its place: then the clock steps. This shifts
 * what programs ask the C library for. It shifts neither monotonic clocks nor
 * the times in a file's attributes.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ll

static long long shift_ns(void)
{
	const char *ms = getenv("SHIFTCLOCK_MS");
	const char *path = getenv("SHIFTCLOCK_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[32] = "";

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) > 0)
			ms = text;
		close(fd);
	}
	return ms ? strtoll(ms, NULL, 10) * 1000000 : 0;
}

static int real_clock_gettime(clockid_t clock, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	return real(clock, t);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int ret = real_clock_gettime(clock, t);
	long long ns;

	if (ret || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
		return ret;
	ns = t->tv_sec * NS_PER_S + t->tv_nsec + shift_ns();
	t->tv_sec = ns / NS_PER_S;
	t->tv_nsec = ns % NS_PER_S;
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &t))
		return -1;
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t))
		return -1;
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}
