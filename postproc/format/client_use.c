// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "format/client_use.h"

static void add(struct client_use *use, const struct scope *thread, bool first)
{
	const struct fio_entry *entry = thread->entry;

	use->user_percent += entry->usr_cpu_percent * (double)thread->threads;
	use->system_percent += entry->sys_cpu_percent * (double)thread->threads;
	if (first && use->switches >= 0)
		use->switches =
			entry->context_switches < 0
				? -1
				: use->switches + entry->context_switches;
}

/* Adds up the notes of all hosts, if there is one for each thread. */
static void add_notes(struct client_use *use, const struct fio_result *run,
		      const struct phase *phase)
{
	const struct engine_notes *notes = &run->notes[NOTE_CLIENT];
	uint64_t threads = 0, *sum = use->counter;

	for (size_t i = 0; i < notes->count; i++) {
		const struct engine_note *note = &notes->note[i];

		if (strcmp(note->job, phase->section_name) != 0)
			continue;
		threads += note->threads;
		for (int j = 0; j < CLIENT_COUNTERS; j++)
			if (sum[j] != ENGINE_NOTE_UNKNOWN)
				sum[j] = note->counter[j] == ENGINE_NOTE_UNKNOWN
						 ? ENGINE_NOTE_UNKNOWN
						 : sum[j] + note->counter[j];
	}
	for (int j = 0; j < CLIENT_COUNTERS; j++)
		if (threads != phase->cluster.threads)
			sum[j] = ENGINE_NOTE_UNKNOWN;
}

/*
 * The engine's times go on while fio writes its logs, and fio's percentages do
 * not. So only the ratio of the engine's times counts.
 */
static double waited_percent(const struct client_use *use)
{
	const uint64_t *n = use->counter;

	if (n[CLIENT_WAITED_NS] == ENGINE_NOTE_UNKNOWN || !n[CLIENT_RAN_NS])
		return NAN;
	return (use->user_percent + use->system_percent) *
	       (double)n[CLIENT_WAITED_NS] / (double)n[CLIENT_RAN_NS];
}

struct client_use client_use_of(const struct fio_result *run,
				const struct phase *phase)
{
	struct client_use use = { 0 };
	double busy;

	/* What is within another phase took what that one took. */
	if (!phase->threads || !phase->thread->entry || phase_is_within(phase))
		return (struct client_use){ .user_percent = NAN };
	/* Threads of a group have one entry, and follow each other. */
	for (size_t i = 0; i < phase->threads; i++)
		add(&use, &phase->thread[i],
		    !i || phase->thread[i].entry != phase->thread[i - 1].entry);
	use.user_percent /= (double)phase->cluster.threads;
	use.system_percent /= (double)phase->cluster.threads;
	add_notes(&use, run, phase);
	use.waited_percent = waited_percent(&use);
	if (use.counter[CLIENT_TRIPS] < phase->cluster.units)
		use.hits = phase->cluster.units - use.counter[CLIENT_TRIPS];
	busy = use.user_percent + use.system_percent;
	if (!isnan(use.waited_percent))
		busy += use.waited_percent;
	use.bound = !phase->too_short && phase->cluster.units &&
		    busy >= CLIENT_BOUND_PERCENT;
	return use;
}
