// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chunk/submit.h"

const struct submit_row *const submit_rows[SUBMIT_COUNT] = {
	[SUBMIT_SYNC] = &submit_sync,
#ifdef HAVE_LIBAIO
	[SUBMIT_LIBAIO] = &submit_libaio,
#endif
#ifdef HAVE_LIBURING
	[SUBMIT_IO_URING] = &submit_io_uring,
#endif
};

int submit_init(struct submit *s, const struct submit_row *row,
		unsigned int depth, struct failure *f)
{
	int ret;

	memset(s, 0, sizeof(*s));
	s->row = row;
	s->depth = depth;
	s->waiting = calloc(depth, sizeof(*s->waiting));
	if (!s->waiting)
		return -ENOMEM;
	ret = row->init(s, f);
	if (ret) {
		free(s->waiting);
		s->row = NULL;
	}
	return ret;
}

void submit_free(struct submit *s)
{
	struct submit_request *done[1];

	if (!s->row)
		return;
	while (s->in_flight)
		if (submit_wait(s, 1, 1, -1, done) < 0)
			break;
	s->row->free(s);
	free(s->waiting);
	s->row = NULL;
}

void submit_add(struct submit *s, struct submit_request *r)
{
	r->done_bytes = 0;
	r->error = 0;
	s->waiting[s->waiting_count++] = r;
}

int submit_start(struct submit *s)
{
	int taken;

	if (!s->waiting_count)
		return 0;
	taken = s->row->start(s, s->waiting, s->waiting_count);
	if (taken == -EAGAIN || taken == -EINTR || taken == -EBUSY)
		return 0;
	if (taken < 0) {
		s->start_error = taken;
		return taken;
	}
	s->in_flight += (unsigned int)taken;
	s->waiting_count -= (unsigned int)taken;
	memmove(s->waiting, s->waiting + taken,
		s->waiting_count * sizeof(*s->waiting));
	return 0;
}

bool submit_result(struct submit_request *r, ssize_t result)
{
	if (result == -EINTR || result == -EAGAIN)
		return false;
	if (result < 0) {
		r->error = (int)result;
		return true;
	}
	/*
	 * Nothing was transferred, and no reason given. To try again might
	 * never end.
	 */
	if (!result) {
		r->error = r->writes ? -EIO : -ENODATA;
		return true;
	}
	r->done_bytes += (size_t)result;
	return r->done_bytes >= r->bytes;
}

/*
 * Returns the requests that the kernel does not take as failed, so that nobody
 * waits for them.
 */
static int give_up(struct submit *s, unsigned int max,
		   struct submit_request **done)
{
	unsigned int n = 0;

	while (n < max && s->waiting_count) {
		done[n] = s->waiting[--s->waiting_count];
		done[n++]->error = s->start_error;
	}
	return (int)n;
}

int submit_wait(struct submit *s, unsigned int min, unsigned int max,
		int64_t timeout_ns, struct submit_request **done)
{
	unsigned int ready = 0;
	int taken;

	if (!s->start_error)
		submit_start(s);
	if (s->start_error && s->waiting_count)
		return give_up(s, max, done);
	if (min > s->in_flight)
		min = s->in_flight;
	taken = s->row->wait(s, min, max, timeout_ns, done);
	if (taken < 0)
		return taken == -EINTR ? 0 : taken;
	s->in_flight -= (unsigned int)taken;
	for (int i = 0; i < taken; i++) {
		struct submit_request *r = done[i];

		if (r->error || r->done_bytes >= r->bytes)
			done[ready++] = r;
		else
			s->waiting[s->waiting_count++] = r;
	}
	submit_start(s);
	return (int)ready;
}
