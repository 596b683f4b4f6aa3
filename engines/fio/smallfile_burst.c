// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fio.h"
#include "td_error.h"

#include "heldclock.h"
#include "smallfile.h"
#include "timed.h"

/*
 * iodepth=1, and operations that are as quick as fio's own work for them. The
 * kernel's code drives fio's out of the processor's nearest caches, and each
 * return to it costs several times what its instructions do. So the engine
 * collects a burst of fio's io_us, does their operations one right after the
 * other by the same plain calls, and hands all back: fio's code is fetched once
 * a burst. An operation is timed by itself, without what fio does before and
 * after. As soon as operations take long, each is handed back at once again.
 *
 * For fio this is an engine with a queue; no two operations are ever in flight
 * together all the same. smallfile_free_burst() puts its count of depths right.
 */

/* Longer ones are done alone: fio's part of them is 3 % and less. */
#define QUICK_NS 50000
/* So long a burst may take: fio looks at its clock and writes logs after it. */
#define BURST_NS 800000
/* So many quick ones in a row, and bursts begin. */
#define QUICK_ENOUGH 8

/*
 * While a burst is done only this is touched, and no io_u: each is in the
 * caches when fio has just made it, and again when it is about to take it back.
 */
struct operation_done {
	struct io_u *io_u;
	uint64_t unit;
	uint64_t bytes;
	uint64_t took;   /* marks: see timed.h */
	uint64_t own_ns; /* of an operation that began elsewhere, or 0 */
};

struct smallfile_burst {
	unsigned int max;     /* operations in one */
	unsigned int limit;   /* in the next; 1: each alone */
	unsigned int quick;   /* in a row, alone */
	unsigned int waiting; /* collected and not yet done */
	unsigned int done;    /* handed to fio the last time */
	bool dropped;         /* a failure: what waited is never done */
	bool one_latency;     /* lat is clat, and fio keeps only that */
	struct timespec last; /* when one was begun alone */
	struct timespec end;  /* of the last burst */
	struct timed timed;
	struct heldclock clock;
	struct operation_done of[];
};

static int64_t ns_between(const struct timespec *from,
			  const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * INT64_C(1000000000) +
	       (to->tv_nsec - from->tv_nsec);
}

static enum fio_q_status run_alone(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;
	struct timespec now;

	smallfile_prepare(job, &job->request, io_u->offset);
	fio_gettime(&now, NULL);
	if (ns_between(&b->last, &now) > QUICK_NS)
		b->quick = 0;
	else if (++b->quick >= QUICK_ENOUGH)
		b->limit = 2;
	b->last = io_u->issue_time = io_u->start_time = now;
	if (b->timed.slowed)
		slowdown_wait();
	return smallfile_run(td, io_u);
}

static enum fio_q_status burst_queue(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;
	struct operation_done *o;
	struct timespec now;

	if (b->limit == 1)
		return run_alone(td, io_u);
	/* fio takes what is done, and comes again with this one. */
	if (b->waiting >= b->limit)
		return FIO_Q_BUSY;
	/* Until they are done, in burst_getevents(): fio only makes more. */
	if (!b->waiting) {
		fio_gettime(&now, NULL);
		heldclock_hold(&b->clock, &now);
	}
	o = &b->of[b->waiting++];
	o->io_u = io_u;
	o->unit = io_u->offset;
	return FIO_Q_QUEUED;
}

/* Without it fio would count what is queued as issued. */
static int burst_commit(struct thread_data *td)
{
	return 0;
}

/* Whether the job ends with this one. */
static bool is_fatal(struct thread_data *td, const struct io_u *io_u)
{
	int error = io_u->error;

	return error &&
	       !td_non_fatal_error(td, td_error_type(io_u->ddir, error), error);
}

/* Does one; returns whether the job goes on. */
static bool run_one(struct thread_data *td, struct operation_done *o)
{
	struct job *job = td->io_ops_data;
	struct request *r = &job->request;
	int ret = timed_run(&job->burst->timed, job, o->unit, &o->took);

	o->bytes = r->bytes;
	o->own_ns = r->latency_ns;
	if (!ret)
		return true;
	o->bytes = o->io_u->xfer_buflen;
	smallfile_fail(td, o->io_u, r, ret);
	return !is_fatal(td, o->io_u);
}

/*
 * fio takes the end of the burst for the end of all: each is told to have begun
 * as long before as it took.
 */
static void tell(const struct smallfile_burst *b,
		 const struct operation_done *o)
{
	struct io_u *io_u = o->io_u;
	uint64_t took = o->own_ns ? o->own_ns : timed_ns(&b->timed, o->took);

	io_u->xfer_buflen = o->bytes;
	io_u->issue_time = b->end;
	if (took <= (uint64_t)b->end.tv_nsec)
		io_u->issue_time.tv_nsec -= (long)took;
	else
		glue_go_back(&io_u->issue_time, took);
	io_u->start_time = io_u->issue_time;
}

