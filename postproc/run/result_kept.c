// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks what hosts kept in their spools: whether all is of one run, and what
 * is missing.
 */
#include <string.h>

#include "run/result_parts.h"

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

static void check_threads(struct result *result, const struct phase *phase)
{
	for (size_t i = 0; i < phase->hosts; i++) {
		const struct part *host = &phase->host[i];

		if (host->threads < phase->asked.threads)
			notes_add(&result->invalid,
				  "%s, host %s: %llu of %llu threads left a "
				  "record",
				  phase->job, host->host,
				  (unsigned long long)host->threads,
				  (unsigned long long)phase->asked.threads);
	}
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
	for (size_t i = 0; i < result->phases; i++)
		check_threads(result, &result->phase[i]);
}
