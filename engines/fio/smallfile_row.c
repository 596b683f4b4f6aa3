// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "fio.h"

#include "heldclock.h"
#include "smallfile.h"
#include "timed.h"

/*
 * iodepth=1, in the files' order. Which unit follows is known without asking
 * fio, so the engine does a whole row of them for one io_u of fio's: each timed
 * by itself, one right after the other. Of all but the last it tells fio itself
 * what fio would have counted; the io_u becomes the last one's, which fio
 * completes as ever. So an operation that fails is always an io_u, fio decides
 * what comes of it, and where a pass ends.
 */

/* So long a row may take: fio looks at its clock and at signals after it. */
#define ROW_NS 800000

struct smallfile_row {
	unsigned int max;   /* operations in one */
	uint64_t max_marks; /* that one takes; after that none is begun */
	struct timed timed;
	struct heldclock clock;
	struct sample sample[]; /* of each operation; at first in marks */
};

/*
 * How many units may follow this one before fio has to say how it goes on: at
 * the end of the files, or of what the job is to do. A unit is a byte to fio.
 */
static uint64_t units_that_follow(const struct thread_data *td,
				  const struct io_u *io_u)
{
	const struct thread_options *o = &td->o;
	const struct fio_file *f = io_u->file;
	uint64_t end = f->file_offset + f->io_size;
	uint64_t issued = td->io_issue_bytes[io_u->ddir], left, job;

	if (end > f->real_file_size)
		end = f->real_file_size;
	if (io_u->offset + 1 >= end)
		return 0;
	left = end - io_u->offset - 1;
	if (o->time_based)
		return left;
	job = (o->io_size ? o->io_size : o->size) * td->loops;
	if (issued >= job)
		return 0;
	return job - issued < left ? job - issued : left;
}

/* What fio counts of an operation, for n that moved so many bytes. */
static void count(struct thread_data *td, struct io_u *io_u, unsigned int n,
		  uint64_t bytes)
{
	enum fio_ddir ddir = io_u->ddir;
	struct fio_file *f = io_u->file;
	struct thread_stat *ts = &td->ts;

	f->last_start[ddir] += n;
	f->last_pos[ddir] += n;
	td->io_issues[ddir] += n;
	td->io_issue_bytes[ddir] += n;
	td->io_blocks[ddir] += n;
	td->this_io_blocks[ddir] += n;
	td->io_bytes[ddir] += bytes;
	td->this_io_bytes[ddir] += bytes;
	td->bytes_done[ddir] += bytes;
	ts->total_io_u[ddir] += n;
	/* fio's classes: depth 1; 1 to 4 at once. */
	ts->io_u_map[0] += n;
	ts->io_u_submit[1] += n;
	ts->io_u_complete[1] += n;
	ts->total_submit += n;
	ts->total_complete += n;
}

/*
 * The first n of them, and leaves the io_u as the one behind them. Logs are
 * told one time for all, the row's end: fio would look at its clock for each.
 */
static void tell(struct thread_data *td, struct io_u *io_u, unsigned int n,
		 const struct timespec *end)
{
	const struct job *job = td->io_ops_data;
	struct smallfile_row *row = job->row;
	uint64_t offset = io_u->offset, bytes = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct sample *s = &row->sample[i];

		s->took = timed_ns(&row->timed, s->took);
		bytes += s->bytes;
	}
	count(td, io_u, n, bytes);
	heldclock_hold(&row->clock, end);
	io_u->issue_time = row->timed.begin;
	smallfile_add_samples(td, io_u, row->sample, n);
	heldclock_release(&row->clock);
	io_u->offset = offset + n;
	/* With gtod_reduce= fio looks at its clock once in 64 io_us: now. */
	td->ts_cache_nr = td->ts_cache_mask - 1;
}

static enum fio_q_status row_queue(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_row *row = job->row;
	struct timed *timed = &row->timed;
	struct request *r = &job->request;
	uint64_t most = units_that_follow(td, io_u);
	struct timespec end;
	unsigned int n = 0;
	int ret;

	if (most >= row->max)
		most = row->max - 1;
	timed_begin(timed);
	for (;;) {
		ret = timed_run(timed, job, io_u->offset + n,
				&row->sample[n].took);
		if (ret || n == most || r->latency_ns || td->terminate ||
		    timed->last - timed->first >= row->max_marks)
			break;
		row->sample[n++].bytes = r->bytes;
	}
	fio_gettime(&end, NULL);
	timed_end(timed, &end);
	row->max_marks =
		timed->mark_ns > 0 ? (uint64_t)(ROW_NS / timed->mark_ns) : 0;
	if (n)
		tell(td, io_u, n, &end);
	if (ret) {
		smallfile_fail(td, io_u, r, ret);
		return FIO_Q_COMPLETED;
	}
	io_u->xfer_buflen = r->bytes;
	glue_set_latency(io_u, r->latency_ns
				       ? r->latency_ns
				       : timed_ns(timed, row->sample[n].took));
	return FIO_Q_COMPLETED;
}

/* What fio itself does with each of its samples, and needs an io_u for. */
static bool looks_at_each(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	bool limited = false;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		limited |= o->max_latency[ddir] != 0;
#ifdef GLUE_HAS_RAMP_SIZE
	limited |= o->ramp_size != 0;
#endif
	return limited || o->number_ios || o->ramp_time ||
	       o->write_iolog_file || per_unit_log(td->bw_log) ||
	       per_unit_log(td->iops_log) || (td->flags & TD_F_PROFILE_OPS);
}

bool smallfile_choose_row(struct thread_data *td, struct job *job)
{
	static struct ioengine_ops engine;
	const struct smallfile_options *so = td->eo;
	unsigned int max = (unsigned int)so->burst;

	if (max <= 1 || td_random(td) || job->always_again ||
	    smallfile_is_paced(td) || looks_at_each(td))
		return false;
	job->row = calloc(1, sizeof(*job->row) +
				     max * sizeof(job->row->sample[0]));
	if (!job->row)
		return false;
	job->row->max = max;
	timed_init(&job->row->timed);
	job->row->clock.usable = !td->o.use_thread;
	/* One for all jobs, the same each time; no job runs yet. */
	engine = *td->io_ops;
	engine.prep = NULL;
	engine.queue = row_queue;
	td->io_ops = &engine;
	return true;
}

void smallfile_free_row(struct job *job)
{
	free(job->row);
	job->row = NULL;
}
