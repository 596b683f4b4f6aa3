/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_H
#define CORE_ASYNC_H

#include "fs/fskind.h"
#include "op/worker.h"

/*
 * Many operations of one worker in flight, by io_uring. What an operation does
 * is its `async` function in the operation table; this sets rings up, hands
 * over, and takes what is done. One thread uses it, the one that made it.
 *
 * The places in flight are numbered 0..depth-1, and the caller says which one
 * an operation takes. For each operation:
 *
 *   request_prepare(worker, async_request(async, place), unit, again);
 *   async_start(async, place);
 *   async_submit(async);               for any number of them
 *   n = async_reap(async, min);
 *   ret = async_take(async, &place);   n times; then the place is free
 */
struct async;

#define ASYNC_DEPTH_MAX 16384u

struct async_options {
	unsigned int depth;
	unsigned int workers; /* of the kernel, at most; 0: a good number */
	unsigned int without; /* enum uring_extra: for tests */
	/*
	 * How long operations in flight may take to end once the worker has
	 * been told to stop; then they are given up.
	 */
	unsigned int end_ms;
	enum fskind fskind; /* the slowest of its file systems */
};

/*
 * All memory is allocated here. Returns 0, or -errno with a sentence: also
 * where io_uring is disabled, lacks something, or was left out of the build.
 */
int async_init(struct async **async, struct worker *worker,
	       const struct async_options *options, struct failure *failure);
/* As async_end(), and waits for what is in flight. NULL is allowed. */
void async_free(struct async *async);

struct request *async_request(struct async *async, unsigned int place);

/* Whether this unit of the worker is in flight. */
bool async_in_flight(const struct async *async, uint64_t unit);

/*
 * Whether units that are begun in their order may begin this one now. With
 * spread= at least the depth it is not begun before the one `spread` before it
 * is done: so what is in flight lies in directories of different numbers. (Not
 * in the last fileset->spread_block, which may have fewer directories.)
 */
bool async_apart(const struct async *async, uint64_t unit);

/* Queues the prepared request of a place, as the operation on `unit`. */
void async_start(struct async *async, unsigned int place, uint64_t unit);

/* Hands all that is queued over to the kernel. Returns 0 or -errno. */
int async_submit(struct async *async);

/*
 * Whether async_reap(async, min) would return at once and leave what is queued
 * for the next time: results are there, and little is queued.
 */
bool async_has(const struct async *async, unsigned int min);

/*
 * Hands over what is queued (but see above), and waits until at least `min`
 * operations are done and not taken, min being at most the number in flight
 * and not taken. Returns how many there are, or -errno.
 */
int async_reap(struct async *async, unsigned int min);

/*
 * The job ends: what is in flight has end_ms from now on. What then waits in
 * the kernel is interrupted there, and fails with ECANCELED, as do operations
 * that would go on with another call; what they have open is closed. (A file
 * system that lets nobody interrupt it is waited for all the same.) Also begins
 * by itself where async_reap() waits and the worker has been told to stop.
 */
void async_end(struct async *async);

/*
 * The next one done: *place. Returns what request_run() would have returned;
 * the request holds the rest. Its took_marks are the time that the operation's
 * calls were with the kernel, until this thread saw the last of them end; what
 * the thread does in between for this operation is not in it.
 */
int async_take(struct async *async, unsigned int *place);

#endif
