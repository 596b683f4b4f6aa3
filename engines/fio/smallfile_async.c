// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "async/async.h"
#include "fio_state.h"
#include "op_latency.h"
#include "smallfile.h"

/*
 * For iodepth above 1: fio's queue, commit and getevents on top of
 * core/async/async.h. An io_u's index is below iodepth, and is its place in
 * flight.
 */

struct smallfile_async {
	struct async *core;
	struct io_u *waits; /* cannot begin yet, see async_prep() */
	struct io_u *held;  /* has waited, until fio brings it again */
	uint64_t unit;      /* prepared last: no other may be in flight on it */
	unsigned int begun; /* operations that fio has not taken yet */
	bool all_done;      /* the last ->getevents took all in flight */
	/*
	 * Of a mix whose files others change: places that are done, with their
	 * results, and places that go on with another operation.
	 */
	struct {
		unsigned int place;
		int ret;
	} * ended;
	unsigned int *again;
	unsigned int ended_count, taken, again_count;
	struct timespec reaped;
	struct io_u **io_u;   /* the io_u in each place */
	struct io_u **queued; /* queued since the last commit */
	unsigned int queue_count;
};

/*
 * What a mix has drawn waits while an operation on the same file is in flight.
 */
static int async_prep_drawn(struct job *job, struct io_u *io_u)
{
	struct smallfile_async *a = job->async;
	uint64_t number;

	mix_redraw(job->mix);
	number = mix_number(job->mix);
	if (mix_waits(job->mix)) {
		a->waits = a->held = io_u;
		return 0;
	}
	if (number != UINT64_MAX && (async_in_flight(a->core, number) ||
				     async_untaken(a->core, number))) {
		a->waits = a->held = io_u;
		return 0;
	}
	job->prepared++;
	async_look(a->core);
	mix_prepare(job->mix, async_request(a->core, io_u->index));
	a->unit = number != UINT64_MAX ? number : UINT64_MAX - 1;
	return 0;
}

/*
 * Whether the io_u has to wait because it is not this job's turn. The job stops
 * when nothing is in flight, so no operation lasts into the turn of another.
 */
static bool turn_is_over(struct thread_data *td, struct job *job)
{
	if (!smallfile_turns_due(job))
		return false;
	if (job->async->begun)
		return true;
	smallfile_turns_wait(td, job);
	return false;
}

static int async_prep(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_async *a = job->async;
	bool again = smallfile_again(job);

	/*
	 * An io_u that was held stands for its unit already. But a number that
	 * others had is not its own, and something else was drawn since.
	 */
	if (io_u != a->held || a->again)
		fio_state_set_unit(io_u, order_unit(&job->order, io_u->offset));
	a->held = NULL;
	if (turn_is_over(td, job)) {
		a->waits = a->held = io_u;
		return 0;
	}
	if (job->mix)
		return async_prep_drawn(job, io_u);
	/*
	 * The io_u waits if its unit is in flight, because what it needs cannot
	 * be put back before that is done. It also waits if it would work in
	 * the same directory as another in flight.
	 */
	if ((again && async_in_flight(a->core, io_u->offset)) ||
	    (job->order.kind == ORDER_FILES &&
	     !async_apart(a->core, io_u->offset))) {
		a->waits = a->held = io_u;
		return 0;
	}
	job->prepared++;
	async_look(a->core);
	a->unit = io_u->offset;
	request_prepare(&job->worker, async_request(a->core, io_u->index),
			io_u->offset, again);
	return 0;
}

/*
 * Sets the times from which fio computes slat: how long an operation waits to
 * be handed over.
 */
static void stamp(struct thread_data *td, struct smallfile_async *a)
{
	struct timespec now;

	if (!a->queue_count)
		return;
	io_u_mark_submit(td, a->queue_count);
	if (fio_fill_issue_time(td)) {
		fio_gettime(&now, NULL);
		for (unsigned int i = 0; i < a->queue_count; i++) {
			fio_state_set_issued(a->queued[i], &now);
			io_u_queued(td, a->queued[i]);
		}
	}
	a->queue_count = 0;
}

