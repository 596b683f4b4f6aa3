// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "async.h"
#include "flight.h"
#include "uring.h"

/* Room for the longest chain of each place; the kernel's own limit. */
#define ENTRIES_MIN     64u
#define ENTRIES_MAX     32768u
#define COMPLETIONS_MAX 65536u
#define NO_UNIT         UINT64_MAX
/* How long the kernel may be out of memory before a job gives up. */
#define STARVED_SLEEP_NS 1000000
#define STARVED_MAX      10000u

/*
 * Handing over costs a system call, for one request or for many. While there
 * are results to take that are there already, requests are collected, up to
 * this part of the depth.
 */
#define PATIENCE 4

#define PLACE_SHIFT 8
/* Marks the completion of a request that cancels another one. */
#define OF_CANCEL UINT64_MAX
#define NS_PER_MS 1000000ll

struct async {
	struct worker *worker;
	struct uring uring;
	struct flight *flight; /* depth */
	uint64_t *unit;        /* in each place, or NO_UNIT */
	unsigned int *done;    /* places, a ring of depth */
	unsigned int *landed;  /* whose chain is over, a ring of depth */
	unsigned int depth;
	unsigned int done_first;
	unsigned int done_count;
	unsigned int landed_first;
	unsigned int landed_count;
	unsigned int under_way; /* started, not done */
	unsigned int patience;  /* requests queued that may wait a little */
	unsigned int starved;   /* times in a row that nothing moved */
	unsigned int end_ms;
	int64_t ends_ns; /* when it gives up (again); 0: not told to end */
	bool local; /* neither waits nor does anything when a file is closed */
};

static uint64_t needed_opcodes(const struct worker *w)
{
	const struct worker_options *o = &w->options;
	uint64_t needed = w->operation->opcodes;

	if (!o->xattr_count && !o->record_ctime_size)
		needed &= ~(1ull << IORING_OP_FSETXATTR |
			    1ull << IORING_OP_FGETXATTR);
	return needed;
}

static unsigned int clamp(unsigned int value, unsigned int low,
			  unsigned int high)
{
	return value < low ? low : value > high ? high : value;
}

/*
 * As many as there may be operations that wait; where none ever waits, no more
 * than there are processors.
 */
static unsigned int good_workers(const struct async *a, enum fskind fskind)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (fskind != FSKIND_MEMORY || processors < 1 || processors > a->depth)
		return a->depth;
	return processors;
}

/*
 * With task runs deferred each request of a chain waits for the submitter to
 * take the one before it; else the worker goes on by itself. What is far away
 * is better off so: nobody else keeps the processors busy.
 */
static unsigned int choose_without(const struct async *a,
				   const struct async_options *o)
{
	return o->without | (a->local ? 0 : URING_DEFER | URING_COOP);
}

static int set_up_ring(struct async *a, const struct async_options *o,
		       struct failure *f)
{
	struct iovec *buffers = calloc(a->depth, sizeof(*buffers));
	struct uring_options options = {
		.entries = clamp(a->depth * FLIGHT_CALLS_MAX, ENTRIES_MIN,
				 ENTRIES_MAX),
		.completions = clamp(2 * a->depth * FLIGHT_CALLS_MAX,
				     2 * ENTRIES_MIN, COMPLETIONS_MAX),
		.files = a->depth,
		.workers = o->workers ? o->workers : good_workers(a, o->fskind),
		.without = choose_without(a, o),
		.opcodes = needed_opcodes(a->worker),
		.buffers = buffers,
		.buffer_count = a->depth,
	};
	int ret;

	if (!buffers)
		return -ENOMEM;
	if (o->without & URING_ROOM) {
		options.entries = FLIGHT_CALLS_MAX;
		options.completions = 2 * FLIGHT_CALLS_MAX;
	}
	for (unsigned int i = 0; i < a->depth; i++) {
		buffers[i].iov_base = a->flight[i].request.buffer;
		buffers[i].iov_len = a->worker->buffer_bytes;
	}
	if (!a->worker->operation->moves_data)
		options.buffer_count = 0;
	ret = uring_init(&a->uring, &options, f);
	free(buffers);
	return ret;
}

