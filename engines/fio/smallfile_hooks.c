// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "fio.h"

#include "fio_state.h"
#include "glue.h"
#include "inline_batch.h"
#include "op_latency.h"
#include "smallfile.h"
#include "startline.h"

#define ENGINE "fio-smallfile"
/* A job prints this many failures. Further ones are only counted. */
#define ERRORS_SHOWN 10
/* Descriptors left to fio itself and to operations in progress. */
#define FDS_RESERVED 256

static bool must_stop(void *arg)
{
	struct thread_data *td = arg;
	const struct job *job = td->io_ops_data;

	/*
	 * After an error that is not tolerated, fio only waits for what is in
	 * flight.
	 */
	if (td->terminate || td->error)
		return true;
	return job->running && td->o.timeout &&
	       utime_since_now(&td->epoch) >= td->o.timeout;
}

static int start_mix(struct thread_data *td, struct job *job, struct failure *f)
{
	/* The first mix of a section whose jobs share one. */
	static const struct mix *first;
	const struct smallfile_options *so = td->eo;
	const struct mix_options options = {
		.operations = so->mix,
		.distribution = so->mix_distribution,
		.population = so->population,
		.thread = startline_number(td),
		.shared = smallfile_shares_files(so),
		.first = startline_number(td) ? first : NULL,
	};
	int ret = mix_init(&job->mix, &job->worker, &options, f);

	if (ret) {
		worker_free(&job->worker);
		return ret;
	}
	if (!options.first)
		first = options.shared ? job->mix : NULL;
	job->order.kind = ORDER_DRAWN;
	job->order.mix = job->mix;
	job->worker.units = smallfile_drawn_units(td, job);
	return 0;
}

static int start_job(struct thread_data *td, struct job *job, struct failure *f)
{
	struct worker_options options;
	int ret;

	ret = smallfile_read_options(td, startline_number(td), job, &options,
				     f);
	if (!ret)
		ret = worker_init(&job->worker, &options, f);
	if (ret)
		return ret;
	job->worker.stop.asked = must_stop;
	job->worker.stop.arg = td;
	job->order.kind = order_wanted(td);
	return options.operation == &operation_mix ? start_mix(td, job, f) : 0;
}

static int make_job(struct thread_data *td, struct failure *f)
{
	const struct smallfile_options *so = td->eo;
	struct job *job = calloc(1, sizeof(*job));
	int ret = job ? startline_enter(td, so->gate != NULL, so->operation)
		      : -ENOMEM;

	if (!ret)
		ret = smallfile_keep_enter(job);
	if (!ret)
		ret = start_job(td, job, f);
	if (ret)
		free(job);
	else
		td->io_ops_data = job;
	return ret;
}

/*
 * Returns why the job's operation runs one at a time, by plain calls, or NULL.
 * Either io_uring has no request for the operation, or the operation gains
 * nothing by io_uring. A job file with many operations need not leave such an
 * operation out.
 */
static const char *why_not_in_flight(struct thread_data *td, struct job *job)
{
	const struct smallfile_options *so = td->eo;
	const struct worker *w = &job->worker;

	if (!so->uring_always && !worker_gains_by_depth(w, worker_fskind(w)))
		return "in memory a depth is of no use to";
	return smallfile_choose_async(td, job) ? NULL : "io_uring cannot do";
}

static void choose_depth(struct thread_data *td, struct job *job)
{
	const struct thread_options *o = &td->o;
	const char *why = NULL;

	if (o->iodepth > 1) {
		why = why_not_in_flight(td, job);
		if (!why)
			return;
	}
	if (why && !td->subjob_number)
		log_err(ENGINE ": job %s: iodepth=%u: %s %s, which runs one at "
			       "a time\n",
			o->name, o->iodepth, why, job->worker.operation->name);
	fio_state_set_sync(td);
}

/*
 * Runs in fio's main process when a job is gone, before fio writes or sends its
 * results.
 */
static void job_is_gone(struct thread_data *td)
{
	smallfile_keep_gone(td);
	if (is_backend)
		return;
	op_latency_gone(td);
	smallfile_client_gone();
}

/* Runs in the parent, for one job after the other, before any is started. */
static int smallfile_setup(struct thread_data *td)
{
	struct section_note note;
	struct failure f = { "" };
	struct job *job;
	int ret;

	ret = make_job(td, &f);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	job = td->io_ops_data;
	ret = op_latency_enter(td, job);
	if (!ret)
		ret = smallfile_client_enter(td, job);
	if (td->o.stats)
		fio_state_at_exit(td, job_is_gone);
	if (!ret)
		ret = smallfile_turns_enter(&f);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	smallfile_take_over(td, job);
	smallfile_barrier_enter(td, job);
	choose_depth(td, job);
	ret = glue_slow_down(td, ENGINE, td->o.iodepth == 1, &f);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	smallfile_preflight(td, job);
	job->asked = smallfile_units_asked(td, job);
	ret = smallfile_progress_enter(td, job);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	note = smallfile_note(td, job);
	section_note_describe(td, &note);
	fio_state_set_file(td, ENGINE, job->worker.units);
	return 0;
}