static enum fio_q_status async_queue(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_async *a = job->async;

	/* fio takes what is done, and then brings this io_u again. */
	if (a->waits == io_u) {
		a->waits = NULL;
		return FIO_Q_BUSY;
	}
	if (job->scheduled)
		fio_state_start_when_due(td, io_u);
	a->io_u[io_u->index] = io_u;
	/*
	 * An io_u whose preparation failed is done already, and is never handed
	 * over. If many of these follow each other, nothing is handed over. So
	 * the list of those that wait for it must not grow beyond iodepth.
	 */
	if (a->queue_count == td->o.iodepth)
		stamp(td, a);
	if (!async_request(a->core, io_u->index)->error)
		a->queued[a->queue_count++] = io_u;
	/*
	 * What the thread does itself must not hold up what is queued. If that
	 * cannot be handed over, ->commit or ->getevents will say so.
	 */
	if (!async_request(a->core, io_u->index)->worker->async) {
		stamp(td, a);
		async_submit(a->core);
	}
	a->begun++;
	async_start(a->core, io_u->index, a->unit);
	return FIO_Q_QUEUED;
}

static int async_commit(struct thread_data *td)
{
	struct job *job = td->io_ops_data;
	struct smallfile_async *a = job->async;

	/* At full depth fio asks for results next, by the same system call. */
	if (!a->queue_count || td->cur_depth >= td->o.iodepth)
		return 0;
	stamp(td, a);
	return async_submit(a->core);
}

/* Begins another operation in each place whose last one was a conflict. */
static void begin_again(struct job *job)
{
	struct smallfile_async *a = job->async;
	unsigned int left = 0;

	for (unsigned int i = 0; i < a->again_count; i++) {
		unsigned int place = a->again[i];

		fio_state_set_unit(a->io_u[place], order_unit(&job->order, 0));
		if (mix_waits(job->mix) && !stop_asked(&job->worker.stop)) {
			a->again[left++] = place;
			continue;
		}
		mix_prepare(job->mix, async_request(a->core, place));
		async_start(a->core, place, UINT64_MAX - 1);
	}
	a->again_count = left;
}

/* Takes what is done. A conflict is none of fio's operations. */
static void take_ended(struct thread_data *td, struct job *job)
{
	struct smallfile_async *a = job->async;
	unsigned int place;
	int ret = async_take(a->core, &place);

	if (mix_conflict(job->mix, async_request(a->core, place), ret)) {
		op_latency_conflict(job->latency, td, a->io_u[place]->offset);
		a->again[a->again_count++] = place;
		return;
	}
	a->ended[a->ended_count].place = place;
	a->ended[a->ended_count++].ret = ret;
}

/* Does what async_reap() does, for a mix whose files others change. */
static int reap_shared(struct thread_data *td, struct job *job,
		       unsigned int min)
{
	struct smallfile_async *a = job->async;
	int ret;

	a->ended_count -= a->taken;
	memmove(a->ended, a->ended + a->taken,
		a->ended_count * sizeof(*a->ended));
	a->taken = 0;
	do {
		unsigned int busy, wait;

		begin_again(job);
		busy = td->cur_depth - a->ended_count - a->again_count;
		wait = min > a->ended_count ? min - a->ended_count : 0;
		ret = async_reap(a->core, wait < busy ? wait : busy);
		for (int i = 0; i < ret; i++)
			take_ended(td, job);
	} while (ret >= 0 && a->ended_count < min);
	return ret < 0 ? ret : (int)a->ended_count;
}

