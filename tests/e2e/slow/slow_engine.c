// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a build of the engine slower by a known time. It is linked with
 * --wrap=op_create. Each create takes 50 us longer, or as many nanoseconds as
 * $SLOW_ENGINE_NS says.
 */
#include <stdlib.h>
#include <time.h>

#include "op/op.h"

#define DELAY_NS 50000LL

int __real_op_create(struct worker *worker, struct request *request);
int __wrap_op_create(struct worker *worker, struct request *request);

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int __wrap_op_create(struct worker *worker, struct request *request)
{
	static long long delay_ns = -1;
	long long end;

	if (delay_ns < 0) {
		const char *text = getenv("SLOW_ENGINE_NS");

		delay_ns = text ? atoll(text) : DELAY_NS;
	}
	end = now_ns() + delay_ns;
	/* This does not sleep, because so short a sleep takes twice as long. */
	while (now_ns() < end)
		;
	return __real_op_create(worker, request);
}
