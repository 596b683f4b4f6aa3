// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host says of a section while the section runs: one message every
 * progress_interval= for all jobs together. A job that ends a batch after the
 * message is due makes it. So nothing is counted for the messages: fio counts
 * in memory that its jobs share. postproc/fio/progress_message.h reads them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fio.h"

#include "fio_state.h"
#include "smallfile.h"
#include "util/proc_usage.h"

#define NS_PER_S 1000000000ll
/* A host's name and fio's name of a job have at most 255 and 127 bytes. */
#define LINE_BYTES    1024
#define FIGURES_BYTES 512

/* What the jobs of a section have done so far. */
struct totals {
	uint64_t units;
	uint64_t bytes;
	uint64_t errors;
	uint64_t bins[FIO_IO_U_PLAT_NR]; /* by latency */
	struct proc_usage usage;
};

struct progress_job {
	const struct thread_data *td; /* in fio's shared memory */
	atomic_bool ended;            /* all its samples are counted */
};

/*
 * A section. Its jobs share the memory. Whoever has set `busy` owns since_ns,
 * told, before and now. What is neither theirs nor atomic is written before any
 * job starts.
 */
struct progress_section {
	struct progress_section *next; /* another section of this fio */
	char host[HOST_BYTES];
	int64_t interval_ns;
	int64_t asked;       /* units; -1: limited otherwise */
	atomic_llong due_ns; /* next message, by fio's clock */
	atomic_bool closed;  /* all jobs have ended, and one has seen that */
	atomic_bool own;     /* the usage of fio's own process is known */
	atomic_flag busy;
	int64_t since_ns; /* last message, or the start */
	bool told;        /* there was a message */
	struct totals before;
	struct totals now;
	unsigned int jobs;
	struct progress_job job[];
};

static struct progress_section *sections;
static const atomic_llong never = INT64_MAX;

/*
 * Whether a local run shows on a terminal how far it is: by fio's ETA, under
 * fio's own conditions for it. A user who has turned the ETA off wants nothing.
 */
static bool has_eta(void)
{
	if (eta_print == FIO_ETA_NEVER)
		return true;
	if (!(output_format & FIO_OUTPUT_NORMAL) && f_out == stdout)
		return false;
	return eta_print == FIO_ETA_ALWAYS || isatty(STDOUT_FILENO);
}

/*
 * Whether messages are asked for, and are not beside fio's ETA. smallfio ab
 * tells of its sides itself.
 */
static bool is_wanted(const struct thread_data *td)
{
	const struct smallfile_options *so = td->eo;

	return so->progress_interval && td->o.stats && !so->preflight &&
	       !smallfile_turns_taken() &&
	       (is_backend || !isatty(STDERR_FILENO) || !has_eta());
}

