// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
		.workers = o->workers,
		.without = o->without,
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

/* Notes what came back; whose chain is over has landed. */
static unsigned int take_completions(struct async *a)
{
	struct io_uring_cqe *cqe;
	unsigned int count = 0;

	while (!io_uring_peek_cqe(&a->uring.ring, &cqe)) {
		struct flight *f = &a->flight[cqe->user_data >> PLACE_SHIFT];
		unsigned int i = cqe->user_data & ((1u << PLACE_SHIFT) - 1);

		f->call[i].result = cqe->res;
		io_uring_cqe_seen(&a->uring.ring, cqe);
		count++;
		if (--f->due)
			continue;
		i = (a->landed_first + a->landed_count++) % a->depth;
		a->landed[i] = f->index;
	}
	return count;
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
	f->own_fd = !(f->extras & URING_FILES);
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
	/* The kernel writes into the flights' memory until they are done. */
	while (a->under_way && async_reap(a, a->done_count + a->under_way) >= 0)
		;
	uring_free(&a->uring);
	free_memory(a);
}
