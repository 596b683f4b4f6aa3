// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "async/async_state.h"

/*
 * Bounds of a ring's size. A ring has room for the longest chain of each place,
 * up to the kernel's own limits.
 */
#define ENTRIES_MIN     64u
#define ENTRIES_MAX     32768u
#define COMPLETIONS_MAX 65536u

/*
 * Handing over costs one system call, for one request or for many. So while
 * there are results to take, requests are collected, up to depth / PATIENCE.
 */
#define PATIENCE 4

static uint64_t needed_opcodes(const struct worker *w)
{
	const struct worker_options *o = &w->options;
	uint64_t needed = w->opcodes;

	if (!o->xattr_count && !o->record_ctime_size)
		needed &= ~(1ull << IORING_OP_FSETXATTR |
			    1ull << IORING_OP_FGETXATTR);
	return needed;
}

bool async_offered(const struct worker *w)
{
	return w->async && uring_offers(needed_opcodes(w));
}

static unsigned int clamp(unsigned int value, unsigned int low,
			  unsigned int high)
{
	return value < low ? low : value > high ? high : value;
}

/*
 * Returns how many kernel threads are of use. Each operation in flight may wait
 * in a thread. In memory no operation ever waits, so more threads than
 * processors are of no use.
 */
static unsigned int good_workers(const struct async *a, enum fskind fskind)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (fskind != FSKIND_MEMORY || processors < 1 || processors > a->depth)
		return a->depth;
	return processors;
}

/* From this length on, making or comparing a record takes some us. */
#define LONG_RECORD (16ull << 10)

/* Whether the thread has long work of its own, while operations are in flight.
 */
static bool works_long(const struct worker *w)
{
	const struct worker_options *o = &w->options;

	if (!w->operation->moves_data || w->record_bytes < LONG_RECORD)
		return false;
	return w->operation->reads ? o->verify_read
				   : o->direct || o->content != CONTENT_PATTERN;
}

/*
 * Returns the extras to do without. With deferred task runs, each request of a
 * chain waits until the submitter has taken the one before it. Without them,
 * the kernel's thread goes on by itself. That is better for file systems that
 * are far away, because nobody else keeps the processors busy. And what has
 * ended is seen while the thread makes contents for others, whose time is in no
 * latency then.
 */
static unsigned int choose_without(const struct async *a,
				   const struct async_options *o)
{
	bool defers = a->local && !works_long(a->worker);

	return o->without | (defers ? 0 : URING_DEFER | URING_COOP);
}

static int set_up_ring(struct async *a, const struct async_options *o,
		       struct failure *f)
{
	struct iovec *buffers = calloc(a->depth, sizeof(*buffers));
	struct uring_options options = {
		.entries = clamp(a->depth * ASYNC_OP_CALLS_MAX, ENTRIES_MIN,
				 ENTRIES_MAX),
		.completions = clamp(2 * a->depth * ASYNC_OP_CALLS_MAX,
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
		options.entries = ASYNC_OP_CALLS_MAX;
		options.completions = 2 * ASYNC_OP_CALLS_MAX;
	}
	for (unsigned int i = 0; i < a->depth; i++) {
		buffers[i].iov_base = a->op[i].request.buffer;
		buffers[i].iov_len = a->worker->buffer_bytes;
	}
	if (!a->worker->operation->moves_data)
		options.buffer_count = 0;
	ret = uring_init(&a->uring, &options, f);
	free(buffers);
	return ret;
}

static int make_places(struct places *p, unsigned int depth)
{
	p->at = malloc(depth * sizeof(*p->at));
	p->size = depth;
	return p->at ? 0 : -ENOMEM;
}

static int make_ops(struct async *a)
{
	a->op = calloc(a->depth, sizeof(*a->op));
	a->unit = malloc(a->depth * sizeof(*a->unit));
	if (!a->op || !a->unit || make_places(&a->done, a->depth) ||
	    make_places(&a->landed, a->depth) ||
	    make_places(&a->queued, a->depth))
		return -ENOMEM;
	for (unsigned int i = 0; i < a->depth; i++) {
		int ret = request_init(&a->op[i].request, a->worker);

		if (ret)
			return ret;
		a->op[i].index = i;
		a->unit[i] = NO_UNIT;
	}
	return 0;
}

static void free_memory(struct async *a)
{
	for (unsigned int i = 0; a->op && i < a->depth; i++)
		request_free(&a->op[i].request);
	free(a->op);
	free(a->unit);
	free(a->done.at);
	free(a->landed.at);
	free(a->queued.at);
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
	a->end_ms = o->end_ms;
	a->local = o->fskind != FSKIND_OTHER;
	a->patience = o->depth / PATIENCE;
	ret = make_ops(a);
	if (!ret)
		ret = set_up_ring(a, o, f);
	if (ret)
		free_memory(a);
	else
		*out = a;
	return ret;
}

void async_free(struct async *a)
{
	if (!a)
		return;
	async_end(a);
	while (a->under_way && async_reap(a, a->done.count + a->under_way) >= 0)
		;
	uring_free(&a->uring);
	/*
	 * If the ring refuses to be entered, the kernel may still write into
	 * the operations' memory. So this memory is not freed.
	 */
	if (!a->under_way)
		free_memory(a);
}
