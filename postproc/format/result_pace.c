// SPDX-License-Identifier: GPL-2.0-only
/* What `result` says of phases that had a rate, conflicts, or a busy client. */
#include <math.h>

#include "format/phase_latency.h"
#include "format/result_format.h"
#include "format/client_use.h"
#include "run/pace.h"
#include "util/field.h"
#include "util/shown.h"

#define NS_PER_S 1e9L

/* Writes whether the system kept up with a rate that it was asked for. */
static void write_pace(FILE *out, const struct phase *phase)
{
	const struct pace pace = pace_of(phase);
	const char *unit = result_unit_heading(phase);

	if (isnan(pace.asked_per_s) || isnan(pace.reached_per_s))
		return;
	fprintf(out,
		"%s: asked for %.1Lf %s/s, reached %.1Lf: ", shown(phase->job),
		pace.asked_per_s, unit, pace.reached_per_s);
	if (pace.kept)
		fputs("the system kept up\n", out);
	else if (pace.behind)
		fprintf(out,
			"the system did not keep up; %llu %s were due at the "
			"end and had not begun\n",
			(unsigned long long)pace.behind, unit);
	else
		fputs("the system did not keep up\n", out);
}

static void write_value(FILE *out, const char *before,
			const struct phase_latency *latency, size_t i)
{
	fputs(before, out);
	field_seconds(out, 0, latency->value[i].value_ns / NS_PER_S);
}

/*
 * Writes the response times, from the moment at which an operation was due.
 * Returns 0 or -ENOMEM.
 */
static int write_response(FILE *out, const struct fio_result *run,
			  const struct phase *phase)
{
	struct phase_latency response, service;
	int ret;

	if (!phase->asked.scheduled)
		return 0;
	ret = phase_latency_build(&response, run, phase, FIO_LAT);
	if (!ret)
		ret = phase_latency_build(&service, run, phase, FIO_CLAT);
	if (ret)
		return ret;
	fputs(shown(phase->job), out);
	write_value(out, ": response time, from when it was due: p50 ",
		    &response, 0);
	write_value(out, ", p99 ", &response, 1);
	write_value(out, "; service time: p50 ", &service, 0);
	write_value(out, ", p99 ", &service, 1);
	fputc('\n', out);
	return 0;
}

/* Writes what the operations of a mix met of other threads. */
static void write_conflicts(FILE *out, const struct phase *phase)
{
	const struct scope *all = &phase->cluster;

	if (all->conflicts && phase->thread->entry->operation)
		fprintf(out,
			"%s: %llu more met another thread's operation "
			"(conflicts): no errors, and in no latency\n",
			shown(phase->job), (unsigned long long)all->conflicts);
}

/* Writes that the machine on which fio runs was the limit. */
static void write_bound(FILE *out, const struct fio_result *run,
			const struct phase *phase)
{
	const struct client_use use = client_use_of(run, phase);
	const double busy = use.user_percent + use.system_percent;

	if (!use.bound)
		return;
	fprintf(out,
		"%s: bound by the client's CPU: each thread took %.1f %% of a "
		"processor, ",
		shown(phase->job), busy);
	if (busy < CLIENT_BOUND_PERCENT)
		fprintf(out, "waited for one for %.1f %% of the time, ",
			use.waited_percent);
	fputs("and hardly waited for the file system\n", out);
}

int result_pace(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	int ret = 0;

	for (size_t i = 0; i < result->phases && !ret; i++) {
		const struct phase *phase = &result->phase[i];

		write_pace(out, phase);
		write_conflicts(out, phase);
		write_bound(out, page->run, phase);
		ret = write_response(out, page->run, phase);
	}
	return ret;
}
