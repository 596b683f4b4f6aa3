// SPDX-License-Identifier: GPL-2.0-only
/*
 * What makes a build of the engine slower by a known time: linked with
 * --wrap=op_create, each create takes 50 us longer, or the nanoseconds in
 * $SLOW_ENGINE_NS. And its own work, which no latency may contain: with
 * $SLOW_OWN_NS each look at a record's contents takes so much longer.
 */
#include <stdlib.h>
#include <time.h>

#include "op/op.h"

#define DELAY_NS 50000LL

int __real_op_create(struct worker *worker, struct request *request);
const uint8_t *__real_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length);
const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length);
size_t __real_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected);
size_t __wrap_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected);
int __wrap_op_create(struct worker *worker, struct request *request);

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_own(void)
{
	const char *text = getenv("SLOW_OWN_NS");
	long long end = now_ns() + (text ? atoll(text) : 0);

	while (now_ns() < end)
		;
}

const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length)
{
	/* What is there already is only pointed at. */
	if (content->kind != CONTENT_PATTERN)
		wait_own();
	return __real_content_record(content, scratch, file, record, length);
}

size_t __wrap_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected)
{
	wait_own();
	return __real_content_compare(content, found, file, record, length,
				      expected);
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
	/* Not asleep: so short a sleep takes twice as long. */
	while (now_ns() < end)
		;
	return __real_op_create(worker, request);
}
