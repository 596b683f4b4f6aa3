// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock of a build of the engine in which nothing takes time but its own
 * work. Each function of the core that is entered, and each look at contents,
 * makes this clock OWN_CLOCK_NS later; a system call does not. So a latency is
 * 0, or tells how many functions that belong to no operation were in it. The
 * functions that do belong are named in meson.build, and not counted. fio's own
 * clock goes as ever.
 *
 * A batch ends after 0.8 ms of this clock: some operations.
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

/* All looks are at the clock above. */
bool __wrap_ticks_usable(void)
{
	return false;
}

const uint8_t *__wrap_content_record(const struct content *content,
				     void *scratch, uint64_t file,
				     uint64_t record, size_t length)
{
	/* The pattern is there already, and is only pointed at. */
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
