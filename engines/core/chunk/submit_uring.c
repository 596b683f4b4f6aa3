// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#include "chunk/submit.h"

static void uring_free(struct submit *s)
{
	io_uring_queue_exit(s->state);
	free(s->state);
}

static int uring_init(struct submit *s, struct failure *f)
{
	int ret;

	s->state = calloc(1, sizeof(struct io_uring));
	if (!s->state)
		return -ENOMEM;
	ret = io_uring_queue_init(s->depth, s->state, 0);
	if (!ret)
		return 0;
	free(s->state);
	if (ret == -ENOSYS || ret == -EPERM)
		return failure_set(f, -ret,
				   "submit=io_uring: this kernel or container "
				   "does not allow it (sysctl "
				   "kernel.io_uring_disabled): use "
				   "submit=libaio or submit=sync");
	return ret;
}

static int uring_start(struct submit *s, struct submit_request **requests,
		       unsigned int count)
{
	struct io_uring *ring = s->state;
	unsigned int queued = 0;
	int ret;

	for (; queued < count; queued++) {
		struct submit_request *r = requests[queued];
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
		void *at = r->buffer + r->done_bytes;
		unsigned int left = (unsigned int)(r->bytes - r->done_bytes);
		uint64_t offset = r->offset_bytes + r->done_bytes;

		if (!sqe)
			break;
		if (r->writes)
			io_uring_prep_write(sqe, r->fd, at, left, offset);
		else
			io_uring_prep_read(sqe, r->fd, at, left, offset);
		io_uring_sqe_set_data(sqe, r);
	}
	/*
	 * A request in the ring stays there until the kernel takes it. So it
	 * counts as handed over, even if io_uring_submit() reports fewer.
	 */
	do {
		ret = io_uring_submit(ring);
	} while (ret == -EINTR || ret == -EAGAIN || ret == -EBUSY);
	return ret < 0 ? ret : (int)queued;
}

/* Takes what is done, without waiting. */
static unsigned int take(struct io_uring *ring, unsigned int max,
			 struct submit_request **done)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(ring, head, cqe)
	{
		struct submit_request *r = io_uring_cqe_get_data(cqe);

		if (n == max)
			break;
		submit_result(r, cqe->res);
		done[n++] = r;
	}
	io_uring_cq_advance(ring, n);
	return n;
}

static int uring_wait(struct submit *s, unsigned int min, unsigned int max,
		      int64_t timeout_ns, struct submit_request **done)
{
	struct __kernel_timespec timeout = { timeout_ns / 1000000000,
					     timeout_ns % 1000000000 };
	struct io_uring *ring = s->state;
	struct io_uring_cqe *cqe;
	unsigned int n = take(ring, max, done);
	int ret;

	if (n >= min)
		return (int)n;
	if (!timeout_ns)
		return (int)n;
	ret = io_uring_wait_cqes(ring, &cqe, min - n,
				 timeout_ns < 0 ? NULL : &timeout, NULL);
	if (ret && ret != -ETIME && ret != -EINTR && !n)
		return ret;
	return (int)(n + take(ring, max - n, done + n));
}

const struct submit_row submit_io_uring = {
	.name = "io_uring",
	.help = "io_uring, iodepth= chunks in flight",
	.init = uring_init,
	.free = uring_free,
	.start = uring_start,
	.wait = uring_wait,
};
