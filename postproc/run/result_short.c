// SPDX-License-Identifier: GPL-2.0-only
/* Names the phases that were too short to be measured. */
#include <math.h>
#include <stdio.h>

#include "run/result_scopes.h"
#include "stats/rate.h"
#include "util/name_list.h"

#define PHASES_NAMED 4

static void name_phase(struct name_list *names, const struct phase *phase)
{
	long double ms = phase->cluster.elapsed_s * 1000;
	char name[NAME_LIST_BYTES];

	if (isnan(ms))
		snprintf(name, sizeof(name), "%.200s (below 1 ms)", phase->job);
	else
		snprintf(name, sizeof(name), "%.200s (%.0Lf ms)", phase->job,
			 ms);
	name_list_add(names, PHASES_NAMED, name);
}

/* Returns the most files that a thread was asked for. 0: not known. */
static uint64_t most_files(const struct result *result)
{
	uint64_t most = 0;

	for (size_t i = 0; i < result->phases; i++) {
		const struct job_options *asked = &result->phase[i].asked;

		if (asked->unit == JOB_UNIT_FILES &&
		    asked->units != JOB_OPTIONS_UNKNOWN && asked->units > most)
			most = asked->units;
	}
	return most;
}

void result_check_short(struct result *result)
{
	struct name_list names = { 0 };
	uint64_t files = most_files(result), factor = 1, enough;
	char advice[64];

	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];
		uint64_t own = rate_factor(phase->cluster.elapsed_s);

		if (!phase->too_short)
			continue;
		factor = own > factor ? own : factor;
		name_phase(&names, phase);
	}
	if (!names.count)
		return;
	if (!files || __builtin_mul_overflow(files, factor, &enough))
		snprintf(advice, sizeof(advice), "%llu times as many files",
			 (unsigned long long)factor);
	else
		snprintf(advice, sizeof(advice), "files=%llu",
			 (unsigned long long)enough);
	notes_add(&result->too_short,
		  "%s: too short to tell a rate, which needs %d ms; %s would "
		  "do",
		  names.text, RATE_LEAST_MS, advice);
}
