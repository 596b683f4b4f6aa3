// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock of a special build of the engine, in which only the engine's own
 * work takes time. This clock goes on by OWN_CLOCK_NS with each function of the
 * core that is entered, and with each look at contents. System calls do not
 * move it. So a latency is 0, or tells how many functions were in it that
 * belong to no operation. The functions that belong to operations are named in
 * meson.build, and are not counted. fio's own clock is the usual one.
 *
 * A batch ends after 0.8 ms of this clock, which is some operations.
 *
 * With $OWN_WORK_US all clocks are the real ones, and the engine is slow at its
 * own work: the preparation of an operation, each look at contents and each
 * name with an ending take so many us. Then the latencies show whether such
 * work is in them, whatever clock the engine looks at.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include "op/worker.h"

#define OWN_CLOCK_NS 10000

static __thread long long own_ns;

void __cyg_profile_func_enter(void *function, void *call_site);
void __cyg_profile_func_exit(void *function, void *call_site);
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
bool __real_ticks_usable(void);
bool __wrap_ticks_usable(void);
void __real_request_prepare(struct worker *worker, struct request *request,
			    uint64_t unit, bool again);
void __wrap_request_prepare(struct worker *worker, struct request *request,
			    uint64_t unit, bool again);
const char *__real_request_extra(struct request *request, enum tree tree,
				 const char *ending);
const char *__wrap_request_extra(struct request *request, enum tree tree,
				 const char *ending);
const uint8_t *__real_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length);
const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length);
void __real_content_fill(const struct content *content, void *out,
			 uint64_t file, uint64_t record, size_t length);
void __wrap_content_fill(const struct content *content, void *out,
			 uint64_t file, uint64_t record, size_t length);
size_t __real_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected);
size_t __wrap_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected);

/* Returns how long a piece of work takes, in us. 0: the clock is ours. */
static long work_us(void)
{
	static long us = -1;

	if (us < 0)
		us = getenv("OWN_WORK_US") ? atol(getenv("OWN_WORK_US")) : 0;
	return us;
}

/* Sleeps, so that no other job waits for the processor. */
static void work_really(void)
{
	const struct timespec pause = { .tv_nsec = work_us() * 1000 };

	if (!work_us())
		return;
	prctl(PR_SET_TIMERSLACK, 1);
	nanosleep(&pause, NULL);
}

static void work(void)
{
	own_ns += OWN_CLOCK_NS;
	work_really();
}

void __cyg_profile_func_enter(void *function, void *call_site)
{
	own_ns += OWN_CLOCK_NS;
}

void __cyg_profile_func_exit(void *function, void *call_site)
{
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	if (id != CLOCK_MONOTONIC || work_us())
		return __real_clock_gettime(id, now);
	*now = (struct timespec){ .tv_sec = own_ns / 1000000000,
				  .tv_nsec = own_ns % 1000000000 };
	return 0;
}

/* The engine must not look at the processor's counter instead of this clock. */
bool __wrap_ticks_usable(void)
{
	return work_us() && __real_ticks_usable();
}

void __wrap_request_prepare(struct worker *worker, struct request *request,
			    uint64_t unit, bool again)
{
	/* Takes twice as long, so that verifying keeps up with preparing. */
	work_really();
	work_really();
	__real_request_prepare(worker, request, unit, again);
}

const char *__wrap_request_extra(struct request *request, enum tree tree,
				 const char *ending)
{
	work_really();
	return __real_request_extra(request, tree, ending);
}

const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length)
{
	/* A pattern is only pointed at. It was made before. */
	if (content->kind != CONTENT_PATTERN)
		work();
	return __real_content_record(content, scratch, file, record, length);
}

void __wrap_content_fill(const struct content *content, void *out,
			 uint64_t file, uint64_t record, size_t length)
{
	work();
	__real_content_fill(content, out, file, record, length);
}

size_t __wrap_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected)
{
	work();
	return __real_content_compare(content, found, file, record, length,
				      expected);
}