/*
 * Returns how many directories of a tree to keep open. These are as many as the
 * hard limit allows, because open directories make operations cheap.
 */
static uint64_t fds_per_tree(const struct thread_data *td)
{
	const struct job *job = td->io_ops_data;
	unsigned int sharing = td->o.use_thread ? startline_threads() : 1;
	/*
	 * Each operation in flight needs a place in the ring's own table, which
	 * has the same limit, and directories of its own.
	 */
	uint64_t reserved =
		FDS_RESERVED + (uint64_t)td->o.iodepth * sharing * 3;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return dirtable_budget(limit.rlim_cur, reserved, sharing,
			       startline_jobs(), job->worker.trees);
}

/* Says where a mix has its files from, unless it made them all. */
static void say_found(const struct thread_data *td, const struct job *job)
{
	const struct mix_found *found = mix_found(job->mix);

	if (found->files == found->made && !found->record)
		return;
	log_err(ENGINE ": job %s: found %llu files %s, made %llu more\n",
		td->o.name, (unsigned long long)(found->files - found->made),
		found->record ? "by the record of an earlier run"
			      : "by listing the directories",
		(unsigned long long)found->made);
}

/* Runs in the job, and does what may take long before the start line. */
static int smallfile_init(struct thread_data *td)
{
	struct job *job = td->io_ops_data;
	struct failure f = { "" };
	int ret;

	/* With create_serialize=0, fio calls ->setup in the job, after this. */
	if (!job) {
		ret = failure_set(
			&f, EINVAL,
			"create_serialize=0: leave it at its default; "
			"directories are made in parallel anyway");
		return glue_refuse(td, ENGINE, ret, &f);
	}
	/* ->setup has said all there is to say. */
	if (smallfile_is_preflight(td)) {
		/*
		 * This also notes the time. Otherwise fio takes the job for
		 * stuck, and hangs.
		 */
		fio_mark_td_terminate(td);
		return 0;
	}
	startline_begin(td);
	smallfile_keep_begin(td, job);
	job->worker.options.max_fds = fds_per_tree(td);
	tick_clock_init(&job->clock, job->worker.ticks);
	ret = td->o.iodepth > 1 ? smallfile_init_async(td, job, &f)
				: inline_batch_init(td, job);
	if (!ret)
		ret = worker_make_dirs(&job->worker, &f);
	if (!ret)
		ret = worker_open_dirs(&job->worker, &f);
	if (!ret && job->mix)
		ret = mix_open(job->mix, &f);
	if (!ret && job->mix)
		say_found(td, job);
	return ret ? glue_refuse(td, ENGINE, ret, &f) : 0;
}

/* Waits for the threads of this host, and one of them for the other hosts. */
static int line_up(struct thread_data *td, struct job *job, struct failure *f)
{
	int leads, ret;

	leads = startline_wait(td, job->section, sizeof(job->section));
	if (leads < 0 && leads != -ECANCELED)
		return failure_set(f, -leads,
				   "the job that went to the gate for this "
				   "host's jobs did not get through: %s",
				   strerror(-leads));
	if (leads <= 0)
		return leads;
	ret = smallfile_barrier_wait(td, job, f);
	smallfile_client_ready(job, true);
	startline_open(td, ret, 0);
	/*
	 * The hosts that are missing would be missed by each later section,
	 * too, for the whole of gate_timeout=.
	 */
	if (ret && ret != -ECANCELED)
		startline_end_all();
	return ret;
}

/*
 * Returns the units that the job is to do in all its passes. Raises loops=
 * where io_size= is more than one pass. fio counts the bytes moved when it
 * decides on one more pass, and would end too early there.
 */
static uint64_t set_passes(struct thread_data *td, uint64_t pass)
{
	const struct thread_options *o = &td->o;
	uint64_t units = (o->io_size ? o->io_size : pass) * o->loops;
	uint64_t passes;

	if (o->io_size > pass && pass && o->loops && !o->time_based) {
		passes = (o->io_size + pass - 1) / pass;
		fio_state_set_loops(td,
				    passes < UINT_MAX / o->loops
					    ? (unsigned int)passes * o->loops
					    : UINT_MAX);
	}
	return units;
}

/* Runs right before fio starts its clock. */
static int smallfile_post_init(struct thread_data *td)
{
	const struct smallfile_options *so = td->eo;
	struct job *job = td->io_ops_data;
	struct failure f = { "" };
	uint64_t units;
	int ret;

	if (smallfile_is_preflight(td))
		return 0;
	job->pass = td->files[0]->io_size;
	units = set_passes(td, job->pass);
	/* fio's ETA compares this with the bytes moved so far. */
	fio_state_set_total(td, units * smallfile_mean_bytes(job));
	order_init(&job->order, td);
	smallfile_progress_prepare(td, job);
	smallfile_client_ready(job, false);
	ret = line_up(td, job, &f);
	/* If the job was told to end while it waited, fio ends it by itself. */
	if (ret && !(ret == -ECANCELED && td->terminate))
		return glue_refuse(td, ENGINE, ret, &f);
	ret = ret ? 0 : smallfile_turns_join(td, job, &f);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	job->together = !startline_alone(td) || so->gate;
	smallfile_client_begin(job);
	job->running = true;
	job->began_ns = clock_unix_ns();
	smallfile_progress_begin(job);
	return 0;
}

