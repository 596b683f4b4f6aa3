// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many in flight on a file system in memory: what is done by plain calls, what
 * by the ring, and what is measured. That each operation
 * does what it should is shown by the tests of the operations: uring-plain in
 * meson.build.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "rig.h"
#include "rig_async.h"
#include "uring.h"

#define DEPTH 32
#define FILES 400

/* How often the ring was handed something. */
static unsigned int entered;

int io_uring_submit_and_wait_timeout(struct io_uring *ring,
				     struct io_uring_cqe **cqe,
				     unsigned int wait,
				     struct __kernel_timespec *ts,
				     sigset_t *mask)
{
	static typeof(&io_uring_submit_and_wait_timeout) real;

	entered++;
	if (!real)
		*(void **)&real =
			dlsym(RTLD_NEXT, "io_uring_submit_and_wait_timeout");
	return real(ring, cqe, wait, ts, mask);
}

int io_uring_submit_and_get_events(struct io_uring *ring)
{
	static typeof(&io_uring_submit_and_get_events) real;

	entered++;
	if (!real)
		*(void **)&real =
			dlsym(RTLD_NEXT, "io_uring_submit_and_get_events");
	return real(ring);
}

static struct rig *in_memory(void **state, uint64_t spread)
{
	struct rig *rig = *state;

	rig->memory = true;
	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	rig->options.layout.files_per_dir = 5;
	rig->options.layout.spread = spread;
	return rig;
}

static void begin(struct rig *rig, unsigned int place, uint64_t unit)
{
	request_prepare(&rig->worker, async_request(rig->async, place), unit,
			false);
	async_start(rig->async, place, unit);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* One after the other, each with its own latency; no ring has part in it. */
static void one_by_one(void **state)
{
	struct rig *rig = in_memory(state, DEPTH);
	uint64_t sum_ns = 0;
	unsigned int place;
	int64_t start_ns;

	rig_all(rig, "create");
	rig_start(rig, "read");
	assert_true(async_measures(rig->async));
	entered = 0;
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	start_ns = now_ns();
	assert_int_equal(async_submit(rig->async), 0);
	assert_true(async_has(rig->async, DEPTH));
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		struct request *r = async_request(rig->async, i);

		assert_int_equal(async_take(rig->async, &place), 0);
		assert_int_equal(place, i);
		assert_int_equal(r->bytes, 1000);
		assert_true(r->latency_ns > 0);
		sum_ns += r->latency_ns;
	}
	assert_true(sum_ns <= (uint64_t)(now_ns() - start_ns));
	assert_int_equal(entered, 0);
	rig_stop(rig);
}

/* While results are there, what is new waits for company. */
static void patience(void **state)
{
	struct rig *rig = in_memory(state, 1);
	unsigned int place;

	rig_all(rig, "create");
	rig_start(rig, "stat");
	for (unsigned int i = 0; i < DEPTH - 1; i++)
		begin(rig, i, i);
	assert_int_equal(async_reap(rig->async, 1), DEPTH - 1);
	begin(rig, DEPTH - 1, DEPTH - 1);
	assert_int_equal(async_reap(rig->async, 1), DEPTH - 1);
	/* Asked for no result, all is begun; asked for more, too. */
	assert_int_equal(async_reap(rig->async, 0), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_int_equal(async_take(rig->async, &place), 0);
	begin(rig, 3, 3);
	assert_int_equal(async_reap(rig->async, 1), 1);
	assert_int_equal(async_take(rig->async, &place), 0);
	rig_stop(rig);
}

/* Whether a ring has part in what is begun together; all succeeds. */
static bool by_ring(struct rig *rig, const char *operation)
{
	unsigned int place;

	rig_start(rig, operation);
	entered = 0;
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_int_equal(async_take(rig->async, &place), 0);
	assert_int_equal(async_measures(rig->async), !entered);
	rig_stop(rig);
	return entered > 0;
}

static void gains(void **state)
{
	struct rig *rig = in_memory(state, DEPTH);

	assert_true(by_ring(rig, "create"));
	assert_false(by_ring(rig, "stat"));
	assert_false(by_ring(rig, "read"));
	assert_false(by_ring(rig, "rename"));
	assert_true(by_ring(rig, "delete-renamed"));
}

/* In one directory they would only wait for each other. */
static void not_apart(void **state)
{
	struct rig *rig = in_memory(state, 1);

	assert_false(by_ring(rig, "create"));
	assert_false(by_ring(rig, "delete"));
}

static void always(void **state)
{
	struct rig *rig = in_memory(state, 1);

	rig->always_ring = true;
	assert_true(by_ring(rig, "create"));
	assert_true(by_ring(rig, "stat"));
}

/* What fails is told by its own place, and the others go on. */
static void failing(void **state)
{
	struct rig *rig = in_memory(state, 1);
	unsigned int place, failed = 0;
	char path[PATH_MAX];

	rig_all(rig, "create");
	rig_start(rig, "delete");
	for (unsigned int i = 0; i < DEPTH; i += 3) {
		uint64_t file = fileset_file(&rig->worker.fileset, i);

		rig_path(rig, TREE_SRC, file, "", path);
		assert_int_equal(unlink(path), 0);
	}
	entered = 0;
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	assert_int_equal(entered, 0);
	for (unsigned int i = 0; i < DEPTH; i++) {
		int ret = async_take(rig->async, &place);

		assert_int_equal(ret, place % 3 ? 0 : -ENOENT);
		failed += ret != 0;
		assert_true(async_request(rig->async, place)->latency_ns > 0);
	}
	assert_int_equal(failed, (DEPTH + 2) / 3);
	rig_stop(rig);
}

/* What has not begun when the time to end is over does not begin. */
static void told_to_end(void **state)
{
	struct rig *rig = in_memory(state, 1);
	char text[2 * PATH_MAX];
	unsigned int place;

	rig_all(rig, "create");
	rig_start(rig, "delete");
	async_end(rig->async); /* within end_ms = 0 */
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		int ret = async_take(rig->async, &place);

		assert_int_equal(ret, -ECANCELED);
		request_describe(&rig->worker, async_request(rig->async, place),
				 ret, text, sizeof(text));
		assert_non_null(strstr(text, "given up"));
	}
	rig_stop(rig);
	rig_all(rig, "stat");
}

/* Freed with some waiting: they are done first. */
static void freed(void **state)
{
	struct rig *rig = in_memory(state, 1);

	rig->end_ms = 10000;
	rig_all(rig, "create");
	rig_start(rig, "delete");
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	rig_stop(rig);
	rig_start(rig, "delete");
	for (unsigned int i = 0; i < DEPTH; i++)
		begin(rig, i, i);
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		unsigned int place;

		assert_int_equal(async_take(rig->async, &place), -ENOENT);
	}
	rig_stop(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define RIG_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		RIG_TEST(one_by_one),  RIG_TEST(patience), RIG_TEST(gains),
		RIG_TEST(not_apart),   RIG_TEST(always),   RIG_TEST(failing),
		RIG_TEST(told_to_end), RIG_TEST(freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
