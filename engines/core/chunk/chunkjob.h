/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKJOB_H
#define CORE_CHUNKJOB_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/chunkdata.h"
#include "chunk/chunkfiles.h"
#include "chunk/chunklog.h"
#include "chunk/chunkprogress.h"
#include "util/clock.h"
#include "util/failure.h"
#include "chunk/monitor.h"
#include "chunk/submit.h"

/*
 * One thread that writes chunks, or reads them back: files, contents,
 * submission, log. The caller asks for a chunk, starts it, waits, and settles
 * what is done:
 *
 *	chunkjob_prepare()   which chunk is next, its contents   not measured
 *	chunkjob_add()       puts it up
 *	chunkjob_start()     the kernel gets what was put up     latency begins
 *	chunkjob_wait()      takes what is done                  latency ends
 *	chunkjob_settle()    verifies, logs, closes files        not measured
 *
 * While it waits it makes the contents of the chunk after these, a piece at a
 * time, so that a chunk that is done meanwhile does not wait for long.
 */

struct chunkjob_options {
	struct chunkfiles_options files;
	enum chunkdata_kind content;
	const struct submit_row *submit;
	uint64_t run;
	bool reads;
	bool monitor;
	struct chunklog *log;          /* borrowed; NULL: none */
	uint64_t progress_interval_ns; /* 0: none */
};

struct chunk {
	struct submit_request request; /* the first member */
	struct chunkfiles_place place;
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	uint64_t latency_ns;
	bool in_use;
	bool in_flight;
	void *owner; /* the caller's */
};

struct chunkjob {
	struct chunkjob_options options;
	struct chunkfiles files;
	struct chunkdata data;
	struct submit submit;
	bool submit_ready;
	struct monitor monitor;
	struct chunkprogress progress;
	unsigned int depth;
	struct chunk *chunk;  /* depth of them */
	struct chunk **added; /* put up, not started yet */
	unsigned int added_count;
	struct submit_request **taken; /* depth; of one wait */
	/* Buffers: at least one more than chunks, to be filled in time. */
	uint8_t *memory;
	size_t memory_bytes;
	size_t stride_bytes;
	uint32_t buffers;
	/* A ring: the one that was used longest ago is taken next. */
	uint8_t **free_buffer;
	uint32_t free_first;
	uint32_t free_count;
	/* The chunk after those that were prepared: its contents so far. */
	uint8_t *next_buffer; /* NULL: not begun */
	uint64_t next_file;
	uint64_t next_offset_bytes;
	uint64_t next_filled_bytes;
	int64_t unix_offset_ns; /* from CLOCK_MONOTONIC, as it was at start */
};

/*
 * The files and the buffers: for writing, removes what an earlier run left;
 * for reading, finds it. Returns 0, or -errno with a sentence; the caller then
 * still calls chunkjob_free().
 */
int chunkjob_init(struct chunkjob *job, const struct chunkjob_options *options,
		  struct failure *failure);

/*
 * The buffers are filled, the first chunk is made and the clocks begin. Apart
 * from chunkjob_init() so that several threads can do that first, and then
 * begin together.
 */
int chunkjob_begin(struct chunkjob *job, struct failure *failure);

/* Waits for what is in flight, closes files. 0, or -errno with a sentence. */
int chunkjob_finish(struct chunkjob *job, struct failure *failure);
void chunkjob_free(struct chunkjob *job);

/*
 * Where the buffers of the chunks begin, more than depth of chunk_bytes. Until
 * chunkjob_begin() the caller may write to them.
 */
uint8_t *chunkjob_memory(struct chunkjob *job);

/* The clock of all times here. */
static inline uint64_t chunkjob_now_ns(void)
{
	return (uint64_t)clock_steady_ns();
}

/*
 * The next chunk; after the last one to read comes the first. -errno with a
 * sentence, such as that the next file cannot be made. At most depth may be in
 * use.
 */
int chunkjob_prepare(struct chunkjob *job, struct chunk **chunk,
		     struct failure *failure);
void chunkjob_add(struct chunkjob *job, struct chunk *chunk);
/* 0 or -errno; what did not get started comes back as failed. */
int chunkjob_start(struct chunkjob *job);

/*
 * Waits until `min` chunks are done, or timeout_ns (negative: for ever) has
 * passed; up to `max` come back in done[]. How many, or -errno.
 */
int chunkjob_wait(struct chunkjob *job, unsigned int min, unsigned int max,
		  int64_t timeout_ns, struct chunk **done);

/*
 * What is to be done about a chunk that is done: 0, or -errno of its transfer,
 * its verification, its log line or the close of its file, with a sentence
 * that names file, offset and cause. The chunk is free afterwards.
 */
int chunkjob_settle(struct chunkjob *job, struct chunk *chunk,
		    struct failure *failure);

/*
 * True when it is time to tell how it goes; `text` (of `size` bytes, 200 will
 * do) then says how.
 */
bool chunkjob_report(struct chunkjob *job, char *text, size_t size);

/*
 * The same at the end, after chunkjob_finish(), for a job that has told before:
 * who listens is to know that its silence is none.
 */
bool chunkjob_last_report(struct chunkjob *job, char *text, size_t size);

#endif
