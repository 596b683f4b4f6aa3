// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "async.h"
#include "flight.h"
#include "uring.h"

/* Requests handed over at once: several chains, and no more memory than due. */
#define ENTRIES_MIN     64u
#define ENTRIES_MAX     4096u
#define COMPLETIONS_MAX 65536u
#define NO_UNIT         UINT64_MAX
/* How long the kernel may be out of memory before a job gives up. */
#define STARVED_SLEEP_NS 1000000
#define STARVED_MAX      10000u

#define PLACE_SHIFT 8

struct async {
	struct worker *worker;
	struct uring uring;
	struct flight *flight; /* depth */
	uint64_t *unit;        /* in each place, or NO_UNIT */
	unsigned int *done;    /* places, a ring of depth */
	unsigned int depth;
	unsigned int done_first;
	unsigned int done_count;
	unsigned int under_way; /* started, not done */
	unsigned int due;       /* completions to come */
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
		.entries = clamp(a->depth, ENTRIES_MIN, ENTRIES_MAX),
		.completions = clamp(a->depth * FLIGHT_CALLS_MAX,
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
	if (options.completions < 2 * options.entries)
		options.completions = 2 * options.entries;
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
	if (!a->flight || !a->unit || !a->done)
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

/*
 * Room for a whole chain: one that is handed over in two pieces is two. The
 * kernel takes all there is, or stops for lack of memory.
 */
static int make_room(struct async *a, unsigned int count)
{
	const struct timespec pause = { .tv_nsec = STARVED_SLEEP_NS };

	while (io_uring_sq_space_left(&a->uring.ring) < count) {
		int ret = uring_enter(&a->uring, 0);

		if (ret)
			return ret;
		if (io_uring_sq_space_left(&a->uring.ring) >= count)
			break;
		if (++a->starved > STARVED_MAX)
			return -ENOMEM;
		nanosleep(&pause, NULL);
	}
	return 0;
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
	a->due += f->due;
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
	return io_uring_sq_ready(&a->uring.ring) ? uring_enter(&a->uring, 0)
						 : 0;
}

static unsigned int take_completions(struct async *a)
{
	struct io_uring_cqe *cqe;
	unsigned int count = 0;

	/* What is done frees its entry at once: advancing may need room. */
	while (!io_uring_peek_cqe(&a->uring.ring, &cqe)) {
		struct flight *f = &a->flight[cqe->user_data >> PLACE_SHIFT];
		unsigned int i = cqe->user_data & ((1u << PLACE_SHIFT) - 1);

		f->call[i].result = cqe->res;
		io_uring_cqe_seen(&a->uring.ring, cqe);
		a->due--;
		count++;
		if (!--f->due)
			advance(a, f);
	}
	return count;
}

/* Nothing was handed over or came back: the kernel is out of something. */
static int starve(struct async *a)
{
	const struct timespec pause = { .tv_nsec = STARVED_SLEEP_NS };

	if (++a->starved > STARVED_MAX)
		return -ENOMEM;
	nanosleep(&pause, NULL);
	return 0;
}

int async_reap(struct async *a, unsigned int min)
{
	unsigned int taken = take_completions(a);
	bool polled = taken > 0;

	for (;;) {
		unsigned int ready = io_uring_sq_ready(&a->uring.ring);
		unsigned int wait = 0;
		int ret;

		if (a->done_count >= min && !ready && (min || polled))
			return a->done_count;
		if (a->done_count < min)
			wait = min - a->done_count;
		ret = uring_enter(&a->uring, wait);
		if (ret)
			return ret;
		polled = true;
		taken = take_completions(a);
		if (taken || io_uring_sq_ready(&a->uring.ring) < ready)
			a->starved = 0;
		else if (ready && (ret = starve(a)))
			return ret;
	}
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
