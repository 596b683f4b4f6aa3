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
 */
#include <stdbool.h>
#include <time.h>

#include "op/content.h"

#define OWN_CLOCK_NS 10000

static __thread long long own_ns;

void __cyg_profile_func_enter(void *function, void *call_site);
void __cyg_profile_func_exit(void *function, void *call_site);
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
bool __wrap_ticks_usable(void);
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

void __cyg_profile_func_enter(void *function, void *call_site)
{
	own_ns += OWN_CLOCK_NS;
}

void __cyg_profile_func_exit(void *function, void *call_site)
{
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	if (id != CLOCK_MONOTONIC)
		return __real_clock_gettime(id, now);
	*now = (struct timespec){ .tv_sec = own_ns / 1000000000,
				  .tv_nsec = own_ns % 1000000000 };
	return 0;
}

/* The engine must not look at the processor's counter instead of this clock. */
bool __wrap_ticks_usable(void)
{
	return false;
}

const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length)
{
	/* A pattern is only pointed at. It was made before. */
	if (content->kind != CONTENT_PATTERN)
		own_ns += OWN_CLOCK_NS;
	return __real_content_record(content, scratch, file, record, length);
}

void __wrap_content_fill(const struct content *content, void *out,
			 uint64_t file, uint64_t record, size_t length)
{
	own_ns += OWN_CLOCK_NS;
	__real_content_fill(content, out, file, record, length);
}

size_t __wrap_content_compare(const struct content *content, const void *found,
			      uint64_t file, uint64_t record, size_t length,
			      uint8_t *expected)
{
	own_ns += OWN_CLOCK_NS;
	return __real_content_compare(content, found, file, record, length,
				      expected);
}