static void say_failed(struct job *job, const struct request *r, int ret)
{
	const char *remedy = NULL;
	char text[3 * PATH_MAX];

	if (job->errors > ERRORS_SHOWN)
		return;
	request_describe(r->worker, r, ret, text, sizeof(text));
	if (ret != job->remedy_for)
		remedy = request_remedy(r->worker, r, ret);
	job->remedy_for = ret;
	log_err(ENGINE ": %s%s%s%s\n", text, remedy ? "; " : "",
		remedy ? remedy : "",
		job->errors == ERRORS_SHOWN
			? " (further errors of this job are only counted)"
			: "");
}

void smallfile_fail(struct thread_data *td, struct io_u *io_u,
		    struct request *r, int ret)
{
	struct job *job = td->io_ops_data;

	fio_state_set_failed(td, io_u, -ret, true);
	job->errors++;
	say_failed(job, r, ret);
	if (job->mix)
		mix_failed(job->mix, r, ret);
}

/*
 * Notes go to stderr by log_err(). If fio writes to a file, what a job's
 * process hands to log_info() stays in its own buffer, and is lost.
 */
static void finish(struct thread_data *td, struct job *job)
{
	struct failure f;
	int ret;

	if (job->errors > ERRORS_SHOWN)
		log_err(ENGINE ": job %s: %llu operations failed\n", td->o.name,
			(unsigned long long)job->errors);
	if (!job->running || td->error)
		return;
	job->running = false;
	ret = dirtable_check(&job->worker.dirtable, &job->worker.fileset, &f);
	if (ret) {
		glue_refuse(td, ENGINE, ret, &f);
		return;
	}
	if (td->terminate)
		return;
	ret = job->worker.operation->removes_dirs
		      ? mix_record_remove(&job->worker, &f)
		      : 0;
	if (!ret)
		ret = worker_finish(&job->worker, &f);
	if (ret)
		glue_refuse(td, ENGINE, ret, &f);
	else if (job->worker.dirs_left)
		log_err(ENGINE
			": job %s: %llu directories or names hold something "
			"else than this job's files, and stay\n",
			td->o.name, (unsigned long long)job->worker.dirs_left);
}

/* Leaves a record of a mix's files for the next run. */
static void close_mix(struct thread_data *td, struct job *job)
{
	struct failure f;
	int ret = job->mix ? mix_close(job->mix, &f) : 0;

	if (ret)
		log_err(ENGINE ": job %s: %s; the next run lists the "
			       "directories\n",
			td->o.name, f.text);
}

/*
 * Ends other jobs, as fio itself does when a job with another operation ends. A
 * tree that is being made has to become whole, so the jobs that make it do not
 * end each other. The other jobs are ended when the last of these is done, or
 * when one has failed.
 */
static void end_others(struct thread_data *td, const struct job *job)
{
	bool done;

	if (!job->began_ns)
		return;
	done = startline_work_is_done(td);
	if ((exitall_on_terminate && done) ||
	    ((exitall_on_terminate || td->o.exitall_error) && td->error))
		fio_terminate_threads(td->groupid, job->exit_what);
}

static void tell(const struct thread_data *td, const struct job *job)
{
	const struct section_note note = smallfile_note(td, job);

	section_note_tell(td, &note);
	section_note_tell_end(td, &note, job->own_host, job->number);
	op_latency_tell(td, job);
}

static void smallfile_cleanup(struct thread_data *td)
{
	struct job *job = td->io_ops_data;

	if (!job)
		return;
	smallfile_client_end(td, job);
	smallfile_progress_end(td, job);
	smallfile_turns_leave(job);
	finish(td, job);
	close_mix(td, job);
	smallfile_keep_end(td, job);
	smallfile_barrier_leave(td, job);
	if (job->request_ready)
		tell(td, job);
	end_others(td, job);
	inline_batch_free(job);
	smallfile_free_async(job);
	mix_free(job->mix);
	worker_free(&job->worker);
	free(job);
	td->io_ops_data = NULL;
}

static struct ioengine_ops engine = {
	.name = ENGINE ".so",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_SYNCIO | FIO_DISKLESSIO | FIO_NODISKUTIL | FIO_NOEXTEND,
	.setup = smallfile_setup,
	.init = smallfile_init,
	.post_init = smallfile_post_init,
	.prep = inline_batch_prep,
	.queue = inline_batch_queue,
	.cleanup = smallfile_cleanup,
	.option_struct_size = sizeof(struct smallfile_options),
};

struct ioengine_ops *glue_ops(bool usable)
{
	return glue_entry(&engine, smallfile_option_table(), ENGINE, usable);
}
