// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fio.h"
#include "td_error.h"

#include "slower.h"
#include "smallfile.h"
#include "ticks.h"

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

/* Longer ones are done alone: fio's part of them is 2 % and less. */
#define QUICK_NS 25000
/* So many quick ones in a row, and bursts begin. */
#define QUICK_ENOUGH 8

struct operation_done {
	struct io_u *io_u;
	uint64_t begin, end; /* marks: see mark() */
	uint64_t own_ns;     /* of an operation that began elsewhere, or 0 */
};

struct smallfile_burst {
	unsigned int max;     /* operations in one */
	unsigned int limit;   /* in the next; 1: each alone */
	unsigned int quick;   /* in a row, alone */
	unsigned int waiting; /* collected and not yet done */
	bool ticks;           /* marks are of the processor's counter */
	bool slowed;          /* on purpose: see slower.h */
	bool dropped;         /* a failure: what waited is never done */
	struct timespec last; /* when one was begun alone */
	struct operation_done of[];
};

static int64_t ns_between(const struct timespec *from,
			  const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * INT64_C(1000000000) +
	       (to->tv_nsec - from->tv_nsec);
}

/* A moment within a burst: ticks, or ns of fio's clock. */
static uint64_t mark(const struct smallfile_burst *b)
{
	struct timespec now;

	if (b->ticks)
		return ticks_now();
	fio_gettime(&now, NULL);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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
	if (b->slowed)
		slower_wait();
	return smallfile_run(td, io_u);
}

static enum fio_q_status burst_queue(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;

	if (b->limit == 1)
		return run_alone(td, io_u);
	/* fio takes what is done, and comes again with this one. */
	if (b->waiting >= b->limit)
		return FIO_Q_BUSY;
	b->of[b->waiting++].io_u = io_u;
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

/*
 * Does one that begins at the mark `before`; returns whether the job goes on.
 * The one before it has ended then: to find names takes less than a look at a
 * clock.
 */
static bool run_one(struct thread_data *td, struct operation_done *o,
		    uint64_t before)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;
	bool long_since =
		smallfile_prepare(job, &job->request, o->io_u->offset);

	o->begin = long_since ? mark(b) : before;
	if (b->slowed)
		slower_wait();
	smallfile_run(td, o->io_u);
	o->end = mark(b);
	o->own_ns = job->request.latency_ns;
	return !is_fatal(td, o->io_u);
}

/*
 * fio's clock for the end of all is right after this: each is told to have
 * begun as long before as it took.
 */
static void tell_times(struct smallfile_burst *b, unsigned int count,
		       uint64_t whole, const struct timespec *begin,
		       const struct timespec *now)
{
	double length_ns =
		ticks_length_ns(whole, (uint64_t)ns_between(begin, now));

	for (unsigned int i = 0; i < count; i++) {
		struct operation_done *o = &b->of[i];
		uint64_t took = o->end - o->begin;

		if (b->ticks)
			took = ticks_share_ns(took, whole, length_ns);
		if (o->own_ns)
			took = o->own_ns;
		o->io_u->issue_time = *now;
		if (took <= (uint64_t)now->tv_nsec)
			o->io_u->issue_time.tv_nsec -= (long)took;
		else
			glue_go_back(&o->io_u->issue_time, took);
		o->io_u->start_time = o->io_u->issue_time;
	}
}

static void choose_limit(struct smallfile_burst *b, unsigned int count,
			 int64_t took_ns)
{
	if (took_ns > (int64_t)count * QUICK_NS) {
		b->limit = 1;
		b->quick = 0;
	} else if (count == b->limit && b->limit < b->max) {
		b->limit = b->limit * 2 < b->max ? b->limit * 2 : b->max;
	}
}

static int burst_getevents(struct thread_data *td, unsigned int min,
			   unsigned int max, const struct timespec *t)
{
	struct job *job = td->io_ops_data;
	struct smallfile_burst *b = job->burst;
	struct timespec begin, now;
	unsigned int done = 0;
	bool good = true;
	uint64_t first, last;

	if (!min || !b->waiting)
		return 0;
	fio_gettime(&begin, NULL);
	first = last = mark(b);
	while (done < b->waiting && good) {
		good = run_one(td, &b->of[done], last);
		last = b->of[done++].end;
	}
	fio_gettime(&now, NULL);
	tell_times(b, done, last - first, &begin, &now);
	/* fio has counted them as issued. */
	if (!good) {
		td->ts.total_io_u[b->of[0].io_u->ddir] -= b->waiting - done;
		b->dropped = true;
	}
	b->waiting = 0;
	choose_limit(b, done, ns_between(&begin, &now));
	return (int)done;
}

static struct io_u *burst_event(struct thread_data *td, int event)
{
	struct job *job = td->io_ops_data;

	return job->burst->of[event].io_u;
}

/* The job failed: fio gives up what waits. */
static int burst_cancel(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;

	if (!job->burst->dropped)
		td->ts.total_io_u[io_u->ddir]--;
	job->burst->waiting = 0;
	return 0;
}

/* fio is to do something itself between two operations. */
static bool is_paced(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	bool paced = o->thinktime || o->latency_target || o->flow;

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
	if (max <= 1 || !GLUE_ASYNC_FLAGS || is_paced(td))
		return;
	job->burst = calloc(1, sizeof(*job->burst) +
				       max * sizeof(job->burst->of[0]));
	if (!job->burst)
		return;
	job->burst->max = max;
	job->burst->limit = 1;
	job->burst->ticks = ticks_usable();
	job->burst->slowed = slower_read() > 0;
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
	count_depths(td);
	free(job->burst);
	job->burst = NULL;
}
