// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "fio.h"

#include "diskwrite.h"
#include "fio_state.h"
#include "glue.h"
#include "section_note.h"
#include "startline.h"

#define ENGINE "fio-diskwrite"
/* A job prints this many errors of chunks. Further ones are only counted. */
#define ERRORS_SHOWN 10
#define NS_PER_S     1000000000ll

/*
 * Returns the number of the run, which all jobs of one fio share. It is made of
 * the time at which the run began, and of something random.
 */
static uint64_t run_number(void)
{
	static uint64_t run;
	uint32_t random = 0;

	if (!run) {
		if (getrandom(&random, sizeof(random), 0) < 0)
			random = (uint32_t)getpid();
		run = (uint64_t)time(NULL) << 32 | random;
	}
	return run;
}

static int open_log(struct thread_data *td, struct diskwrite_job *job,
		    struct failure *f)
{
	int ret;

	if (!job->log_path[0])
		return 0;
	ret = chunklog_open(&job->log, job->log_path, f);
	if (ret)
		return ret;
	job->log_open = true;
	job->options.log = &job->log;
	if (job->log.cut_bytes)
		log_err(ENGINE ": job %s: chunk_log=%s: its last line was cut "
			       "off, and is removed (%llu bytes)\n",
			td->o.name, job->log_path,
			(unsigned long long)job->log.cut_bytes);
	return 0;
}

static void free_job(struct diskwrite_job *job)
{
	if (job->log_open)
		chunklog_close(&job->log);
	free(job->queued);
	free(job->done);
	free(job);
}

static int fill_job(struct thread_data *td, struct diskwrite_job *job,
		    struct failure *f)
{
	int ret = diskwrite_read_options(td, startline_number(td), job, f);

	if (ret)
		return ret;
	job->options.run = run_number();
	job->queued = calloc(td->o.iodepth, sizeof(*job->queued));
	job->done = calloc(td->o.iodepth, sizeof(*job->done));
	if (!job->queued || !job->done)
		return -ENOMEM;
	return open_log(td, job, f);
}

/*
 * Returns the chunks in all passes, or -1. What is to be read is known only
 * when the job has begun.
 */
static int64_t units_asked(const struct thread_data *td,
			   const struct diskwrite_job *job)
{
	uint64_t chunks = job->size_bytes / job->options.files.chunk_bytes;

	if (!chunks || td->o.time_based || td->o.io_size || job->options.reads)
		return -1;
	if (__builtin_mul_overflow(chunks, (uint64_t)td->o.loops, &chunks) ||
	    chunks > INT64_MAX)
		return -1;
	if (td->o.number_ios && td->o.number_ios < chunks)
		chunks = td->o.number_ios;
	return (int64_t)chunks;
}

static struct section_note note_of(const struct diskwrite_job *job)
{
	return (struct section_note){
		.engine = ENGINE,
		.operation = "",
		.units = job->asked,
		.unit_records = 1,
		.endless = !job->size_bytes && !job->options.reads,
	};
}

static void tell(const struct thread_data *td, const struct diskwrite_job *job)
{
	const struct section_note note = note_of(job);

	section_note_tell(td, &note);
	section_note_tell_end(td, &note, job->host, job->options.files.thread);
}

static struct ioengine_ops *sync_engine(void);

/* Runs in the parent, for one job after the other, before any is started. */
static int diskwrite_setup(struct thread_data *td)
{
	struct diskwrite_job *job = calloc(1, sizeof(*job));
	struct section_note note;
	struct failure f = { "" };
	int ret = job ? startline_enter(td, false, 0) : -ENOMEM;

	if (!ret)
		ret = fill_job(td, job, &f);
	if (ret) {
		if (job)
			free_job(job);
		return glue_refuse(td, ENGINE, ret, &f);
	}
	td->io_ops_data = job;
	if (job->sync)
		fio_state_set_engine(td, sync_engine());
	ret = glue_slow_down(td, ENGINE, false, &f);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	diskwrite_take_over(td, job);
	job->asked = units_asked(td, job);
	note = note_of(job);
	section_note_describe(td, &note);
	fio_state_set_file(
		td, ENGINE,
		job->size_bytes
			? job->size_bytes
			: diskwrite_endless(job->options.files.chunk_bytes));
	return 0;
}

/* Tells fio how much there is to read, which is known only now. */
static void set_read_size(struct thread_data *td, struct diskwrite_job *job)
{
	uint64_t bytes = job->chunks.files.found_bytes;

	if (job->size_bytes && job->size_bytes < bytes)
		return;
	fio_state_set_file_bytes(td, bytes);
	if (!td->o.io_size)
		fio_state_set_total(td, bytes * td->o.loops);
}