static int make_flights(struct async *a)
{
	a->flight = calloc(a->depth, sizeof(*a->flight));
	a->unit = malloc(a->depth * sizeof(*a->unit));
	a->done = malloc(a->depth * sizeof(*a->done));
	a->landed = malloc(a->depth * sizeof(*a->landed));
	if (!a->flight || !a->unit || !a->done || !a->landed)
		return -ENOMEM;
	for (unsigned int i = 0; i < a->depth; i++) {
		int ret = request_init(&a->flight[i].request, a->worker);

		if (ret)
			return ret;
		a->flight[i].index = i;
		a->unit[i] = NO_UNIT;
	}
	return 0;
}

static void free_memory(struct async *a)
{
	for (unsigned int i = 0; a->flight && i < a->depth; i++)
		request_free(&a->flight[i].request);
	free(a->flight);
	free(a->unit);
	free(a->done);
	free(a->landed);
	free(a);
}

int async_init(struct async **out, struct worker *w,
	       const struct async_options *o, struct failure *f)
{
	struct async *a;
	int ret;

	*out = NULL;
	f->text[0] = 0;
	if (!o->depth || o->depth > ASYNC_DEPTH_MAX)
		return failure_set(f, EINVAL, "iodepth=%u: expected at most %u",
				   o->depth, ASYNC_DEPTH_MAX);
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->worker = w;
	a->depth = o->depth;
	a->patience = o->depth / PATIENCE;
	a->end_ms = o->end_ms;
	a->local = o->fskind != FSKIND_OTHER;
	ret = make_flights(a);
	if (!ret)
		ret = set_up_ring(a, o, f);
	if (ret)
		free_memory(a);
	else
		*out = a;
	return ret;
}

struct request *async_request(struct async *a, unsigned int place)
{
	return &a->flight[place].request;
}

bool async_in_flight(const struct async *a, uint64_t unit)
{
	for (unsigned int i = 0; i < a->depth; i++)
		if (a->unit[i] == unit)
			return true;
	return false;
}

static void finish(struct async *a, struct flight *f)
{
	a->unit[f->index] = NO_UNIT;
	a->done[(a->done_first + a->done_count++) % a->depth] = f->index;
	a->under_way--;
}

/* Whose chain is over has landed. */
static void take_completion(struct async *a, uint64_t user_data, int result)
{
	struct flight *f = &a->flight[user_data >> PLACE_SHIFT];
	unsigned int i = user_data & ((1u << PLACE_SHIFT) - 1);

	f->call[i].result = result;
	if (--f->due)
		return;
	i = (a->landed_first + a->landed_count++) % a->depth;
	a->landed[i] = f->index;
}

