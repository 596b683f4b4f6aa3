// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "format/client_use.h"

static void add(struct client_use *use, const struct part *thread, bool first)
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

struct client_use client_use_of(const struct phase *phase)
{
	const struct client_use unknown = { NAN, NAN, -1, false };
	struct client_use use = { 0 };

	/* What is within another phase took what that one took. */
	if (!phase->threads || !phase->thread->entry || phase_is_within(phase))
		return unknown;
	/* Threads of a group have one entry, and follow each other. */
	for (size_t i = 0; i < phase->threads; i++)
		add(&use, &phase->thread[i],
		    !i || phase->thread[i].entry != phase->thread[i - 1].entry);
	use.user_percent /= (double)phase->cluster.threads;
	use.system_percent /= (double)phase->cluster.threads;
	use.bound =
		!phase->too_short && phase->cluster.units &&
		use.user_percent + use.system_percent >= CLIENT_BOUND_PERCENT;
	return use;
}
