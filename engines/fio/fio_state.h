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
 * All that our engines write into fio's structures; fio_state.c says who owns
 * what is written. The other files of this folder only read them.
 */

/* For ->setup. */

/*
 * fio's one pseudo file of so many bytes, worked on in blocks of block_bytes
 * that are never on disk by fio's own doing. What the user said of sizes has
 * been read before, and is taken out of fio's sight.
 */
void fio_state_set_file(struct thread_data *td, const char *name,
			uint64_t bytes);
void fio_state_set_blocks(struct thread_data *td, uint64_t block_bytes);
/* Rates of blocks, which have mean_bytes for a rate= in bytes; 0: as fio says.
 */
void fio_state_set_rates(struct thread_data *td, uint64_t mean_bytes);
/* io_size= in blocks of mean_bytes. */
void fio_state_set_io_size(struct thread_data *td, uint64_t mean_bytes);
/* "exitall" does not end the others when this job ends. */
void fio_state_let_others_end(struct thread_data *td);
void fio_state_set_direct(struct thread_data *td, bool direct);
void fio_state_set_sync(struct thread_data *td);
/* fio hands out positions in their order, although rw= is random. */
void fio_state_count_positions(struct thread_data *td);
/* These hooks, in place of those that fio has called so far. */
void fio_state_set_engine(struct thread_data *td, struct ioengine_ops *ops);
/* One more among the "job options" of fio's JSON. */
void fio_state_add_option(struct thread_data *td, const char *name,
			  const char *value);
/* The job starts at once, and runs nothing before it or after. */
void fio_state_start_at_once(struct thread_data *td);

/* For ->init and ->post_init. */

/* What fio's ETA compares the bytes moved with; and loops= for all passes. */
void fio_state_set_total(struct thread_data *td, uint64_t bytes);
void fio_state_set_loops(struct thread_data *td, unsigned int loops);
void fio_state_set_file_bytes(struct thread_data *td, uint64_t bytes);
void fio_state_set_buffer(struct thread_data *td, void *buffer);

/* For io_us. */

/* The unit that it stands for: in logs, and for the hooks that follow. */
void fio_state_set_unit(struct io_u *io_u, uint64_t unit);

/* It is handed over now. */
void fio_state_set_issued(struct io_u *io_u, const struct timespec *now);
/* It has moved so many bytes, and there is nothing wrong with it. */
void fio_state_set_done(struct io_u *io_u, uint64_t bytes);
/*
 * It failed: error > 0. `counted`: fio counts it as an operation when it is
 * issued; a failure is none.
 */
void fio_state_set_failed(struct thread_data *td, struct io_u *io_u, int error,
			  bool counted);
/*
 * What fio is about to measure as its clat is latency_ns. `now`: when fio has
 * looked at its clock for that, of an io_u that was in its queue before; NULL:
 * it is about to look, and nothing was queued.
 */
void fio_state_set_latency(struct io_u *io_u, const struct timespec *now,
			   uint64_t latency_ns);

/* One operation that was done and is no io_u. */
struct sample {
	uint64_t unit;
	uint64_t took; /* ns */
	uint64_t bytes;
};

/*
 * Counts n samples as fio would one by one, in its counters, statistics and
 * logs, with the io_u that they were done for. clat and lat are the same: none
 * waits in a queue. The io_u then stands for the operation behind them.
 */
void fio_state_add(struct thread_data *td, struct io_u *io_u,
		   const struct sample *sample, unsigned int n);

/*
 * For ->event, where nothing else is in flight: fio's logs take the sample that
 * it is about to add. A full one keeps it apart, and fio sees to that when it
 * queues the next operation: what comes after the last is lost.
 */
void fio_state_make_log_room(struct thread_data *td);

#endif
