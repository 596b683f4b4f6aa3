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
 *	chunkjob_add()       lines it up
 *	chunkjob_start()     hands over to the kernel            latency begins
 *	chunkjob_wait()      takes what is done                  latency ends
 *	chunkjob_settle()    verifies, logs, closes files        not measured
 *
 * While it waits, chunkjob_wait() makes the contents of the chunk after these.
 * It makes a small part at a time, so that a chunk that is done meanwhile does
 * not wait for long.
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
	void *owner; /* for the caller's use */
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
	struct chunk *chunk;  /* depth chunks */
	struct chunk **added; /* lined up, not started yet */
	unsigned int added_count;
	/* depth entries: what one wait has taken */
	struct submit_request **taken;
	/*
	 * Buffers, at least one more than chunks: one is filled while the
	 * others are in use.
	 */
	uint8_t *memory;
	size_t memory_bytes;
	size_t stride_bytes;
	uint32_t buffers;
	/*
	 * A ring of free buffers. The buffer that was used longest ago is taken
	 * next.
	 */
	uint8_t **free_buffer;
	uint32_t free_first;
	uint32_t free_count;
	/*
	 * The chunk after those that were prepared, and how much of its
	 * contents is made.
	 */
	uint8_t *next_buffer; /* NULL: not begun */
	uint64_t next_file;
	uint64_t next_offset_bytes;
	uint64_t next_filled_bytes;
	/* unix time less CLOCK_MONOTONIC at the start */
	int64_t unix_offset_ns;
};

/*
 * Opens the files and makes the buffers. For writing, removes what an earlier
 * run has left. For reading, finds it. Returns 0, or -errno with a sentence.
 * The caller calls chunkjob_free() in either case.
 */
int chunkjob_init(struct chunkjob *job, const struct chunkjob_options *options,
		  struct failure *failure);

/*
 * Fills the buffers, makes the first chunk and starts the clocks. This is apart
 * from chunkjob_init() so that several threads can all be initialised first,
 * and then begin together. Returns 0, or -errno with a sentence.
 */
int chunkjob_begin(struct chunkjob *job, struct failure *failure);

/*
 * Waits for chunks in flight and closes files. Returns 0, or -errno with a
 * sentence.
 */
int chunkjob_finish(struct chunkjob *job, struct failure *failure);
void chunkjob_free(struct chunkjob *job);

/*
 * Where the buffers begin: more than depth of them, of chunk_bytes each. Until
 * chunkjob_begin() the caller may write to them.
 */
uint8_t *chunkjob_memory(struct chunkjob *job);

/* The clock of all times here, CLOCK_MONOTONIC in ns. */
static inline uint64_t chunkjob_now_ns(void)
{
	return (uint64_t)clock_steady_ns();
}

/*
 * Gives the next chunk; after the last one to read, the first again. Returns 0,
 * or -errno with a sentence, for example if the next file cannot be made. At
 * most depth chunks may be in use.
 */
int chunkjob_prepare(struct chunkjob *job, struct chunk **chunk,
		     struct failure *failure);
void chunkjob_add(struct chunkjob *job, struct chunk *chunk);
/* Returns 0 or -errno. Chunks that were not started come back as failed. */
int chunkjob_start(struct chunkjob *job);

/*
 * Waits until `min` chunks are done or timeout_ns has passed (negative: for
 * ever). Puts up to `max` chunks into done[]. Returns how many, or -errno.
 */
int chunkjob_wait(struct chunkjob *job, unsigned int min, unsigned int max,
		  int64_t timeout_ns, struct chunk **done);

/*
 * Does what is due when a chunk is done. Returns 0, or the -errno of its
 * transfer, its verification, its log line or the close of its file. Then a
 * sentence names file, offset and cause. The chunk is free afterwards.
 */
int chunkjob_settle(struct chunkjob *job, struct chunk *chunk,
		    struct failure *failure);

/*
 * Returns true when a progress message is due, and writes the message into
 * `text`. A `size` of 200 bytes is enough.
 */
bool chunkjob_report(struct chunkjob *job, char *text, size_t size);

/*
 * Does the same at the end, after chunkjob_finish(), if the job has reported
 * before. A listener then knows that the silence that follows is no stall.
 */
bool chunkjob_last_report(struct chunkjob *job, char *text, size_t size);

#endif
