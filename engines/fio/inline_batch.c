// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "fio.h"

#include "fio_state.h"
#include "inline_batch.h"
#include "order.h"
#include "op_latency.h"
#include "smallfile.h"
#include "util/slowdown.h"

/*
 * A batch runs up to burst= operations inside one io_u, one right after the
 * other. The kernel's code drives fio's code out of the processor's nearest
 * caches. So fio's work between two operations costs several times its
 * instructions. In a batch this happens once.
 *
 * Each operation is timed by itself. The engine adds all but the last to fio's
 * counters and statistics. The last one becomes the io_u, which fio completes
 * as ever. An operation that fails is always the last of its batch. So fio
 * decides about errors, and about the end of a pass and of the job.
 */

/*
 * A batch begins no operation after this time, because fio has to look at its
 * clock and at signals.
 */
#define BATCH_NS 800000

struct inline_batch {
	unsigned int max;   /* most operations in a batch */
	bool slowed;        /* slowed on purpose, see slowdown.h */
	uint64_t position;  /* position of the io_u, see order.h */
	uint64_t max_marks; /* BATCH_NS in marks */
	struct sample sample[];
};

int inline_batch_prep(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;

	if (smallfile_turns_due(job))
		smallfile_turns_wait(td, job);
	job->batch->position = io_u->offset;
	fio_state_set_unit(io_u, order_unit(&job->order, io_u->offset));
	return 0;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Returns how many operations may follow this one before fio has to say how the
 * job goes on. fio says so at the end of the files, and at the end of the job's
 * work. A unit is a byte to fio.
 */
static uint64_t count_followers(const struct thread_data *td,
				const struct io_u *io_u, uint64_t position)
{
	const struct thread_options *o = &td->o;
	const struct fio_file *f = io_u->file;
	uint64_t end = less(f->file_offset + f->io_size, f->real_file_size);
	uint64_t issued = td->io_issue_bytes[io_u->ddir];
	uint64_t done = td->io_blocks[io_u->ddir];
	uint64_t left, job;

	if (position + 1 >= end)
		return 0;
	left = end - position - 1;
	if (o->number_ios) {
		job = (uint64_t)o->number_ios * td->loops;
		left = less(left, job > done + 1 ? job - done - 1 : 0);
	}
	if (o->time_based)
		return left;
	job = (o->io_size ? o->io_size : o->size) * td->loops;
	return less(left, job > issued ? job - issued : 0);
}

/*
 * Returns how many operations may follow in this batch. While ramp_time= lasts
 * there are none: nothing is counted, and fio looks for the end of this time.
 */
static uint64_t batch_followers(const struct thread_data *td,
				const struct io_u *io_u)
{
	const struct job *job = td->io_ops_data;
	const struct inline_batch *b = job->batch;

	if (b->max == 1 || td->runstate != TD_RUNNING)
		return 0;
	return less(b->max - 1, count_followers(td, io_u, b->position));
}

/*
 * Adds the operations before the last one. Until here their `took` is in marks.
 */
static void add_samples(struct thread_data *td, struct io_u *io_u,
			unsigned int n)
{
	const struct job *job = td->io_ops_data;
	struct inline_batch *b = job->batch;

	for (unsigned int i = 0; i < n; i++)
		b->sample[i].took =
			tick_clock_ns(&job->clock, b->sample[i].took);
	fio_state_add(td, io_u, b->sample, n);
}

/*
 * fio counts no conflict as an operation, and nor do turns. This is no part of
 * run_batch(), whose registers it would take.
 */
static __attribute__((noinline, cold)) void
skip_conflict(const struct thread_data *td, struct job *job, uint64_t unit)
{
	op_latency_conflict(job->latency, td, unit);
	job->prepared--;
}

/*
 * `drawn` is known when this is compiled. So a job whose operations are all
 * alike does not ask each time.
 */
static inline __attribute__((always_inline)) enum fio_q_status
run_batch(struct thread_data *td, struct io_u *io_u, const bool drawn)
{
	struct job *job = td->io_ops_data;
	struct inline_batch *b = job->batch;
	struct request *r = &job->request;
	uint64_t followers = batch_followers(td, io_u);
	uint64_t began = ticks_mark(job->clock.ticks), unit = io_u->offset;
	const bool shared = drawn && mix_is_shared(job->mix);
	struct timespec now;
	unsigned int n = 0;
	uint64_t took_ns, waited = 0; /* waited: slowed on purpose, in marks */
	int ret;

	for (;;) {
		if (drawn)
			smallfile_prepare_drawn(job, r);
		else
			smallfile_prepare(job, r, unit);
		if (b->slowed)
			waited = slowdown_wait();
		ret = request_run(drawn ? r->worker : &job->worker, r);
		r->took_marks += waited;
		if (shared && mix_conflict(job->mix, r, ret)) {
			skip_conflict(td, job, unit);
			unit = order_unit(&job->order, b->position + n);
			continue;
		}
		if (ret || n == followers || r->latency_ns || td->terminate ||
		    r->ended_mark - began >= b->max_marks)
			break;
		b->sample[n++] = (struct sample){
			.unit = unit,
			.took = r->took_marks,
			.bytes = r->bytes,
		};
		unit = order_unit(&job->order, b->position + n);
	}
	fio_gettime(&now, NULL);
	tick_clock_set(&job->clock, &now);
	b->max_marks = (uint64_t)(BATCH_NS / job->clock.mark_ns);
	if (n)
		add_samples(td, io_u, n);
	smallfile_progress_look(td, job, &now);
	fio_state_set_unit(io_u, unit);
	took_ns = r->latency_ns ? r->latency_ns
				: tick_clock_ns(&job->clock, r->took_marks);
	if (drawn) {
		op_latency_add_all(job->latency, td, b->sample, n);
		op_latency_end(job->latency, td, unit, took_ns, r->bytes, ret);
	}
	if (r->parts && !ret)
		op_latency_end_parts(td, job, drawn ? unit : 0, r->parts);
	if (ret)
		smallfile_fail(td, io_u, r, ret);
	else
		fio_state_set_done(io_u, r->bytes);
	fio_state_set_latency(io_u, NULL, took_ns);
	if (job->scheduled)
		fio_state_start_when_due(td, io_u);
	return FIO_Q_COMPLETED;
}

enum fio_q_status inline_batch_queue(struct thread_data *td, struct io_u *io_u)
{
	const struct job *job = td->io_ops_data;

	return job->mix ? run_batch(td, io_u, true)
			: run_batch(td, io_u, false);
}

/* Whether fio is to do something itself between two operations. */
static bool is_paced(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	bool paced = o->thinktime || o->latency_target || o->flow;

#ifdef GLUE_HAS_THINKCYCLES
	paced |= o->thinkcycles != 0;
#endif
	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		paced |= o->rate[ddir] || o->ratemin[ddir] ||
			 o->rate_iops[ddir] || o->rate_iops_min[ddir];
	return paced;
}

/*
 * Whether fio itself does something with each sample, and needs an io_u for it.
 */
static bool looks_at_each(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	bool limited = false;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		limited |= o->max_latency[ddir] != 0;
	return limited || o->write_iolog_file || per_unit_log(td->bw_log) ||
	       per_unit_log(td->iops_log) || (td->flags & TD_F_PROFILE_OPS);
}

static unsigned int choose_max(const struct thread_data *td,
			       const struct job *job)
{
	const struct smallfile_options *so = td->eo;

	if (job->order.kind == ORDER_FIO || is_paced(td) || looks_at_each(td) ||
	    so->phases)
		return 1;
	return (unsigned int)so->burst;
}

int inline_batch_init(struct thread_data *td, struct job *job)
{
	unsigned int max = choose_max(td, job);
	struct inline_batch *b =
		calloc(1, sizeof(*b) + max * sizeof(b->sample[0]));
	int ret;

	if (!b)
		return -ENOMEM;
	b->max = max;
	b->slowed = slowdown_read() > 0;
	job->batch = b;
	ret = request_init(&job->request, &job->worker);
	job->request_ready = !ret;
	return ret;
}

void inline_batch_free(struct job *job)
{
	if (job->request_ready)
		request_free(&job->request);
	job->request_ready = false;
	free(job->batch);
	job->batch = NULL;
}