static void choose_limit(struct smallfile_burst *b, int64_t took_ns)
{
	if (took_ns > (int64_t)b->done * QUICK_NS) {
		b->limit = 1;
		b->quick = 0;
	} else if (took_ns > BURST_NS) {
		b->limit = b->limit > 2 ? b->limit / 2 : 2;
	} else if (b->done == b->limit && b->limit < b->max &&
		   took_ns <= BURST_NS / 2) {
		b->limit = b->limit * 2 < b->max ? b->limit * 2 : b->max;
	}
}

/*
 * Nothing waits in a queue, so fio's lat is its clat, which it keeps once: it
 * costs as much as a fourteenth of all its work. The other is a copy.
 */
static void put_latency(struct thread_data *td)
{
	const struct job *job = td->io_ops_data;

	if (job->burst->one_latency)
		memcpy(td->ts.lat_stat, td->ts.clat_stat,
		       sizeof(td->ts.lat_stat));
}

static bool may_keep_one(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	bool limited = false;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		limited |= o->max_latency[ddir] != 0;
	return !o->disable_lat && !o->disable_clat && !o->lat_percentiles &&
	       !td->lat_log && !limited && !(td->flags & TD_F_PROFILE_OPS);
}

static int burst_getevents(struct thread_data *td, unsigned int min,
			   unsigned int max, const struct timespec *t)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;
	int64_t took_ns;
	bool good = true;

	heldclock_release(&b->clock);
	put_latency(td);
	if (!min || !b->waiting)
		return 0;
	timed_begin(&b->timed);
	for (b->done = 0; b->done < b->waiting && good; b->done++)
		good = run_one(td, &b->of[b->done]);
	fio_gettime(&b->end, NULL);
	took_ns = (int64_t)timed_end(&b->timed, &b->end);
	/* Until fio has taken them, in burst_event(). */
	heldclock_hold(&b->clock, &b->end);
	/* fio has counted them as issued. */
	if (!good) {
		td->ts.total_io_u[b->of[0].io_u->ddir] -= b->waiting - b->done;
		b->dropped = true;
	}
	b->waiting = 0;
	choose_limit(b, took_ns);
	return (int)b->done;
}

static struct io_u *burst_event(struct thread_data *td, int event)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;

	if (event + 1u == b->done)
		heldclock_release(&b->clock);
	tell(b, &b->of[event]);
	glue_make_room(td);
	return b->of[event].io_u;
}

/* The job failed: fio gives up what waits. */
static int burst_cancel(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;

	if (!job->burst->dropped)
		td->ts.total_io_u[io_u->ddir]--;
	job->burst->waiting = 0;
	heldclock_release(&job->burst->clock);
	return 0;
}

bool smallfile_is_paced(const struct thread_data *td)
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

void smallfile_choose_burst(struct thread_data *td, struct job *job)
{
	static struct ioengine_ops engine;
	const struct smallfile_options *so = td->eo;
	struct thread_options *o = &td->o;
	unsigned int max = (unsigned int)so->burst;

	/* A fio that overwrites the time of issue knows no times of bursts. */
	if (max <= 1 || !GLUE_ASYNC_FLAGS || smallfile_is_paced(td))
		return;
	job->burst = calloc(1, sizeof(*job->burst) +
				       max * sizeof(job->burst->of[0]));
	if (!job->burst)
		return;
	job->burst->max = max;
	job->burst->limit = 1;
	timed_init(&job->burst->timed);
	job->burst->clock.usable = !o->use_thread;
	job->burst->one_latency = may_keep_one(td);
	o->disable_lat |= job->burst->one_latency;
	o->iodepth = o->iodepth_low = o->iodepth_batch = max;
	o->iodepth_batch_complete_min = o->iodepth_batch_complete_max = max;
	/* One for all jobs, the same each time; no job runs yet. */
	engine = *td->io_ops;
	engine.flags &= ~FIO_SYNCIO;
	engine.flags |= GLUE_ASYNC_FLAGS;
	engine.prep = NULL;
	engine.queue = burst_queue;
	engine.commit = burst_commit;
	engine.getevents = burst_getevents;
	engine.event = burst_event;
	GLUE_SET_CANCEL(engine, burst_cancel);
	td->io_ops = &engine;
	td_set_ioengine_flags(td);
}

/* Each was issued, and done, with no other in flight. */
static void count_depths(struct thread_data *td)
{
	struct thread_stat *ts = &td->ts;
	uint64_t all = ddir_rw_sum(ts->total_io_u);

	td->latency_qd = 1;
	memset(ts->io_u_map, 0, sizeof(ts->io_u_map));
	memset(ts->io_u_submit, 0, sizeof(ts->io_u_submit));
	memset(ts->io_u_complete, 0, sizeof(ts->io_u_complete));
	/* fio's classes: depth 1; 1 to 4 at once. */
	ts->io_u_map[0] = all;
	ts->io_u_submit[1] = ts->total_submit = all;
	ts->io_u_complete[1] = ts->total_complete = all;
}

void smallfile_free_burst(struct thread_data *td, struct job *job)
{
	if (!job->burst)
		return;
	heldclock_release(&job->burst->clock);
	put_latency(td);
	count_depths(td);
	free(job->burst);
	job->burst = NULL;
}