static int async_getevents(struct thread_data *td, unsigned int min,
			   unsigned int max, const struct timespec *t)
{
	struct job *job = td->io_ops_data;
	struct smallfile_async *a = job->async;
	int ret;

	if (!async_has(a->core, min))
		stamp(td, a);
	ret = a->again ? reap_shared(td, job, min) : async_reap(a->core, min);
	a->all_done = ret > 0 && (unsigned int)ret >= td->cur_depth;
	/*
	 * Looks at the time of the last events. What a message takes is in no
	 * latency: these end now, and begin as long before as they took.
	 */
	smallfile_progress_look(td, job, &a->reaped);
	fio_gettime(&a->reaped, NULL);
	tick_clock_set(&job->clock, &a->reaped);
	return ret > 0 && (unsigned int)ret > max ? (int)max : ret;
}

/* The next operation that fio is to know of; see async_take(). */
static int take(struct smallfile_async *a, unsigned int *place)
{
	if (!a->again)
		return async_take(a->core, place);
	*place = a->ended[a->taken].place;
	return a->ended[a->taken++].ret;
}

/* fio asks once for each of the events that async_getevents() counted. */
static struct io_u *async_event(struct thread_data *td, int event)
{
	struct job *job = td->io_ops_data;
	struct smallfile_async *a = job->async;
	unsigned int place;
	int ret = take(a, &place);
	struct io_u *io_u = a->io_u[place];
	struct request *r = async_request(a->core, place);

	uint64_t took_ns = tick_clock_ns(&job->clock, r->took_marks);

	a->begun--;
	if (job->mix)
		op_latency_end(job->latency, td, io_u->offset, took_ns,
			       r->bytes, ret);
	if (r->parts && !ret)
		op_latency_end_parts(td, job, job->mix ? io_u->offset : 0,
				     r->parts);
	if (ret)
		smallfile_fail(td, io_u, r, ret);
	else
		fio_state_set_done(io_u, r->bytes);
	fio_state_set_latency(io_u, &a->reaped, took_ns);
	if (a->all_done)
		fio_state_make_log_room(td);
	return io_u;
}

bool smallfile_choose_async(struct thread_data *td, const struct job *job)
{
	static struct ioengine_ops engine;

	if (!async_offered(&job->worker))
		return false;
	/*
	 * All jobs share this one. It is the same each time, and no job runs
	 * yet.
	 */
	engine = *td->io_ops;
	engine.flags &= ~FIO_SYNCIO;
	engine.flags |= GLUE_ASYNC_FLAGS;
	engine.prep = async_prep;
	engine.queue = async_queue;
	engine.commit = async_commit;
	engine.getevents = async_getevents;
	engine.event = async_event;
	/*
	 * There is no ->cancel. Operations in flight are not thrown away, but
	 * must_stop() tells them to end soon. fio 3.41 and later have no
	 * ->cancel, either.
	 */
	fio_state_set_engine(td, &engine);
	return true;
}

void smallfile_free_async(struct job *job)
{
	struct smallfile_async *a = job->async;

	if (!a)
		return;
	async_free(a->core);
	free(a->io_u);
	free(a->queued);
	free(a->ended);
	free(a->again);
	free(a);
	job->async = NULL;
}

int smallfile_init_async(struct thread_data *td, struct job *job,
			 struct failure *f)
{
	const struct smallfile_options *so = td->eo;
	const struct async_options options = {
		.depth = td->o.iodepth,
		.workers = so->uring_workers,
		.end_ms = so->end_timeout * 1000,
		.fskind = worker_fskind(&job->worker),
	};
	struct smallfile_async *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	job->async = a;
	a->io_u = calloc(options.depth, sizeof(*a->io_u));
	a->queued = calloc(options.depth, sizeof(*a->queued));
	if (job->mix && mix_is_shared(job->mix)) {
		a->ended = calloc(options.depth, sizeof(*a->ended));
		a->again = calloc(options.depth, sizeof(*a->again));
		if (!a->ended || !a->again)
			return -ENOMEM;
	}
	if (!a->io_u || !a->queued)
		return -ENOMEM;
	return async_init(&a->core, &job->worker, &options, f);
}
