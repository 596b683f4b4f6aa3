// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks which hosts are there: those that were expected and, of what hosts
 * kept in their spools, whether all is of one run, and what is missing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/result_scopes.h"

static uint64_t fio_of(const struct fio_result *run, const char *host)
{
	const struct engine_notes *all = &run->notes[NOTE_KEPT];

	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->note[i].host, host))
			return all->note[i].fio;
	return 0;
}

/*
 * Checks that all hosts kept the same run. Some may have gone on to another
 * run, or not yet come to this one.
 */
static void check_same_run(struct result *result, const struct fio_result *run)
{
	const struct engine_notes *all = &run->notes[NOTE_KEPT];
	const struct engine_note *first = fio_json_kept(run);
	uint64_t known = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct engine_note *kept = &all->note[i];

		/* No host knows this number before the first start barrier. */
		if (!known)
			known = kept->run;
		if ((!kept->run || kept->run == known) &&
		    kept->fio == fio_of(run, kept->host))
			continue;
		notes_add(&result->invalid,
			  "%s: what host %s kept is of another run than what "
			  "host %s kept of %s",
			  kept->job, kept->host, first->host, first->job);
	}
}

/*
 * Hosts that met at one start barrier are of one run. A job file may also give
 * each host a barrier of its own.
 */
static bool have_met(const struct phase *phase)
{
	return phase->asked.noted && phase->hosts <= phase->asked.hosts;
}

/* The run of more than half of all threads, if there is one; 0: no barrier. */
static uint64_t run_of_most(const struct result *result)
{
	uint64_t run = 0;
	size_t lead = 0;

	for (size_t i = 0; i < result->phases; i++)
		for (size_t k = 0; k < result->phase[i].threads; k++) {
			uint64_t one = result->phase[i].thread[k].entry->run;

			if (!one)
				continue;
			if (!lead)
				run = one;
			lead = one == run ? lead + 1 : lead - 1;
		}
	return run;
}

static void check_run(struct result *result, struct phase *phase, uint64_t run)
{
	const struct fio_entry *before = NULL;

	for (size_t i = 0; i < phase->threads; i++) {
		const struct scope *p = &phase->thread[i];
		const struct fio_entry *entry = p->entry;

		/* Threads of a group have one entry. */
		if (!entry->run || entry->run == run || entry == before)
			continue;
		before = entry;
		phase->invalid = true;
		notes_add(&result->invalid,
			  "%s, host %s, thread %02ld: the result is of another "
			  "run (%016llx) than others (%016llx)",
			  phase->job, p->host, p->thread < 0 ? 0 : p->thread,
			  (unsigned long long)entry->run,
			  (unsigned long long)run);
	}
}

void result_check_run(struct result *result)
{
	uint64_t run = run_of_most(result);

	for (size_t i = 0; i < result->phases; i++)
		if (have_met(&result->phase[i]))
			check_run(result, &result->phase[i], run);
}

/*
 * Compares the threads of each host with numjobs=, which is known from a note
 * of the engine. Two servers of one host are not told apart.
 */
static void check_threads(struct result *result, struct phase *phase,
			  const char *have)
{
	const struct scope *thread = phase->thread;

	if (!phase->asked.noted || phase->asked.grouped ||
	    thread->entry->operation)
		return;
	for (size_t i = 0; i < phase->hosts; i++) {
		const struct scope *host = &phase->host[i];
		bool shared = thread->entry->shares_host;

		thread += host->threads;
		if (host->threads == phase->asked.threads || shared)
			continue;
		phase->invalid = true;
		notes_add(&result->invalid,
			  "%s, host %s: %llu of %llu threads %s", phase->job,
			  host->host, (unsigned long long)host->threads,
			  (unsigned long long)phase->asked.threads, have);
	}
}

void result_check_threads(struct result *result, const struct fio_result *run)
{
	for (size_t i = 0; i < result->phases && run->clients; i++)
		check_threads(result, &result->phase[i],
			      fio_json_kept(run) ? "left a record"
						 : "have results");
}

