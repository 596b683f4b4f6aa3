/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_H
#define CORE_ASYNC_H

#include "fs/fskind.h"
#include "op/worker.h"

/*
 * Many operations of one worker in flight, by io_uring. An operation's steps
 * are in `async` of the operation table. This module sets up rings, hands
 * requests over, and takes what is done. Only the thread that made it may use
 * it.
 *
 * The places in flight are numbered 0..depth-1. The caller says which place an
 * operation takes. For each operation:
 *
 *   async_look(async);
 *   request_prepare(worker, async_request(async, place), unit, again);
 *   async_start(async, place, unit);
 *   async_submit(async);               for any number of operations
 *   n = async_reap(async, min);
 *   ret = async_take(async, &place);   n times; then the place is free
 */
struct async;

#define ASYNC_DEPTH_MAX 16384u

struct async_options {
	unsigned int depth;
	unsigned int workers; /* most threads of the kernel; 0: a good number */
	unsigned int without; /* enum uring_extra to do without, for tests */
	/*
	 * How long operations in flight may take to end after the worker has
	 * been told to stop. Then they are given up.
	 */
	unsigned int end_ms;
	enum fskind fskind; /* the slowest of the worker's file systems */
};

/*
 * Whether the operation can be in flight: it has steps, and the kernel's
 * io_uring has the requests that they need.
 */
bool async_offered(const struct worker *worker);

/*
 * Allocates all memory. Returns 0, or -errno with a sentence, also if io_uring
 * is disabled, lacks something, or was left out of the build.
 */
int async_init(struct async **async, struct worker *worker,
	       const struct async_options *options, struct failure *failure);
/*
 * Does what async_end() does, and waits for operations in flight. NULL is
 * allowed.
 */
void async_free(struct async *async);

struct request *async_request(struct async *async, unsigned int place);

/* Whether this unit of the worker is in flight. */
bool async_in_flight(const struct async *async, uint64_t unit);

/*
 * Whether the caller has yet to take an operation on this number of a mix. It
 * may be done, and have failed.
 */
bool async_untaken(const struct async *async, uint64_t drawn);

/*
 * Whether units that are begun in their order may begin this unit now. With
 * spread= at least the depth, a unit is not begun before the unit `spread`
 * places before it is done. So operations in flight work in directories of
 * different numbers. (Not in the last fileset->spread_block, which may have
 * fewer directories.)
 */
bool async_apart(const struct async *async, uint64_t unit);

/*
 * Sees which operations have ended. Their time is over then, and not only after
 * what the thread does next. So call it before each longer piece of work, such
 * as request_prepare().
 */
void async_look(struct async *async);

/*
 * Queues the prepared request of a place, as the operation on `unit`. If
 * io_uring has no form of it, as of some operations of a mix, the thread does
 * the operation here, and then it is done.
 */
void async_start(struct async *async, unsigned int place, uint64_t unit);

/* Hands over all that is queued to the kernel. Returns 0 or -errno. */
int async_submit(struct async *async);

/*
 * Whether async_reap(async, min) would return at once and leave what is queued
 * for the next time. It does so if results are there and little is queued.
 */
bool async_has(const struct async *async, unsigned int min);

/*
 * Hands over what is queued (but see above), and waits until at least `min`
 * operations are done and not taken. `min` is at most the number of operations
 * in flight and not taken. Returns how many are done, or -errno.
 */
int async_reap(struct async *async, unsigned int min);

/*
 * Ends the job: operations in flight have end_ms from now on. An operation that
 * then still waits in the kernel is interrupted there and fails with ECANCELED.
 * So does an operation that would need another call. What they have open is
 * closed. (If a file system cannot be interrupted, it is waited for all the
 * same.) async_reap() does this by itself if it waits and the worker has been
 * told to stop.
 */
void async_end(struct async *async);

/*
 * Takes the next operation that is done and sets *place. Returns what
 * request_run() would have returned, and the request holds the rest. Its
 * took_marks are the time during which the kernel had the operation's calls,
 * until this thread saw the last of them end. Work of the thread for this
 * operation in between is not part of it.
 */
int async_take(struct async *async, unsigned int *place);

#endif
