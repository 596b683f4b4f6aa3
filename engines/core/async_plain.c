// SPDX-License-Identifier: GPL-2.0-only
#include "async_state.h"

/*
 * In memory nothing ever waits, and the way to a kernel thread and back costs
 * about as much as an operation. So the thread does what it is given itself, by
 * the plain calls, in the order in which it came in. Only what gains by a
 * second processor goes by the ring; and in one directory even that does not,
 * as one would wait for the other.
 */
bool async_is_plain(const struct worker *w, const struct async_options *o)
{
	if (o->fskind != FSKIND_MEMORY || o->always_ring)
		return false;
	return !w->operation->ring_in_memory || w->fileset.spread <= 1;
}

static void run(struct async *a, struct flight *f, int64_t now_ns)
{
	if (a->ends_ns && now_ns >= a->ends_ns)
		f->error = flight_give_up(f, a->worker->operation->name);
	else
		f->error = request_run(a->worker, &f->request);
}

void async_work(struct async *a)
{
	int64_t begun_ns = a->waiting.count ? async_now_ns() : 0;

	while (a->waiting.count) {
		struct flight *f = &a->flight[places_take(&a->waiting)];
		int64_t ended_ns;

		run(a, f, begun_ns);
		ended_ns = async_now_ns();
		f->request.latency_ns = ended_ns - begun_ns;
		async_finish(a, f);
		/* One's end is the next one's begin. */
		begun_ns = ended_ns;
	}
}
