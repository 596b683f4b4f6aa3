// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the jobs of a section took of this host, by the kernel's counters. fio
 * prints the sum of context switches alone. The last job to end tells fio's
 * client. In a local run fio's main process puts the note among the "job
 * options". postproc/fio/engine_note.h reads it. -1 is not known.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "fio.h"

#include "fio_state.h"
#include "smallfile.h"
#include "startline.h"

#define NOTE_BYTES 1024

/* A section. Its jobs share the memory. The last one to end owns `server`. */
struct client_section {
	struct client_section *next;
	struct thread_data *td; /* of its first job */
	char host[HOST_BYTES];
	unsigned int jobs;
	atomic_uint here, ended;
	atomic_llong voluntary, involuntary, ran_ns, waited_ns;
	atomic_bool untimed; /* the kernel does not count times */
	bool told;
	bool counts;               /* `server` is known */
	struct mount_stats server; /* before the section, then of it */
};

static struct client_section *sections;

int smallfile_client_enter(struct thread_data *td, struct job *job)
{
	struct client_section *s = sections;

	/* fio does not count while ramp_time= lasts, and the kernel does. */
	if (!td->o.stats || td->o.ramp_time)
		return 0;
	if (!td->subjob_number) {
		s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (s == MAP_FAILED)
			return -errno;
		s->next = sections;
		s->td = td;
		memcpy(s->host, job->own_host, sizeof(s->host));
		sections = s;
	}
	s->jobs++;
	job->client = s;
	return 0;
}

static bool read_server(const struct job *job, struct mount_stats *stats)
{
	const struct fileset *fs = &job->worker.fileset;

	return mount_stats_read(stats, fs->top, fs->tops);
}

void smallfile_client_ready(const struct job *job, bool all)
{
	struct client_section *s = job->client;

	if (s && (all || ++s->here == s->jobs))
		s->counts = read_server(job, &s->server);
}

void smallfile_client_begin(struct job *job)
{
	struct client_section *s = job->client;
	struct rusage usage;

	if (!s)
		return;
	s->untimed |= !thread_time_read(&job->began);
	getrusage(RUSAGE_THREAD, &usage);
	s->voluntary -= usage.ru_nvcsw;
	s->involuntary -= usage.ru_nivcsw;
}

/* Sections at the same time have one mount, and nobody knows whose trip was. */
static void end_server(const struct thread_data *td, const struct job *job)
{
	struct client_section *s = job->client;
	struct mount_stats now;
	unsigned int unused;

	s->counts = s->counts && startline_measured(td, &unused) == s->jobs &&
		    read_server(job, &now);
	for (int i = 0; i < MOUNT_COUNTERS; i++)
		s->server.n[i] =
			s->counts ? now.n[i] - s->server.n[i] : UINT64_MAX;
}

static void write_note(const struct client_section *s, char *text)
{
	const long long *n = (const long long *)s->server.n;

	snprintf(text, NOTE_BYTES,
		 "client: host=%s threads=%u voluntary_switches=%lld "
		 "involuntary_switches=%lld ran_ns=%lld waited_ns=%lld "
		 "server_trips=%lld read_bytes=%lld written_bytes=%lld "
		 "fetched_bytes=%lld sent_bytes=%lld job=%s",
		 s->host, s->jobs, (long long)s->voluntary,
		 (long long)s->involuntary,
		 s->untimed ? -1 : (long long)s->ran_ns,
		 s->untimed ? -1 : (long long)s->waited_ns, n[MOUNT_TRIPS],
		 n[MOUNT_READ], n[MOUNT_WRITTEN], n[MOUNT_FETCHED],
		 n[MOUNT_SENT], s->td->o.name);
}

void smallfile_client_end(const struct thread_data *td, const struct job *job)
{
	struct client_section *s = job->client;
	struct thread_time now = job->began;
	char text[NOTE_BYTES];

	if (!s || !job->running)
		return;
	s->untimed |= !thread_time_read(&now);
	s->ran_ns += now.ran_ns - job->began.ran_ns;
	s->waited_ns += now.waited_ns - job->began.waited_ns;
	/* fio has looked when its clock stopped, before it wrote its logs. */
	s->voluntary += td->ru_end.ru_nvcsw;
	s->involuntary += td->ru_end.ru_nivcsw;
	if (++s->ended < s->jobs)
		return;
	end_server(td, job);
	write_note(s, text);
	if (is_backend)
		log_err("fio-smallfile: %s\n", text);
}

void smallfile_client_gone(void)
{
	static unsigned int number;
	char name[64], text[NOTE_BYTES];

	for (struct client_section *s = sections; s; s = s->next) {
		if (s->told || s->ended < s->jobs)
			continue;
		s->told = true;
		snprintf(name, sizeof(name), "fio-smallfile client %u",
			 ++number);
		write_note(s, text);
		fio_state_add_option(startline_carrier(s->td), name, text);
	}
}
