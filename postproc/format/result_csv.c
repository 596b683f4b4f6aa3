// SPDX-License-Identifier: GPL-2.0-only
/*
 * CSV: one header, then for each phase a line for the cluster and for each host
 * and thread. A field is empty where a figure cannot be told.
 */
#include <math.h>

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

static void write_time(FILE *out, const struct part *part, int64_t time_ns)
{
	fputc(',', out);
	if (part->timed)
		fprintf(out, "%lld", (long long)time_ns);
}

static void write_place(FILE *out, const struct part *part)
{
	fputc(',', out);
	field_csv(out, part->host ? part->host : "all");
	fputc(',', out);
	if (part->thread >= 0)
		fprintf(out, "%ld", part->thread);
	fputc(',', out);
	if (part->fio_job >= 0)
		fprintf(out, "%ld", part->fio_job);
}

static void write_part(FILE *out, const struct result *result,
		       const struct phase *phase, const char *level,
		       const struct part *part)
{
	field_csv(out, phase->job);
	fputc(',', out);
	field_csv(out, phase->operation);
	fprintf(out, ",%s", level);
	write_place(out, part);
	write_count(out, part->threads);
	fprintf(out, ",%s", job_unit_name(phase->asked.unit, true));
	write_count(out, part->units);
	write_count(out, part->requested);
	write_real(out, part_done_percent(part));
	write_count(out, phase->asked.moves_data ? part->bytes : 0);
	write_count(out, part->records);
	write_count(out, part->samples);
	write_count(out, part->errors);
	write_count(out, isnan(part->elapsed_s)
				 ? RESULT_UNKNOWN
				 : (uint64_t)llroundl(part->elapsed_s * 1e9L));
	write_rates(out, &part->whole);
	write_time(out, part, part->start_ns);
	write_time(out, part, part->end_ns);
	write_count(out, part->stonewalled_units);
	write_rates(out, &part->stonewalled);
	fprintf(out, ",%d", result_is_valid(result));
	write_count(out, part->timed ? part->gaps : RESULT_UNKNOWN);
	write_time(out, part, part->gap_ns);
	fputc('\n', out);
}

int result_csv(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;

	fputs("job,operation,level,host,thread,fio_job,threads,unit,units,"
	      "requested,done_percent,bytes,records,samples,errors,elapsed_ns,"
	      "units_per_s,records_per_s,mib_per_s,start_ns,end_ns,"
	      "stonewalled_units,stonewalled_units_per_s,"
	      "stonewalled_records_per_s,stonewalled_mib_per_s,valid,"
	      "pauses,longest_pause_ns\n",
	      out);
	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];

		write_part(out, result, phase, "cluster", &phase->cluster);
		for (size_t j = 0; j < phase->hosts; j++)
			write_part(out, result, phase, "host", &phase->host[j]);
		for (size_t j = 0; j < phase->threads; j++)
			write_part(out, result, phase, "thread",
				   &phase->thread[j]);
	}
	return 0;
}
