// SPDX-License-Identifier: GPL-2.0-only
/*
 * CSV: one header, then for each phase a line for the cluster and for each host
 * and thread. A field is empty where a figure cannot be told.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "run/latency_summary.h"
#include "format/phase_latency.h"
#include "util/field.h"
#include "format/result_format.h"

static void write_count(FILE *out, uint64_t value)
{
	fputc(',', out);
	if (value != RESULT_UNKNOWN)
		fprintf(out, "%llu", (unsigned long long)value);
}

static void write_real(FILE *out, long double value)
{
	fputc(',', out);
	field_csv_real(out, value);
}

static void write_rates(FILE *out, const struct rates *rates)
{
	write_real(out, rates->units_per_s);
	write_real(out, rates->records_per_s);
	write_real(out, rates->mib_per_s);
}

static void write_time(FILE *out, const struct scope *scope, int64_t time_ns)
{
	fputc(',', out);
	if (scope->timed)
		fprintf(out, "%lld", (long long)time_ns);
}

static void write_place(FILE *out, const struct scope *scope, bool is_thread)
{
	fputc(',', out);
	field_csv(out, scope->host ? scope->host : "all");
	if (scope->thread >= 0)
		fprintf(out, ",%ld,", scope->thread);
	else
		fputs(is_thread ? ",," : ",all,", out);
	if (scope->fio_job >= 0)
		fprintf(out, "%ld", scope->fio_job);
}

static void write_ns(FILE *out, long double ns)
{
	fputc(',', out);
	if (!isnan(ns) && !isinf(ns))
		fprintf(out, "%.0Lf", ns);
}

/*
 * Writes the percentiles of a phase. They are of all its threads. Lists at the
 * end which of them are no measurement. NULL: leaves the fields empty.
 */
static void write_latency(FILE *out, const struct phase_latency *latency)
{
	const char *between = "";

	for (size_t i = 0; i < PHASE_COLUMNS; i++) {
		struct bounded b = { NAN, NAN, NAN };

		if (latency)
			b = latency->value[i];
		write_ns(out, b.value_ns);
		write_ns(out, floorl(b.low_ns));
		write_ns(out, ceill(b.high_ns));
	}
	fputc(',', out);
	for (size_t i = 0; latency && i < PHASE_COLUMNS; i++) {
		if (!latency_summary_is_rough(&latency->value[i]))
			continue;
		fprintf(out, "%s%s", between, latency->percentiles.p[i].name);
		between = " ";
	}
}

static void write_scope(FILE *out, const struct result *result,
			const struct phase *phase, const char *level,
			const struct scope *scope,
			const struct phase_latency *latency)
{
	field_csv(out, phase->job);
	fputc(',', out);
	field_csv(out, phase->operation);
	fprintf(out, ",%s", level);
	write_place(out, scope, !strcmp(level, "thread"));
	write_count(out, scope->threads);
	fprintf(out, ",%s", job_unit_name(phase->asked.unit, true));
	write_count(out, scope->units);
	write_count(out, scope->requested);
	write_real(out, scope_done_percent(scope));
	write_count(out, phase->asked.moves_data ? scope->bytes : 0);
	write_count(out, scope->records);
	write_count(out, scope->samples);
	write_count(out, scope->errors);
	write_count(out, isnan(scope->elapsed_s)
				 ? RESULT_UNKNOWN
				 : (uint64_t)llroundl(scope->elapsed_s * 1e9L));
	write_rates(out, &scope->whole);
	write_time(out, scope, scope->start_ns);
	write_time(out, scope, scope->end_ns);
	write_count(out, scope->stonewalled_units);
	write_rates(out, &scope->stonewalled);
	fprintf(out, ",%d", result_is_valid(result));
	write_count(out,
		    scope->pauses.known ? scope->pauses.count : RESULT_UNKNOWN);
	write_count(out, scope->pauses.known
				 ? (uint64_t)scope->pauses.longest_ns
				 : RESULT_UNKNOWN);
	write_latency(out, latency);
	write_count(out, scope->conflicts);
	fputc('\n', out);
}

static int write_phase(FILE *out, const struct result_page *page,
		       const struct phase *phase)
{
	const struct result *result = page->result;
	struct phase_latency latency;

	if (phase_latency_build(&latency, page->run, phase, FIO_CLAT))
		return -ENOMEM;
	write_scope(out, result, phase, "cluster", &phase->cluster, &latency);
	for (size_t i = 0; i < phase->hosts; i++)
		write_scope(out, result, phase, "host", &phase->host[i], NULL);
	for (size_t i = 0; i < phase->threads; i++)
		write_scope(out, result, phase, "thread", &phase->thread[i],
			    NULL);
	return 0;
}

int result_csv(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	int ret = 0;

	fputs("job,operation,level,host,thread,fio_job,threads,unit,units,"
	      "requested,done_percent,bytes,records,samples,errors,elapsed_ns,"
	      "units_per_s,records_per_s,mib_per_s,start_ns,end_ns,"
	      "stonewalled_units,stonewalled_units_per_s,"
	      "stonewalled_records_per_s,stonewalled_mib_per_s,valid,"
	      "pauses,longest_pause_ns,p50_ns,p50_low_ns,p50_high_ns,p99_ns,"
	      "p99_low_ns,p99_high_ns,rough_for,conflicts\n",
	      out);
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = write_phase(out, page, &result->phase[i]);
	return ret;
}
