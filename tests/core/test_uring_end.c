// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job ends while operations are in flight that may never be answered. A FIFO
 * in place of a file makes a read hang until somebody writes.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "rig_async.h"
#include "async/uring.h"
#include "util/clock.h"

#define DEPTH   16
#define HANGING 5u /* how many files hang, the last ones */
#define END_MS  50
#define SOON_NS INT64_C(20000000000)

static bool told;

static bool is_told(void *arg)
{
	return told;
}

/* Writers, so that opening a FIFO to read it does not wait. */
static int writer[HANGING];

static void put_fifos(struct rig *rig, uint64_t files)
{
	char *path;

	for (unsigned int i = 0; i < HANGING; i++) {
		path = rig_file(rig, files - i);
		assert_ok(unlink(path));
		assert_ok(mkfifo(path, 0600));
		writer[i] = open(path, O_RDWR | O_CLOEXEC);
		assert_true(writer[i] >= 0);
	}
}

static void close_fifos(void)
{
	for (unsigned int i = 0; i < HANGING; i++)
		close(writer[i]);
}

static void read_all(struct rig *rig)
{
	rig_start(rig, "read");
	rig->worker.stop.asked = is_told;
	for (unsigned int i = 0; i < DEPTH; i++) {
		rig_async_begin(rig, i, i);
	}
	assert_ok(async_submit(rig->async));
}

/* Checks that each operation is done once, and hanging ones are given up. */
static void take_all(struct rig *rig)
{
	unsigned int failed = 0, place;
	bool seen[DEPTH] = { false };

	for (unsigned int i = 0; i < DEPTH; i++) {
		int ret = async_take(rig->async, &place);
		char text[2 * PATH_MAX];

		assert_false(seen[place]);
		seen[place] = true;
		if (!ret)
			continue;
		failed++;
		assert_true(place >= DEPTH - HANGING);
		assert_int_equal(ret, -ECANCELED);
		request_describe(&rig->worker, async_request(rig->async, place),
				 ret, text, sizeof(text));
		assert_says(text, "given up");
	}
	assert_int_equal(failed, HANGING);
}

static void end_one_way(struct rig *rig, bool by_cancel)
{
	unsigned int fds = scratch_open_fds();
	int64_t start_ns = clock_steady_ns();

	told = false;
	read_all(rig);
	/* These are the operations that do not hang. */
	assert_in_range(async_reap(rig->async, DEPTH - HANGING),
			DEPTH - HANGING, DEPTH - HANGING);
	if (by_cancel)
		async_end(rig->async);
	else
		told = true;
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	assert_true(clock_steady_ns() - start_ns < SOON_NS);
	take_all(rig);
	rig_stop(rig);
	assert_int_equal(scratch_open_fds(), fds);
}

static void all_ways(struct rig *rig, unsigned int without, bool remote)
{
	rig->without = without;
	rig->remote = remote;
	end_one_way(rig, false);
	end_one_way(rig, true);
}

RIG_TEST(hanging)
{
	rig->depth = DEPTH;
	rig->end_ms = END_MS;
	rig->options.layout.files = DEPTH;
	rig_all(rig, "create");
	put_fifos(rig, DEPTH);
	all_ways(rig, 0, false);
	all_ways(rig, URING_ALL, false);
	all_ways(rig, URING_DEFER, false);
	all_ways(rig, 0, true);
	close_fifos();
}

/* The ring is freed while operations hang, but not the kernel's memory. */
RIG_TEST(freed)
{
	int64_t start_ns = clock_steady_ns();

	rig->depth = DEPTH;
	rig->end_ms = END_MS;
	rig->options.layout.files = DEPTH;
	rig_all(rig, "create");
	put_fifos(rig, DEPTH);
	read_all(rig);
	rig_stop(rig);
	assert_true(clock_steady_ns() - start_ns < SOON_NS);
	close_fifos();
}

/*
 * Operations that are answered in time are done, whether the job was told to
 * end or not.
 */
RIG_TEST(in_time)
{
	unsigned int place;

	rig->depth = DEPTH;
	rig->end_ms = SOON_NS / 1000000;
	rig->options.layout.files = DEPTH;
	rig_all(rig, "create");
	told = true;
	read_all(rig);
	async_end(rig->async);
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_ok(async_take(rig->async, &place));
	rig_stop(rig);
}
