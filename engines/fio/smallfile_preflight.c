// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <time.h>

#include "fio.h"

#include "op/preflight.h"
#include "fio_state.h"
#include "smallfile.h"
#include "util/clock.h"
#include "util/proc_usage.h"

/*
 * Writes a line that `smallfio check` reads: what this job needs in a
 * directory, and what is there. A job with preflight=1 does nothing else.
 */
static void tell_directory(const struct thread_data *td, const struct job *job,
			   const char *directory, const struct worker *w)
{
	struct preflight p;

	preflight_look(directory, w, &p);
	log_err("fio-smallfile: preflight: job=%s need_bytes=%llu "
		"need_inodes=%llu total_bytes=%llu free_bytes=%llu "
		"total_inodes=%llu free_inodes=%llu error=%d call=%s "
		"round_ns=%lld directory=%s\n",
		td->o.name, (unsigned long long)p.need_bytes,
		(unsigned long long)p.need_inodes,
		(unsigned long long)p.total_bytes,
		(unsigned long long)p.free_bytes,
		(unsigned long long)p.total_inodes,
		(unsigned long long)p.free_inodes, p.error,
		*p.call ? p.call : "-", (long long)p.round_ns, directory);
}

static void tell_host(const struct job *job)
{
	char address[PREFLIGHT_ADDRESS_MAX];

	preflight_listens(address);
	log_err("fio-smallfile: preflight: host=%s fio=%s listens=%s "
		"time_ns=%lld\n",
		job->own_host, fio_version_string, *address ? address : "-",
		(long long)clock_unix_ns());
}

/*
 * A server starts a process as soon as a client has connected. This process
 * reads the options, before the client begins the job. It may sleep for a
 * second before that, so its own beginning tells best when the host was asked.
 */
int smallfile_preflight_asked(void *options, int *value)
{
	struct smallfile_options *so = options;

	so->preflight = *value;
	if (*value)
		log_err("fio-smallfile: preflight: asked time_ns=%lld\n",
			(long long)(clock_unix_ns() - proc_usage_age_ns()));
	return 0;
}

bool smallfile_is_preflight(const struct thread_data *td)
{
	const struct smallfile_options *so = td->eo;

	return so->preflight;
}

void smallfile_preflight(struct thread_data *td, const struct job *job)
{
	const struct smallfile_options *so = td->eo;
	const struct fileset *fs = &job->worker.fileset;
	const char *kept = smallfile_kept_where(td);

	if (!so->preflight)
		return;
	/* The time of the first line is compared with the reader's. */
	tell_host(job);
	for (unsigned int i = 0; i < fs->tops; i++)
		tell_directory(td, job, fs->top[i], &job->worker);
	if (so->gate && *so->gate != '@')
		tell_directory(td, job, so->gate, NULL);
	if (kept && (!so->gate || strcmp(kept, so->gate) != 0))
		tell_directory(td, job, kept, NULL);
	fio_state_start_at_once(td);
}
