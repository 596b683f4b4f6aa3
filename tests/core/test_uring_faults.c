// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that does not take requests, or is interrupted. liburing's two
 * functions that enter the kernel are replaced here, and fail now and then.
 */
#include <liburing.h>
#include <sys/stat.h>

#include "rig_async.h"
#include "async/uring.h"

#define FILES 150
#define DEPTH 32

/* Faults of the calls that enter the kernel. */
static struct {
	int error;          /* the error that some calls return; 0: none */
	unsigned int every; /* one in so many calls is let through */
	unsigned int calls;
	unsigned int failed;
} faults;

/* One completion in so many is of a dropped operation; 0: none. */
static unsigned int dropped_every, completions;

static int drop(struct io_uring *ring, int ret)
{
	struct io_uring_cqe *cqe;
	unsigned int head;

	if (!dropped_every)
		return ret;
	io_uring_for_each_cqe(ring, head,
			      cqe) if (completions++ % dropped_every == 0)
		cqe->res = -ECANCELED;
	return ret;
}

static bool fails(void)
{
	bool fail = faults.error && faults.calls++ % faults.every;

	faults.failed += fail;
	return fail;
}

int io_uring_submit_and_wait_timeout(struct io_uring *ring,
				     struct io_uring_cqe **cqe,
				     unsigned int wait,
				     struct __kernel_timespec *ts,
				     sigset_t *mask)
{
	if (fails())
		return -faults.error;
	return drop(ring, RIG_REAL(io_uring_submit_and_wait_timeout)(
				  ring, cqe, wait, ts, mask));
}

int io_uring_submit_and_get_events(struct io_uring *ring)
{
	if (fails())
		return -faults.error;
	return drop(ring, RIG_REAL(io_uring_submit_and_get_events)(ring));
}

/* rig_all() fails if an operation is not done, or done twice. */
static void work(struct rig *rig)
{
	rig_all(rig, "create");
	for (unsigned int n = 1; n <= FILES; n++) {
		struct stat st;

		assert_ok(stat(rig_file(rig, n), &st));
		assert_int_equal(st.st_size, 1000);
	}
	rig_all(rig, "read");
	rig_all(rig, "setxattr");
	rig_all(rig, "rename");
	rig_all(rig, "delete-renamed");
	for (unsigned int n = 1; n <= FILES; n++) {
		assert_int_not_equal(
			access(rig_path(rig, TREE_DST, n, ""), F_OK), 0);
	}
}

RIG_TEST(passing)
{
	static const int errors[] = { EAGAIN, EBUSY, EINTR, ENOMEM, ETIME };

	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	rig->options.layout.files_per_dir = 10;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		/* Every second time the ring has no room for all requests. */
		rig->without = i & 1 ? URING_ROOM | URING_SUBMIT_ALL : 0;
		faults.error = errors[i];
		faults.every = 2 + i;
		faults.calls = faults.failed = 0;
		work(rig);
		faults.error = 0;
		assert_true(faults.failed > 10);
	}
}

/* An error that lasts is the job's error, not an operation's. */
RIG_TEST(lasting)
{
	rig->depth = DEPTH;
	rig_all(rig, "create");
	rig_start(rig, "stat");
	rig_async_begin(rig, 0, 0);
	faults.error = EBADR;
	faults.every = 1u << 31;
	faults.calls = 1;
	assert_int_equal(async_submit(rig->async), -EBADR);
	assert_int_equal(async_reap(rig->async, 1), -EBADR);
	faults.error = 0;
	assert_int_equal(async_reap(rig->async, 1), 1);
	rig_stop(rig);
}

/* A pointer that keeps this memory from being reported as a leak. */
static struct async *left;

/*
 * A ring cannot be entered any more. Freeing it ends, and keeps the memory into
 * which the kernel may still write.
 */
RIG_TEST(freed_unanswered)
{
	rig->depth = DEPTH;
	rig_all(rig, "create");
	rig_start(rig, "read");
	left = rig->async;
	request_prepare(&rig->worker, async_request(left, 0), 0, false);
	async_start(left, 0, 0);
	faults.error = EBADF;
	faults.every = 1u << 31;
	faults.calls = 1;
	rig_stop(rig);
	faults.error = 0;
	memset(async_request(left, 0)->buffer, 0, 1000);
}

/*
 * The kernel drops an operation if it finds no thread for it. The operation is
 * asked for again, but not for ever. stat may be done twice without a
 * difference.
 */
RIG_TEST(dropped)
{
	unsigned int place;

	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	rig_all(rig, "create");
	completions = 0;
	dropped_every = 3;
	rig_all(rig, "stat");
	assert_true(completions > FILES);
	rig_start(rig, "stat");
	dropped_every = 1;
	rig_async_begin(rig, 0, 0);
	assert_ok(async_submit(rig->async));
	assert_int_equal(async_reap(rig->async, 1), 1);
	dropped_every = 0;
	assert_int_equal(async_take(rig->async, &place), -ECANCELED);
	rig_stop(rig);
}

/* A ring of 8 requests and 16 completions, for 32 operations of 3 to 5. */
RIG_TEST(no_room)
{
	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	rig->options.layout.files_per_dir = 10;
	for (unsigned int without = URING_ROOM; without <= URING_ALL;
	     without += URING_ALL - URING_ROOM) {
		rig->without = without;
		work(rig);
	}
}
