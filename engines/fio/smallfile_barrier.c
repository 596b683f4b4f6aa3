// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "smallfile.h"
#include "startline.h"

/*
 * The default of gate_timeout= is as in smallfile, which counts on 50
 * directories a second.
 */
#define TIMEOUT_S       60
#define DIRS_PER_SECOND 50

static void tell(void *arg, const char *text)
{
	const struct thread_data *td = arg;

	log_err("fio-smallfile: job %s waits at the gate: %s\n", td->o.name,
		text);
}

/*
 * Called before the start. There is time to write down the number of the run.
 */
static void opens(void *arg, int64_t at_ns)
{
	struct thread_data *td = arg;
	struct job *job = td->io_ops_data;

	startline_open(td, 0, at_ns);
	smallfile_keep_run(td, job, job->barrier.clock.run);
}

static unsigned int timeout_s(const struct smallfile_options *so,
			      const struct worker *w)
{
	uint64_t dirs =
		w->operation->makes_dirs ? TREE_COUNT * w->fileset.dirs : 0;

	if (so->gate_timeout)
		return so->gate_timeout;
	dirs = TIMEOUT_S + dirs * w->fileset.tops / DIRS_PER_SECOND;
	return dirs < INT32_MAX ? dirs : INT32_MAX;
}

/*
 * A hash of what all hosts of a run have in common, over all sections in turn.
 * A host with another hash belongs to another run. The parent makes it before
 * any job starts.
 */
static uint64_t common;

static void mix(const char *text)
{
	/* FNV-1a (Fowler, Noll, Vo), the end of the text included. */
	do {
		common ^= (unsigned char)*text;
		common *= UINT64_C(0x100000001b3);
	} while (*text++);
}

void smallfile_barrier_enter(const struct thread_data *td,
			     const struct job *job)
{
	const struct smallfile_options *so = td->eo;
	char hosts[24];

	/* Counts a section once: hosts may differ in the number of threads. */
	if (td->subjob_number)
		return;
	snprintf(hosts, sizeof(hosts), "%llu", so->gate_hosts);
	mix(td->o.name);
	mix(job->worker.operation->name);
	mix(so->gate ? hosts : "");
	mix(so->permute_hosts ? so->permute_hosts : "");
}

static struct barrier barrier_of(struct thread_data *td, struct job *job)
{
	const struct smallfile_options *so = td->eo;

	return (struct barrier){
		.directory = so->gate,
		.section = job->section,
		.host = job->own_host,
		.hosts = so->gate_hosts,
		.job = common,
		.timeout_s = timeout_s(so, &job->worker),
		.expected = so->permute_hosts,
		.stop = job->worker.stop,
		.progress = tell,
		.opens = opens,
		.arg = td,
	};
}

int smallfile_barrier_wait(struct thread_data *td, struct job *job,
			   struct failure *f)
{
	const struct smallfile_options *so = td->eo;
	double time_s;
	char *end;
	int ret;

	job->barrier = barrier_of(td, job);
	if (*so->gate != '@') {
		ret = barrier_wait_directory(&job->barrier, f);
		job->at_barrier = !ret;
		return ret;
	}
	time_s = strtod(so->gate + 1, &end);
	if (end == so->gate + 1 || *end)
		return failure_set(f, EINVAL,
				   "gate=%s: expected @ and seconds since 1970",
				   so->gate);
	return barrier_wait_time(time_s, &job->barrier, f);
}

/*
 * Writes a line that `smallfio result` reads (docs/start-barrier.md). It is
 * written after the run, so that it delays no start. fio's server hands the
 * text of log_err() to the client, which puts the text into its output file.
 */
static void tell_clock(const struct job *job, const char *name)
{
	const struct barrier_clock *c = &job->barrier.clock;

	if (job->barrier.hosts < 2 || c->error_ns < 0)
		return;
	log_err("fio-smallfile: clock at the gate: host=%s passed_ns=%lld "
		"reference=%s ahead_ns=%lld error_ns=%lld job=%s\n",
		job->own_host, (long long)c->passed_ns, c->reference,
		(long long)c->ahead_ns, (long long)c->error_ns, name);
}

void smallfile_barrier_leave(struct thread_data *td, struct job *job)
{
	if (!job->at_barrier)
		return;
	job->at_barrier = false;
	tell_clock(job, td->o.name);
	barrier_remove(&job->barrier);
}