/* Notes what came back. Returns how many. */
static unsigned int take_completions(struct async *a)
{
	struct io_uring_cqe *cqe;
	unsigned int count = 0;

	while (!io_uring_peek_cqe(&a->uring.ring, &cqe)) {
		if (cqe->user_data != OF_CANCEL)
			take_completion(a, cqe->user_data, cqe->res);
		io_uring_cqe_seen(&a->uring.ring, cqe);
		count++;
	}
	return count;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

void async_end(struct async *a)
{
	if (!a->ends_ns)
		a->ends_ns = now_ns() + a->end_ms * NS_PER_MS;
}

/*
 * Enters the kernel. Where nothing was handed over and nothing came back it is
 * out of memory, or of room for completions: that passes, or is an error.
 */
static int enter(struct async *a, unsigned int wait)
{
	const struct timespec pause = { .tv_nsec = STARVED_SLEEP_NS };
	unsigned int ready = io_uring_sq_ready(&a->uring.ring);
	int ret = uring_enter(&a->uring, wait);

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

/* Room for a whole chain: one that is handed over in two pieces is two. */
static int make_room(struct async *a, unsigned int count)
{
	int ret = 0;

	while (!ret && io_uring_sq_space_left(&a->uring.ring) < count)
		ret = enter(a, 0);
	return ret;
}

/*
 * Has the kernel interrupt all it has of ours. Of a chain it knows the request
 * that it is at; it says so of the others, which does not matter.
 */
static int cancel_all(struct async *a)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < a->depth; i++) {
		struct flight *f = &a->flight[i];

		f->given_up = true;
		for (unsigned int j = f->next; f->due && j < f->calls; j++) {
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

/* Nothing has come back for a while. */
static int look_for_end(struct async *a)
{
	int64_t now;

	if (!a->ends_ns && stop_asked(&a->worker->stop))
		async_end(a);
	if (!a->ends_ns)
		return 0;
	now = now_ns();
	if (now < a->ends_ns)
		return 0;
	/* Closing what is open may have to be interrupted next. */
	a->ends_ns = now + URING_WAIT_NS;
	return cancel_all(a);
}

/* The flight's calls from `next` on, each linked to the one behind it. */
static void queue(struct async *a, struct flight *f)
{
	for (unsigned int i = f->next; i < f->calls; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&a->uring.ring);

		*sqe = f->call[i].sqe;
		if (i + 1 < f->calls)
			sqe->flags |= IOSQE_IO_LINK;
		sqe->user_data = (uint64_t)f->index << PLACE_SHIFT | i;
	}
	f->due = f->calls - f->next;
}

static void advance(struct async *a, struct flight *f)
{
	while (flight_advance(a->worker, f) == FLIGHT_QUEUE) {
		int ret = make_room(a, f->calls - f->next);

		if (!ret) {
			queue(a, f);
			return;
		}
		/* As if the kernel had answered so. */
		for (unsigned int i = f->next; i < f->calls; i++)
			f->call[i].result = ret;
	}
	finish(a, f);
}

static void advance_landed(struct async *a)
{
	while (a->landed_count) {
		unsigned int place = a->landed[a->landed_first];

		a->landed_first = (a->landed_first + 1) % a->depth;
		a->landed_count--;
		advance(a, &a->flight[place]);
	}
}

void async_start(struct async *a, unsigned int place, uint64_t unit)
{
	struct flight *f = &a->flight[place];
	struct request *r = &f->request;

	r->bytes = 1;
	r->records = 0;
	f->step = f->count = f->synced = 0;
	f->calls = f->next = 0;
	f->position = f->base = 0;
	f->no_direct = f->open = f->asked = false;
	f->extras = a->uring.extras;
	/*
	 * Closing a file of the ring's own table lets go of it, and no more:
	 * what else a file system does when a file is closed is not done.
	 */
	f->own_fd = !(f->extras & URING_FILES) || !a->local;
	f->waits = !a->local;
	f->given_up = false;
	f->dropped = 0;
	f->error = r->error;
	a->unit[place] = unit;
	a->under_way++;
	if (f->error)
		finish(a, f);
	else
		advance(a, f);
}

int async_submit(struct async *a)
{
	return io_uring_sq_ready(&a->uring.ring) ? enter(a, 0) : 0;
}

bool async_has(const struct async *a, unsigned int min)
{
	return min && a->done_count >= min &&
	       io_uring_sq_ready(&a->uring.ring) <= a->patience;
}

/* Whether there is reason to enter the kernel (again). */
static bool must_enter(const struct async *a, unsigned int min, bool entered)
{
	unsigned int ready = io_uring_sq_ready(&a->uring.ring);

	if (a->done_count < min || (!min && !entered))
		return true;
	return ready > (min && entered ? a->patience : 0);
}

int async_reap(struct async *a, unsigned int min)
{
	bool entered = false;

	if (async_has(a, min))
		return a->done_count;
	take_completions(a);
	advance_landed(a);
	while (must_enter(a, min, entered)) {
		unsigned int done = a->done_count;
		int ret = enter(a, done < min ? min - done : 0);

		if (!ret && done < min && !a->landed_count)
			ret = look_for_end(a);
		if (ret)
			return ret;
		entered = true;
		advance_landed(a);
	}
	return a->done_count;
}

int async_take(struct async *a, unsigned int *place)
{
	struct flight *f = &a->flight[a->done[a->done_first]];

	a->done_first = (a->done_first + 1) % a->depth;
	a->done_count--;
	*place = f->index;
	return f->error;
}

void async_free(struct async *a)
{
	if (!a)
		return;
	async_end(a);
	/* The kernel writes into the flights' memory until they are done. */
	while (a->under_way && async_reap(a, a->done_count + a->under_way) >= 0)
		;
	uring_free(&a->uring);
	free_memory(a);
}