static struct progress_section *make_section(const struct thread_data *td,
					     const struct job *job)
{
	const struct smallfile_options *so = td->eo;
	struct progress_section *p;

	p = mmap(NULL, sizeof(*p) + td->o.numjobs * sizeof(p->job[0]),
		 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	memcpy(p->host, job->own_host, sizeof(p->host));
	p->interval_ns = (int64_t)so->progress_interval * NS_PER_S;
	p->due_ns = never;
	p->next = sections;
	sections = p;
	return p;
}

int smallfile_progress_enter(const struct thread_data *td, struct job *job)
{
	static struct progress_section *current;

	job->progress_due_ns = &never;
	if (!is_wanted(td))
		return 0;
	/* The first job of a section knows how many there are. */
	if (!td->subjob_number) {
		current = make_section(td, job);
		if (!current)
			return -errno;
	}
	current->job[current->jobs++].td = td;
	if (job->asked < 0 || current->asked < 0)
		current->asked = -1;
	else
		current->asked += job->asked;
	job->progress = current;
	job->progress_due_ns = &current->due_ns;
	return 0;
}

/* Adds what processes have used. Jobs that are threads are of one process. */
static void add_usage(struct proc_usage *usage, const struct thread_data *td,
		      bool *own)
{
	if (!td->o.use_thread)
		proc_usage_add(usage, td->pid);
	else if (!*own)
		*own = proc_usage_add(usage, getpid());
}

static void add_job(struct totals *t, const struct thread_data *td)
{
	const struct thread_stat *ts = &td->ts;

	for (int ddir = DDIR_READ; ddir <= DDIR_WRITE; ddir++) {
		t->units += ts->total_io_u[ddir];
		t->bytes += td->io_bytes[ddir];
		for (unsigned int i = 0; i < FIO_IO_U_PLAT_NR; i++)
			t->bins[i] += ts->io_u_plat[FIO_CLAT][ddir][i];
	}
	t->errors += td->total_err_count;
}

static void add_up(struct progress_section *p)
{
	bool own = false;

	memset(&p->now, 0, sizeof(p->now));
	for (unsigned int i = 0; i < p->jobs; i++) {
		add_job(&p->now, p->job[i].td);
		add_usage(&p->now.usage, p->job[i].td, &own);
	}
}

/* fio counts from 0 again when ramp_time= is over. */
static uint64_t since(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

/* Returns the latency that 99 % do not exceed, by the middle of its bin. */
static double p99_ms(const struct progress_section *p)
{
	uint64_t all = 0, seen = 0;

	for (unsigned int i = 0; i < FIO_IO_U_PLAT_NR; i++)
		all += since(p->now.bins[i], p->before.bins[i]);
	for (unsigned int i = 0; i < FIO_IO_U_PLAT_NR; i++) {
		seen += since(p->now.bins[i], p->before.bins[i]);
		if (seen && seen >= all - all / 100)
			return (double)fio_state_bin_ns(i) / 1e6;
	}
	return 0;
}

static void figures(const struct progress_section *p, int64_t ns, char *text,
		    size_t size)
{
	const struct totals *now = &p->now, *before = &p->before;
	uint64_t units = since(now->units, before->units);
	uint64_t bytes = since(now->bytes, before->bytes);
	double seconds = (double)ns / 1e9;
	char of[32] = "";
	int n;

	if (p->asked >= 0)
		snprintf(of, sizeof(of), " of %" PRId64, p->asked);
	n = snprintf(text, size,
		     "%.1f files/s, %.1f MiB/s, p99 %.3f ms, %" PRIu64
		     " files, %" PRIu64 " bytes in %.1f s, %" PRIu64
		     "%s files done, %" PRIu64 " errors",
		     (double)units / seconds,
		     (double)bytes / seconds / (1 << 20), p99_ms(p), units,
		     bytes, seconds, now->units, of, now->errors);
	proc_usage_text(&before->usage, &now->usage, (uint64_t)ns, text + n,
			size - (size_t)n);
}

static int64_t fio_ns(const struct timespec *t)
{
	return t->tv_sec * NS_PER_S + t->tv_nsec;
}

/* fio's log_err() would write into --output= of a local run, too. */
static void print(const char *line, int length)
{
	if (is_backend)
		log_err("%s", line);
	else if (write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* there is nobody to tell */
}

/* `end` stands behind the message. */
static void tell(struct progress_section *p, const struct thread_data *td,
		 const struct job *job, int64_t now_ns, const char *end)
{
	char text[FIGURES_BYTES], line[LINE_BYTES];
	int length;

	if (now_ns <= p->since_ns)
		return;
	add_up(p);
	figures(p, now_ns - p->since_ns, text, sizeof(text));
	length = snprintf(line, sizeof(line),
			  "fio-smallfile: host %s, job %s, operation %s, %u "
			  "thread%s: %s%s\n",
			  p->host, td->o.name, job->worker.operation->name,
			  p->jobs, p->jobs == 1 ? "" : "s", text, end);
	if (length < (int)sizeof(line))
		print(line, length);
	p->before = p->now;
	p->since_ns = now_ns;
	p->told = true;
}

void smallfile_progress_tell(const struct thread_data *td,
			     const struct job *job, const struct timespec *now)
{
	struct progress_section *p = job->progress;
	int64_t now_ns = fio_ns(now), due_ns;

	if (atomic_flag_test_and_set(&p->busy))
		return;
	due_ns = p->due_ns;
	if (now_ns >= due_ns) {
		tell(p, td, job, now_ns, "");
		due_ns += (now_ns - due_ns) / p->interval_ns * p->interval_ns;
		p->due_ns = due_ns + p->interval_ns;
	}
	atomic_flag_clear(&p->busy);
}

/* What the job used before it began does not count. */
void smallfile_progress_prepare(const struct thread_data *td,
				const struct job *job)
{
	struct progress_section *p = job->progress;
	struct proc_usage usage = { 0 };
	bool own;

	if (!p)
		return;
	own = td->o.use_thread && atomic_exchange(&p->own, true);
	add_usage(&usage, td, &own);
	__atomic_fetch_add(&p->before.usage.user_ms, usage.user_ms,
			   __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->before.usage.system_ms, usage.system_ms,
			   __ATOMIC_RELAXED);
}

void smallfile_progress_begin(const struct job *job)
{
	struct progress_section *p = job->progress;
	struct timespec now;
	long long due_ns = never;

	if (!p)
		return;
	fio_gettime(&now, NULL);
	if (atomic_compare_exchange_strong(&p->due_ns, &due_ns,
					   fio_ns(&now) + p->interval_ns))
		p->since_ns = fio_ns(&now);
}

/* Whether nothing is to come from a job. It may have failed before it began. */
static bool is_over(const struct progress_job *job)
{
	int state = *(const volatile int *)&job->td->runstate;

	return job->ended || state >= TD_EXITED ||
	       (job->td->terminate && state < TD_RUNNING);
}

static bool all_over(const struct progress_section *p)
{
	for (unsigned int i = 0; i < p->jobs; i++)
		if (!is_over(&p->job[i]))
			return false;
	return true;
}

/* When this fio's last message came, or the first section began. */
static int64_t heard_ns(void)
{
	int64_t begin_ns = INT64_MAX, last_ns = 0;

	for (const struct progress_section *p = sections; p; p = p->next) {
		if (p->told && p->since_ns > last_ns)
			last_ns = p->since_ns;
		else if (!p->told && p->since_ns && p->since_ns < begin_ns)
			begin_ns = p->since_ns;
	}
	return last_ns ? last_ns : begin_ns;
}

/*
 * Returns how the last message of a section ends, or NULL for no message. A
 * section without a message of its own has one if the host has said nothing for
 * an interval: sections may be short, and many.
 */
static const char *ending(const struct progress_section *section,
			  int64_t now_ns)
{
	bool told =
		section->told || now_ns - heard_ns() >= section->interval_ns;
	bool any = told;

	for (const struct progress_section *p = sections; p; p = p->next) {
		if (!all_over(p))
			return told ? ", ended" : NULL;
		any |= p->told;
	}
	return any ? ", the last" : NULL;
}

void smallfile_progress_end(const struct thread_data *td, const struct job *job)
{
	struct progress_section *p = job->progress;
	struct timespec now;
	const char *end;

	if (!p)
		return;
	for (unsigned int i = 0; i < p->jobs; i++)
		if (p->job[i].td == td)
			p->job[i].ended = true;
	if (!all_over(p) || atomic_exchange(&p->closed, true))
		return;
	fio_gettime(&now, NULL);
	end = ending(p, fio_ns(&now));
	if (end && p->due_ns != never && !atomic_flag_test_and_set(&p->busy))
		tell(p, td, job, fio_ns(&now), end);
}