/* Runs in the job, and does what may take long before the start line. */
static int diskwrite_init(struct thread_data *td)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct failure f = { "" };
	int ret;

	/* With create_serialize=0, fio calls ->setup in the job, after this. */
	if (!job) {
		ret = failure_set(&f, EINVAL,
				  "create_serialize=0: leave it at its "
				  "default");
		return glue_refuse(td, ENGINE, ret, &f);
	}
	startline_begin(td);
	ret = chunkjob_init(&job->chunks, &job->options, &f);
	job->began = true;
	if (!ret && job->log_open)
		ret = chunklog_start(&job->log, job->log_sync);
	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	if (job->options.reads)
		set_read_size(td, job);
	return 0;
}

/* Runs right before fio starts its clock. */
static int diskwrite_post_init(struct thread_data *td)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct failure f = { "" };
	char section[32];
	int ret = chunkjob_begin(&job->chunks, &f);

	if (ret)
		return glue_refuse(td, ENGINE, ret, &f);
	proc_usage_add(&job->used, getpid());
	job->used_ns = chunkjob_now_ns();
	ret = startline_wait(td, section, sizeof(section));
	/* If the job was told to end while it waited, fio ends it by itself. */
	if (ret < 0 && !(ret == -ECANCELED && td->terminate))
		return glue_refuse(td, ENGINE, ret, &f);
	return 0;
}

/* Gives fio the core's buffers, so that fio makes none of its own. */
static int diskwrite_iomem_alloc(struct thread_data *td, size_t bytes)
{
	struct diskwrite_job *job = td->io_ops_data;

	fio_state_set_buffer(td, chunkjob_memory(&job->chunks));
	return 0;
}

static void diskwrite_iomem_free(struct thread_data *td)
{
	fio_state_set_buffer(td, NULL);
}

static int diskwrite_prep(struct thread_data *td, struct io_u *io_u)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct chunk *chunk = NULL;

	job->prepare_error =
		chunkjob_prepare(&job->chunks, &chunk, &job->prepare_failure);
	if (chunk)
		chunk->owner = io_u;
	io_u->engine_data = chunk;
	return 0;
}

/* A failed chunk is an error, never a sample. */
static void fail(struct thread_data *td, struct io_u *io_u, int ret,
		 const struct failure *f)
{
	struct diskwrite_job *job = td->io_ops_data;

	fio_state_set_failed(td, io_u, -ret, false);
	job->errors++;
	if (job->errors <= ERRORS_SHOWN)
		log_err(ENGINE ": job %s: %s%s\n", td->o.name, f->text,
			job->errors == ERRORS_SHOWN
				? " (further errors of this job are only "
				  "counted)"
				: "");
}

/*
 * What this process has used since the last message. Jobs that are threads are
 * of one process, whose first thread says so for all.
 */
static void usage_text(const struct thread_data *td, struct diskwrite_job *job,
		       char *text, size_t size)
{
	struct proc_usage now = { 0 };
	uint64_t now_ns = chunkjob_now_ns();

	if ((td->o.use_thread && job->options.files.thread) ||
	    !proc_usage_add(&now, getpid()) || now_ns <= job->used_ns)
		return;
	proc_usage_text(&job->used, &now, now_ns - job->used_ns, text, size);
	job->used = now;
	job->used_ns = now_ns;
}

/* `end` stands behind the message. */
static void say(struct thread_data *td, struct diskwrite_job *job,
		const char *text, const char *end)
{
	char usage[128] = "";

	usage_text(td, job, usage, sizeof(usage));
	log_err(ENGINE ": host %s, job %s, thread %02u: %s%s%s\n", job->host,
		td->o.name, job->options.files.thread, text, usage, end);
}

static void report(struct thread_data *td, struct diskwrite_job *job)
{
	char text[256];

	if (chunkjob_report(&job->chunks, text, sizeof(text)))
		say(td, job, text, "");
}

/* With submit=sync, runs one chunk from beginning to end. */
static enum fio_q_status run_one(struct thread_data *td, struct io_u *io_u,
				 struct chunk *chunk)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct failure f = { "" };
	struct chunk *done;
	int ret;

	chunkjob_add(&job->chunks, chunk);
	chunkjob_start(&job->chunks);
	chunkjob_wait(&job->chunks, 1, 1, -1, &done);
	ret = chunkjob_settle(&job->chunks, chunk, &f);
	report(td, job);
	if (ret)
		fail(td, io_u, ret, &f);
	else
		/*
		 * The time for verifying and logging is not part of the
		 * latency.
		 */
		fio_state_set_latency(io_u, NULL, chunk->latency_ns);
	return FIO_Q_COMPLETED;
}

static enum fio_q_status diskwrite_queue(struct thread_data *td,
					 struct io_u *io_u)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct chunk *chunk = io_u->engine_data;

	if (!chunk) {
		fail(td, io_u, job->prepare_error, &job->prepare_failure);
		return FIO_Q_COMPLETED;
	}
	if (job->sync)
		return run_one(td, io_u, chunk);
	chunkjob_add(&job->chunks, chunk);
	job->queued[job->queued_count++] = io_u;
	return FIO_Q_QUEUED;
}

