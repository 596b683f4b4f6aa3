/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INLINE_BATCH_H
#define INLINE_BATCH_H

#include "fio.h"

#include "glue.h"

struct inline_batch;
struct job;

/* The most operations in one batch. */
#define INLINE_BATCH_MAX 256

/*
 * ->prep and ->queue with iodepth=1. A batch is the operation that fio asks
 * for, and as many of the next ones as nobody has to look at in between.
 */
int inline_batch_prep(struct thread_data *td, struct io_u *io_u);
enum fio_q_status inline_batch_queue(struct thread_data *td, struct io_u *io_u);

/* inline_batch_init() is for ->init and returns 0 or -ENOMEM. */
int inline_batch_init(struct thread_data *td, struct job *job);
void inline_batch_free(struct job *job);

#endif
