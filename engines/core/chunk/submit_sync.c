// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes one system call after the other. A request is done when it is handed
 * over.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "chunk/submit.h"

struct sync_state {
	unsigned int count;
	struct submit_request *done[];
};

static int sync_init(struct submit *s, struct failure *f)
{
	struct sync_state *state =
		calloc(1, sizeof(*state) + s->depth * sizeof(*state->done));

	s->state = state;
	return state ? 0 : -ENOMEM;
}

static void sync_free(struct submit *s)
{
	free(s->state);
}

static void transfer(struct submit_request *r)
{
	ssize_t n;

	do {
		void *at = r->buffer + r->done_bytes;
		size_t left = r->bytes - r->done_bytes;
		off_t offset = (off_t)(r->offset_bytes + r->done_bytes);

		n = r->writes ? pwrite(r->fd, at, left, offset)
			      : pread(r->fd, at, left, offset);
	} while (!submit_result(r, n < 0 ? -errno : n));
}

static int sync_start(struct submit *s, struct submit_request **requests,
		      unsigned int count)
{
	struct sync_state *state = s->state;

	for (unsigned int i = 0; i < count; i++) {
		transfer(requests[i]);
		state->done[state->count++] = requests[i];
	}
	return (int)count;
}

static int sync_wait(struct submit *s, unsigned int min, unsigned int max,
		     int64_t timeout_ns, struct submit_request **done)
{
	struct sync_state *state = s->state;
	unsigned int n = 0;

	while (n < max && state->count)
		done[n++] = state->done[--state->count];
	return (int)n;
}

const struct submit_row submit_sync = {
	.name = "sync",
	.help = "pwrite() and pread(), one chunk at a time",
	.init = sync_init,
	.free = sync_free,
	.start = sync_start,
	.wait = sync_wait,
};
