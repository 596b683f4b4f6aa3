// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "async_state.h"

/*
 * In memory nothing ever waits, and the way to a kernel thread and back costs
 * about as much as an operation. So the thread does what it is given itself, by
 * the plain calls, in the order it came in. Of operations that gain by a second
 * processor it leaves a part to the ring's threads, and never more of them at
 * a time than `share`: what they do later than it could have done itself would
 * be time lost.
 */
#define SHARE_MAX 16u

unsigned int async_share(const struct async *a)
{
	unsigned int half = a->depth / 2;

	/* In one directory they would wait for each other. */
	if (!a->worker->operation->shared || a->worker->fileset.spread <= 1)
		return 0;
	return half < SHARE_MAX ? half : SHARE_MAX;
}

/*
 * Half of what waits, so that this thread has as much to do; and of little
 * nothing, as it costs a system call.
 */
static int leave_share(struct async *a)
{
	unsigned int room = a->share - a->shared;
	unsigned int count = a->waiting.count / 2;

	if (room > count)
		room = count;
	if (!room)
		return 0;
	while (room--) {
		struct flight *f = &a->flight[places_take(&a->waiting)];

		f->begun_ns = async_now_ns();
		a->shared++;
		async_advance(a, f);
	}
	return async_enter(a, 0);
}

static void run(struct async *a, struct flight *f, int64_t now_ns)
{
	if (a->ends_ns && now_ns >= a->ends_ns)
		f->error = flight_give_up(f, a->worker->operation->name);
	else
		f->error = request_run(a->worker, &f->request);
}

int async_work(struct async *a)
{
	int64_t begun_ns = 0;
	int ret;

	while (a->waiting.count) {
		struct flight *f;

		if (a->share && a->shared <= a->share / 2) {
			async_collect(a);
			ret = leave_share(a);
			if (ret)
				return ret;
			begun_ns = 0;
		}
		/* One's end is the next one's begin. */
		if (!begun_ns)
			begun_ns = async_now_ns();
		f = &a->flight[places_take(&a->waiting)];
		f->begun_ns = begun_ns;
		run(a, f, begun_ns);
		begun_ns = async_finish(a, f);
	}
	return 0;
}
