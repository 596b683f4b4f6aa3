/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FIO_STATE_H
#define FIO_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "glue.h"

struct io_u;
struct ioengine_ops;
struct thread_data;
struct timespec;

/*
 * All that our engines write into fio's structures. fio_state.c says who owns
 * what is written. The other files of this folder only read these structures.
 */

/* For ->setup. */

/*
 * Gives fio one pseudo file of so many bytes, which is worked on in blocks of
 * block_bytes. fio itself never puts it on disk. What the user said of sizes
 * has been read before, and fio does not see it any more.
 */
void fio_state_set_file(struct thread_data *td, const char *name,
			uint64_t bytes);
void fio_state_set_blocks(struct thread_data *td, uint64_t block_bytes);
/*
 * Makes rates count blocks. A rate= in bytes counts mean_bytes for a block; 0:
 * as fio does.
 */
void fio_state_set_rates(struct thread_data *td, uint64_t mean_bytes);
/* Makes io_size= count blocks of mean_bytes. */
void fio_state_set_io_size(struct thread_data *td, uint64_t mean_bytes);
/*
 * Keeps fio from ending other jobs when this job ends. Returns which jobs it
 * would have ended, as fio_terminate_threads() takes it.
 */
unsigned int fio_state_let_others_end(struct thread_data *td);
void fio_state_set_direct(struct thread_data *td, bool direct);
void fio_state_set_sync(struct thread_data *td);
/*
 * Makes fio keep and print percentiles of lat and of clat, also with
 * disable_lat=1. By itself it takes one of the two.
 */
void fio_state_show_both(struct thread_data *td);
/* Makes fio hand out positions in their order, although rw= is random. */
void fio_state_count_positions(struct thread_data *td);
/* Sets these hooks in place of those that fio has called so far. */
void fio_state_set_engine(struct thread_data *td, struct ioengine_ops *ops);
/* Adds one more to the "job options" in fio's JSON. */
void fio_state_add_option(struct thread_data *td, const char *name,
			  const char *value);
/* Puts a text in front of the job's description=, which is in all outputs. */
void fio_state_describe(struct thread_data *td, const char *text);
/*
 * Makes fio's main process call `gone` when the job, a process or a thread, has
 * ended. fio has this for its profiles, and calls it for any job.
 */
void fio_state_at_exit(struct thread_data *td,
		       void (*gone)(struct thread_data *td));
/* Makes the job start at once, and run nothing before or after it. */
void fio_state_start_at_once(struct thread_data *td);

/* For ->init and ->post_init. */

/*
 * fio's ETA compares the bytes moved with this total. `loops` covers all
 * passes.
 */
void fio_state_set_total(struct thread_data *td, uint64_t bytes);
void fio_state_set_loops(struct thread_data *td, unsigned int loops);
void fio_state_set_file_bytes(struct thread_data *td, uint64_t bytes);
void fio_state_set_buffer(struct thread_data *td, void *buffer);

/*
 * The job stands still from the first call to the second, which says for how
 * long. fio's clocks of it stand still, too: what fio computes from the start
 * of the job, or of an interval, does not contain this time.
 */
void fio_state_stand_still(struct thread_data *td);
void fio_state_stood_still(struct thread_data *td, int64_t ns);

/* From now on fio counts operations, but neither lat nor clat of them. */
void fio_state_end_latencies(struct thread_data *td);

/* For io_us. */

/* The unit that the io_u stands for, in logs and for the hooks that follow. */
void fio_state_set_unit(struct io_u *io_u, uint64_t unit);

/* The io_u is handed over now. */
void fio_state_set_issued(struct io_u *io_u, const struct timespec *now);
/* The io_u has moved so many bytes without an error. */
void fio_state_set_done(struct io_u *io_u, uint64_t bytes);
/*
 * The io_u failed with `error` > 0. `counted`: fio counts it as an operation
 * when it is issued, but a failure is no operation.
 */
void fio_state_set_failed(struct thread_data *td, struct io_u *io_u, int error,
			  bool counted);
/*
 * Makes latency_ns the io_u's clat, which fio is about to measure. `now` is
 * when fio has looked at its clock for that, of an io_u that was in its queue
 * before. NULL: fio is about to look, and nothing was queued.
 */
void fio_state_set_latency(struct io_u *io_u, const struct timespec *now,
			   uint64_t latency_ns);

/*
 * Makes the io_u's lat begin at the moment at which rate= or rate_iops= meant
 * it to begin, if that has passed. fio paces io_us by that moment, and goes on
 * from it after a stall. To be called when fio has set the start of the io_u,
 * and before it asks for the next one.
 */
void fio_state_start_when_due(const struct thread_data *td, struct io_u *io_u);

/*
 * The bin of fio's histograms that a latency is counted in; and the middle of a
 * bin (stat.h), by which fio names it.
 */
unsigned int fio_state_bin(uint64_t ns);
uint64_t fio_state_bin_ns(unsigned int bin);

/* One operation that was done and is no io_u. */
struct sample {
	uint64_t unit;
	uint64_t took; /* ns */
	uint64_t bytes;
};

/*
 * Counts n samples as fio would count them one by one: in its counters,
 * statistics and logs, with the io_u that they were done for. clat and lat are
 * the same, because no sample waits in a queue. Afterwards the io_u stands for
 * the operation behind them.
 */
void fio_state_add(struct thread_data *td, struct io_u *io_u,
		   const struct sample *sample, unsigned int n);

/*
 * For ->event, if nothing else is in flight. Makes room in fio's logs for the
 * sample that fio is about to add. If a log is full, fio keeps the sample apart
 * and stores it when it queues the next operation. After the last operation the
 * sample would be lost.
 */
void fio_state_make_log_room(struct thread_data *td);

#endif
