// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux AIO. Only transfers with O_DIRECT are asynchronous. Others are done
 * already when io_submit() returns.
 */
#include <errno.h>
#include <libaio.h>
#include <stdlib.h>

#include "chunk/submit.h"

struct libaio_state {
	io_context_t context;
	struct io_event *events;
	struct iocb **list;
	struct iocb *iocbs; /* by slot */
};

static void libaio_free(struct submit *s)
{
	struct libaio_state *state = s->state;

	if (state->context)
		io_destroy(state->context);
	free(state->events);
	free(state->list);
	free(state->iocbs);
	free(state);
}

static int setup(struct submit *s, struct failure *f)
{
	struct libaio_state *state = s->state;
	int ret = io_setup((int)s->depth, &state->context);

	if (ret == -EAGAIN)
		return failure_set(f, EAGAIN,
				   "iodepth=%u: the kernel's limit of requests "
				   "is reached: raise it (sysctl "
				   "fs.aio-max-nr), or use submit=io_uring",
				   s->depth);
	if (ret == -ENOSYS)
		return failure_set(f, ENOSYS,
				   "submit=libaio: this kernel has no Linux "
				   "AIO: use submit=io_uring or submit=sync");
	return ret;
}

static int libaio_init(struct submit *s, struct failure *f)
{
	struct libaio_state *state = calloc(1, sizeof(*state));
	int ret = -ENOMEM;

	if (!state)
		return ret;
	s->state = state;
	state->events = calloc(s->depth, sizeof(*state->events));
	state->list = calloc(s->depth, sizeof(struct iocb *));
	state->iocbs = calloc(s->depth, sizeof(*state->iocbs));
	if (state->events && state->list && state->iocbs)
		ret = setup(s, f);
	if (ret) {
		state->context = NULL;
		libaio_free(s);
	}
	return ret;
}

static int libaio_start(struct submit *s, struct submit_request **requests,
			unsigned int count)
{
	struct libaio_state *state = s->state;

	for (unsigned int i = 0; i < count; i++) {
		struct submit_request *r = requests[i];
		struct iocb *iocb = &state->iocbs[r->slot];
		void *at = r->buffer + r->done_bytes;
		size_t left = r->bytes - r->done_bytes;
		long long offset = (long long)(r->offset_bytes + r->done_bytes);

		if (r->writes)
			io_prep_pwrite(iocb, r->fd, at, left, offset);
		else
			io_prep_pread(iocb, r->fd, at, left, offset);
		iocb->data = r;
		state->list[i] = iocb;
	}
	return io_submit(state->context, count, state->list);
}

static int libaio_wait(struct submit *s, unsigned int min, unsigned int max,
		       int64_t timeout_ns, struct submit_request **done)
{
	struct libaio_state *state = s->state;
	struct timespec timeout = { timeout_ns / 1000000000,
				    timeout_ns % 1000000000 };
	int taken;

	if (max > s->depth)
		max = s->depth;
	taken = io_getevents(state->context, min, max, state->events,
			     timeout_ns < 0 ? NULL : &timeout);
	for (int i = 0; i < taken; i++) {
		done[i] = state->events[i].data;
		submit_result(done[i], (ssize_t)(long)state->events[i].res);
	}
	return taken;
}

const struct submit_row submit_libaio = {
	.name = "libaio",
	.help = "Linux AIO, iodepth= chunks in flight",
	.init = libaio_init,
	.free = libaio_free,
	.start = libaio_start,
	.wait = libaio_wait,
};