static void check_ended(struct result *result, const struct fio_result *run)
{
	const struct engine_notes *all = &run->notes[NOTE_KEPT];

	for (size_t i = 0; i < all->count; i++) {
		const struct engine_note *kept = &all->note[i];

		if (kept->ended)
			continue;
		notes_add(&result->invalid,
			  "%s, host %s, job %llu: came to the start, and left "
			  "no record of its end: it was killed, or its host "
			  "was, or it still runs; what it did is not known",
			  kept->job, kept->host,
			  (unsigned long long)kept->number);
	}
}

/* A run from spools is never valid, because only chance makes it whole. */
void result_check_kept(struct result *result, const struct fio_result *run)
{
	if (!fio_json_kept(run))
		return;
	notes_add(&result->invalid,
		  "interrupted: this is what the hosts kept by themselves, for "
		  "where fio's client is killed or loses them; each thread's "
		  "figures are as of its own end");
	check_same_run(result, run);
	check_ended(result, run);
}

struct expected {
	const struct host_list *hosts;
	const struct listed_host **by_name;
	/*
	 * Which hosts of the list have results: a row of them for each phase,
	 * and one for the run.
	 */
	bool *here;
};

static int compare_hosts(const void *a, const void *b)
{
	const struct listed_host *l = *(const struct listed_host *const *)a;
	const struct listed_host *r = *(const struct listed_host *const *)b;

	return strcmp(l->name, r->name);
}

static size_t first_named(const struct expected *e, const char *name)
{
	size_t low = 0, high = e->hosts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(e->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Marks the hosts of the list that an entry is of. Returns whether there are
 * any.
 */
static bool mark(const struct expected *e, size_t row,
		 const struct fio_entry *entry)
{
	const char *name = fio_json_host(entry);
	bool any = false;

	for (size_t i = first_named(e, name); i < e->hosts->count; i++) {
		const struct listed_host *host = e->by_name[i];

		if (strcmp(host->name, name) != 0)
			break;
		if (entry->port && host->port && entry->port != host->port)
			continue;
		e->here[row * e->hosts->count +
			(size_t)(host - e->hosts->host)] = any = true;
	}
	return any;
}

static void check_listed(struct result *result, const struct expected *e)
{
	size_t count = e->hosts->count;

	for (size_t i = 0; i < count; i++) {
		const char *typed = e->hosts->host[i].typed;

		if (!e->here[result->phases * count + i]) {
			notes_add(&result->invalid,
				  "host %s is missing: it was expected, and "
				  "has no results",
				  typed);
			result_mark_all(result);
			continue;
		}
		for (size_t p = 0; p < result->phases; p++) {
			if (e->here[p * count + i])
				continue;
			result->phase[p].invalid = true;
			notes_add(&result->invalid, "%s: host %s is missing",
				  result->phase[p].job, typed);
		}
	}
}

static void mark_phases(const struct result *result, const struct expected *e)
{
	for (size_t p = 0; p < result->phases; p++)
		for (size_t i = 0; i < result->phase[p].threads; i++)
			mark(e, p, result->phase[p].thread[i].entry);
}

static void check_entries(struct result *result, const struct fio_result *run,
			  const struct expected *e)
{
	for (size_t i = 0; i < run->entries; i++) {
		const struct fio_entry *entry = &run->entry[i];

		/* The first entry of a server stands for all of it. */
		if (entry->number || entry->operation ||
		    mark(e, result->phases, entry))
			continue;
		result_mark_all(result);
		notes_add(&result->invalid,
			  "host %s has results, but is not in the list of "
			  "hosts",
			  fio_json_host(entry));
	}
}

int result_check_hosts(struct result *result, const struct fio_result *run,
		       const struct host_list *hosts)
{
	struct expected e = {
		.hosts = hosts,
		.by_name = calloc(hosts->count + 1, sizeof(*e.by_name)),
		.here = calloc(result->phases + 1, hosts->count + 1),
	};
	int ret = e.by_name && e.here ? 0 : -ENOMEM;

	if (!ret) {
		for (size_t i = 0; i < hosts->count; i++)
			e.by_name[i] = &hosts->host[i];
		qsort(e.by_name, hosts->count, sizeof(*e.by_name),
		      compare_hosts);
		mark_phases(result, &e);
		check_entries(result, run, &e);
		check_listed(result, &e);
	}
	free(e.by_name);
	free(e.here);
	return ret;
}
