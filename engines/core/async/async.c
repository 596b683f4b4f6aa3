// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <time.h>

#include "async/async_state.h"
#include "util/clock.h"

/*
 * If the kernel is out of memory, the job sleeps this long before each new try.
 * After this many tries it gives up.
 */
#define STARVED_SLEEP_NS 1000000
#define STARVED_MAX      10000u

#define PLACE_SHIFT 8
/* Marks the completion of a request that cancels another one. */
#define OF_CANCEL UINT64_MAX

struct request *async_request(struct async *a, unsigned int place)
{
	return &a->op[place].request;
}

bool async_in_flight(const struct async *a, uint64_t unit)
{
	for (unsigned int i = 0; i < a->depth; i++)
		if (a->unit[i] == unit)
			return true;
	return false;
}

bool async_untaken(const struct async *a, uint64_t drawn)
{
	for (unsigned int i = 0; i < a->done.count; i++) {
		unsigned int at = a->done.first + i;

		at = a->done.at[at < a->done.size ? at : at - a->done.size];
		if (a->op[at].request.drawn == drawn)
			return true;
	}
	return false;
}

bool async_apart(const struct async *a, uint64_t unit)
{
	uint64_t spread = a->worker->fileset.spread;

	return spread < a->depth || unit < spread ||
	       !async_in_flight(a, unit - spread);
}

static void finish(struct async *a, struct async_op *op)
{
	a->unit[op->index] = NO_UNIT;
	places_put(&a->done, op->index);
	a->under_way--;
}

/*
 * Whether a result is one of the kernel's own codes for an interrupted call
 * (ERESTARTSYS to ERESTART_RESTARTBLOCK). A system call turns them into EINTR.
 * A request to open a file passes them on unchanged.
 */
static bool is_interrupted(int result)
{
	return result <= -512 && result >= -516;
}

/*
 * Notes the result of one call. An operation has landed when the last call of
 * its chain has ended. The measured time of an operation is the time of its
 * chains in the kernel. Making contents and names, and verifying, come between
 * chains and do not count.
 */
static void take_completion(struct async *a, const struct io_uring_cqe *cqe,
			    uint64_t now)
{
	struct async_op *op = &a->op[cqe->user_data >> PLACE_SHIFT];
	unsigned int i = cqe->user_data & ((1u << PLACE_SHIFT) - 1);

	op->call[i].result = is_interrupted(cqe->res) ? -EINTR : cqe->res;
	if (__builtin_expect(op->request.parts != NULL, 0))
		parts_end_at(op->request.parts, call_part(&op->call[i]), now);
	if (--op->due)
		return;
	op->request.took_marks += now - op->handed;
	places_put(&a->landed, op->index);
}

/* Takes all completions that have arrived. Returns their number. */
static unsigned int take_completions(struct async *a)
{
	struct io_uring_cqe *cqe;
	unsigned int count = 0;
	uint64_t now = 0;

	while (!io_uring_peek_cqe(&a->uring.ring, &cqe)) {
		if (!count++)
			now = ticks_mark(a->worker->ticks);
		if (cqe->user_data != OF_CANCEL)
			take_completion(a, cqe, now);
		io_uring_cqe_seen(&a->uring.ring, cqe);
	}
	return count;
}

void async_look(struct async *a)
{
	if (io_uring_cq_ready(&a->uring.ring))
		take_completions(a);
}

/*
 * Begins the measured time of all queued chains, because the kernel takes them
 * now, or some of them a little later.
 */
static void note_handed(struct async *a)
{
	uint64_t now = a->queued.count ? ticks_mark(a->worker->ticks) : 0;

	while (a->queued.count) {
		struct async_op *op = &a->op[places_take(&a->queued)];

		op->handed = now;
		if (__builtin_expect(op->request.parts != NULL, 0))
			op->request.parts->last = now;
	}
}

void async_end(struct async *a)
{
	if (!a->ends_ns)
		a->ends_ns = clock_steady_ns() + a->end_ms * NS_PER_MS;
}

/*
 * Enters the kernel. If nothing could be handed over and nothing came back, the
 * kernel is out of memory, or of room for completions. Then the job pauses, and
 * the caller tries again. Returns -ENOMEM if the shortage does not pass.
 */
static int enter(struct async *a, unsigned int wait)
{
	const struct timespec pause = { .tv_nsec = STARVED_SLEEP_NS };
	unsigned int ready = io_uring_sq_ready(&a->uring.ring);
	int ret;

	note_handed(a);
	ret = uring_enter(&a->uring, wait);
	if (ret)
		return ret;
	if (take_completions(a) || !ready ||
	    io_uring_sq_ready(&a->uring.ring) < ready) {
		a->starved = 0;
		return 0;
	}
	if (++a->starved > STARVED_MAX)
		return -ENOMEM;
	nanosleep(&pause, NULL);
	return 0;
}

/*
 * Makes room for a whole chain. A chain that is handed over in two pieces would
 * be two chains.
 */
static int make_room(struct async *a, unsigned int count)
{
	int ret = 0;

	while (!ret && io_uring_sq_space_left(&a->uring.ring) < count)
		ret = enter(a, 0);
	return ret;
}