/*
 * A chunk counts as issued right before it is handed to the kernel, and not
 * after. Much of the work is done in that call, by some file systems all of it.
 * A chunk that the kernel does not take comes back from ->getevents as failed.
 */
static int diskwrite_commit(struct thread_data *td)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct timespec now;

	if (!job->queued_count)
		return 0;
	fio_gettime(&now, NULL);
	for (unsigned int i = 0; i < job->queued_count; i++) {
		struct io_u *io_u = job->queued[i];

		fio_state_set_issued(io_u, &now);
		io_u_queued(td, io_u);
	}
	chunkjob_start(&job->chunks);
	io_u_mark_submit(td, job->queued_count);
	job->queued_count = 0;
	return 0;
}

/*
 * Returns how long to wait: as long as fio says, or else until the next report
 * is due. -1 is without end.
 */
static int64_t timeout_ns(const struct diskwrite_job *job,
			  const struct timespec *t)
{
	uint64_t due_ns = chunkprogress_due_ns(&job->chunks.progress);
	uint64_t now_ns;

	if (t)
		return t->tv_sec * NS_PER_S + t->tv_nsec;
	if (due_ns == UINT64_MAX)
		return -1;
	now_ns = chunkjob_now_ns();
	return due_ns > now_ns ? (int64_t)(due_ns - now_ns) : 0;
}

static int diskwrite_getevents(struct thread_data *td, unsigned int min,
			       unsigned int max, const struct timespec *t)
{
	struct diskwrite_job *job = td->io_ops_data;
	unsigned int count = 0;
	int n;

	if (max > td->o.iodepth)
		max = td->o.iodepth;
	do {
		n = chunkjob_wait(&job->chunks, min - count, max - count,
				  timeout_ns(job, t), job->done + count);
		if (n > 0)
			count += (unsigned int)n;
		report(td, job);
	} while (n >= 0 && count < min && !t);
	job->all_done = count >= td->cur_depth;
	fio_gettime(&job->reaped, NULL);
	return n < 0 && !count ? n : (int)count;
}

static struct io_u *diskwrite_event(struct thread_data *td, int event)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct chunk *chunk = job->done[event];
	struct io_u *io_u = chunk->owner;
	struct failure f = { "" };
	int ret = chunkjob_settle(&job->chunks, chunk, &f);

	fio_state_set_latency(io_u, &job->reaped, chunk->latency_ns);
	if (ret)
		fail(td, io_u, ret, &f);
	if (job->all_done)
		fio_state_make_log_room(td);
	return io_u;
}

static void diskwrite_cleanup(struct thread_data *td)
{
	struct diskwrite_job *job = td->io_ops_data;
	struct failure f = { "" };
	char text[256];
	int ret;

	if (!job)
		return;
	if (job->errors > ERRORS_SHOWN)
		log_err(ENGINE ": job %s: %llu chunks failed\n", td->o.name,
			(unsigned long long)job->errors);
	if (job->began) {
		ret = chunkjob_finish(&job->chunks, &f);
		if (chunkjob_last_report(&job->chunks, text, sizeof(text)))
			say(td, job, text, ", the last");
		if (ret && !td->error)
			glue_refuse(td, ENGINE, ret, &f);
		tell(td, job);
		chunkjob_free(&job->chunks);
	}
	free_job(job);
	td->io_ops_data = NULL;
}

static struct ioengine_ops engine = {
	.name = ENGINE ".so",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_DISKLESSIO | FIO_NODISKUTIL | FIO_NOEXTEND |
		 GLUE_ASYNC_FLAGS,
	.setup = diskwrite_setup,
	.init = diskwrite_init,
	.post_init = diskwrite_post_init,
	.iomem_alloc = diskwrite_iomem_alloc,
	.iomem_free = diskwrite_iomem_free,
	.prep = diskwrite_prep,
	.queue = diskwrite_queue,
	.commit = diskwrite_commit,
	.getevents = diskwrite_getevents,
	.event = diskwrite_event,
	.cleanup = diskwrite_cleanup,
	.option_struct_size = sizeof(struct diskwrite_options),
};

/*
 * Returns the hooks for submit=sync. fio has to know that a chunk is done when
 * ->queue returns.
 */
static struct ioengine_ops *sync_engine(void)
{
	static struct ioengine_ops ops;

	ops = engine;
	ops.flags = FIO_SYNCIO | FIO_DISKLESSIO | FIO_NODISKUTIL | FIO_NOEXTEND;
	ops.commit = NULL;
	ops.getevents = NULL;
	ops.event = NULL;
	return &ops;
}

struct ioengine_ops *glue_ops(bool usable)
{
	return glue_entry(&engine, diskwrite_option_table(), ENGINE, usable);
}