/*
 * Asks the kernel to interrupt all calls in flight. Of a chain the kernel knows
 * only the request that it is at. For the others it answers that it does not
 * know them, which does not matter.
 */
static int cancel_all(struct async *a)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < a->depth; i++) {
		struct async_op *op = &a->op[i];

		op->given_up = true;
		for (unsigned int j = op->next; op->due && j < op->calls; j++) {
			struct io_uring_sqe *sqe;

			ret = make_room(a, 1);
			if (ret)
				break;
			sqe = io_uring_get_sqe(&a->uring.ring);
			io_uring_prep_cancel64(
				sqe, (uint64_t)i << PLACE_SHIFT | j, 0);
			sqe->user_data = OF_CANCEL;
		}
	}
	return ret;
}

/*
 * Called when nothing has come back for a while. Begins the end of the job if
 * the worker was told to stop. Gives up what is in flight when its time is
 * over.
 */
static int look_for_end(struct async *a)
{
	int64_t now;

	if (!a->ends_ns && stop_asked(&a->worker->stop))
		async_end(a);
	if (!a->ends_ns)
		return 0;
	now = clock_steady_ns();
	if (now < a->ends_ns)
		return 0;
	/* Next, the closing of open files may have to be interrupted. */
	a->ends_ns = now + URING_WAIT_NS;
	return cancel_all(a);
}

/* Queues the operation's calls from `next` on, each linked to the next. */
static void queue(struct async *a, struct async_op *op)
{
	for (unsigned int i = op->next; i < op->calls; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&a->uring.ring);

		*sqe = op->call[i].sqe;
		if (i + 1 < op->calls)
			sqe->flags |= IOSQE_IO_LINK;
		sqe->user_data = (uint64_t)op->index << PLACE_SHIFT | i;
	}
	op->due = op->calls - op->next;
	places_put(&a->queued, op->index);
}

static void advance(struct async *a, struct async_op *op)
{
	while (async_op_advance(op->request.worker, op) == ASYNC_OP_QUEUE) {
		int ret = make_room(a, op->calls - op->next);

		if (!ret) {
			queue(a, op);
			return;
		}
		/* Takes the error as the kernel's answer to these calls. */
		for (unsigned int i = op->next; i < op->calls; i++)
			op->call[i].result = ret;
	}
	finish(a, op);
}

static void advance_landed(struct async *a)
{
	while (a->landed.count) {
		advance(a, &a->op[places_take(&a->landed)]);
		async_look(a);
	}
}

void async_start(struct async *a, unsigned int place, uint64_t unit)
{
	struct async_op *op = &a->op[place];
	struct request *r = &op->request;

	r->bytes = 1;
	r->records = 0;
	r->took_marks = 0;
	r->latency_ns = 0;
	op->step = op->count = 0;
	op->calls = op->next = 0;
	op->position = op->base = 0;
	op->no_direct = op->open = op->asked = false;
	op->extras = a->uring.extras;
	/*
	 * Closing a file of the ring's own table only lets go of the file.
	 * Whatever else a file system does at close() is left out. So the table
	 * is used only where close() does nothing else.
	 */
	op->own_fd = !(op->extras & URING_FILES) || !a->local;
	op->waits = !a->local;
	op->given_up = false;
	op->own_calls = 0;
	op->dropped = 0;
	op->error = r->error;
	if (r->parts)
		parts_begin(r->parts, 0);
	a->unit[place] = unit;
	a->under_way++;
	if (!r->worker->async && !op->error)
		op->error = request_run(r->worker, r);
	if (op->error || !r->worker->async)
		finish(a, op);
	else
		advance(a, op);
}

int async_submit(struct async *a)
{
	return io_uring_sq_ready(&a->uring.ring) ? enter(a, 0) : 0;
}

bool async_has(const struct async *a, unsigned int min)
{
	return min && a->done.count >= min &&
	       io_uring_sq_ready(&a->uring.ring) <= a->patience;
}

/* Whether there is reason to enter the kernel (again). */
static bool must_enter(const struct async *a, unsigned int min, bool entered)
{
	unsigned int ready = io_uring_sq_ready(&a->uring.ring);

	if (a->done.count < min || (!min && !entered))
		return true;
	return ready > (min && entered ? a->patience : 0);
}

int async_reap(struct async *a, unsigned int min)
{
	bool entered = false;

	if (async_has(a, min))
		return a->done.count;
	take_completions(a);
	advance_landed(a);
	while (must_enter(a, min, entered)) {
		unsigned int done = a->done.count;
		/* Not for all of them: each has ended when it is seen. */
		int ret = enter(a, done < min);

		if (!ret && done < min && !a->landed.count)
			ret = look_for_end(a);
		if (ret)
			return ret;
		entered = true;
		advance_landed(a);
	}
	return a->done.count;
}

int async_take(struct async *a, unsigned int *place)
{
	struct async_op *op = &a->op[places_take(&a->done)];

	*place = op->index;
	op->request.took_marks += op->own_calls;
	return op->error;
}
