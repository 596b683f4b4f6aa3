// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines that smallfile prints after a run, and the results of its
 * --output-json. smallfile runs one operation at a time. Where a run has
 * several, each has lines or results of its own, with its name. Rates are
 * stonewalled, as smallfile's are, if logs tell when threads ended. Otherwise
 * they are the rates of the whole phase.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "util/field.h"
#include "util/json_out.h"
#include "format/result_format.h"
#include "stats/rate.h"
#include "util/shown.h"

#define GIB      1073741824.0L
#define MS_PER_S 1000

/*
 * Whether the rates are stonewalled. All rates of a phase are of the same kind,
 * so that they add up.
 */
static bool is_stonewalled(const struct phase *phase)
{
	return phase->timed && !isnan(phase->cluster.stonewalled.units_per_s);
}

static const struct rates *rates_of(const struct phase *phase,
				    const struct scope *scope)
{
	return is_stonewalled(phase) ? &scope->stonewalled : &scope->whole;
}

static const char *status(const struct scope *scope)
{
	return scope->errors ? strerror(scope->error) : "ok";
}

static uint64_t known(uint64_t value)
{
	return value == RESULT_UNKNOWN ? 0 : value;
}

static void write_thread(FILE *out, const struct scope *scope)
{
	fprintf(out, "host = %s,thr = ", shown(scope->host));
	if (scope->thread < 0)
		fputs("all", out);
	else
		fprintf(out, "%02ld", scope->thread);
	fprintf(out,
		",elapsed = %Lf,files = %llu,records = %llu,status = %s%s\n",
		scope->elapsed_s, (unsigned long long)scope->units,
		(unsigned long long)known(scope->records),
		scope->errors ? "ERR: " : "", status(scope));
}

static void write_rates(FILE *out, const struct phase *phase)
{
	const struct rates *rates = rates_of(phase, &phase->cluster);

	fprintf(out, "elapsed time = %9.3Lf\n", phase->cluster.elapsed_s);
	/* Where there is no rate, smallfile prints this warning instead. */
	if (isnan(rates->units_per_s)) {
		fprintf(out,
			"WARNING: test must run longer than %d milliseconds\n",
			RATE_LEAST_MS);
		return;
	}
	fprintf(out, "files/sec = %Lf\n", rates->units_per_s);
	if (known(phase->cluster.records))
		fprintf(out, "IOPS = %Lf\n", rates->records_per_s);
	if (!isnan(rates->mib_per_s))
		fprintf(out, "MiB/sec = %Lf\n", rates->mib_per_s);
}

static void write_phase(FILE *out, const struct phase *phase,
			const struct result_options *options)
{
	const struct scope *all = &phase->cluster;
	long double iops = rates_of(phase, all)->records_per_s;

	for (size_t i = 0; i < phase->threads; i++)
		write_thread(out, &phase->thread[i]);
	fprintf(out, "total threads = %llu\n",
		(unsigned long long)all->threads);
	fprintf(out, "total files = %llu\n", (unsigned long long)all->units);
	if (!isnan(iops))
		fprintf(out, "total IOPS = %.0Lf\n", iops);
	if (phase->asked.moves_data)
		fprintf(out, "total data = %9.3Lf GiB\n",
			(long double)all->bytes / GIB);
	if (!isnan(scope_done_percent(all)))
		fprintf(out,
			"%6.2Lf%% of requested files processed, warning "
			"threshold is %6.2Lf%%\n",
			scope_done_percent(all), options->min_done_percent);
	write_rates(out, phase);
}

static void write_warnings(FILE *out, const struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, "WARNING: %s\n", shown(notes->text[i]));
}

int result_smallfile(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;

	for (size_t i = 0; i < result->phases; i++) {
		if (result->phase[i].is_part)
			continue;
		if (result_operations(result) > 1)
			fprintf(out, "%soperation: %s\n", i ? "\n" : "",
				shown(result->phase[i].job));
		write_phase(out, &result->phase[i], page->options);
	}
	write_warnings(out, &result->invalid);
	write_warnings(out, &result->too_small);
	write_warnings(out, &result->too_short);
	return 0;
}

/* Writes the members that threads, hosts and the whole have in common. */
static void write_scope(struct json_out *json, const struct phase *phase,
			const struct scope *scope)
{
	const struct rates *rates = rates_of(phase, scope);

	if (scope->errors)
		json_out_string(json, "status", status(scope));
	json_out_real(json, "elapsed", scope->elapsed_s);
	json_out_int(json, "files", (int64_t)scope->units);
	json_out_int(json, "records", (int64_t)known(scope->records));
	json_out_real(json, "filesPerSec", rates->units_per_s);
	if (!known(scope->records))
		return;
	json_out_real(json, "IOPS", rates->records_per_s);
	json_out_real(json, "MiBps", rates->mib_per_s);
}

static void write_threads(struct json_out *json, const struct phase *phase,
			  const char *host)
{
	char name[FIELD_MAX];

	json_out_open(json, "thread", '{');
	for (size_t i = 0; i < phase->threads; i++) {
		const struct scope *scope = &phase->thread[i];

		if (strcmp(scope->host, host) != 0)
			continue;
		if (scope->thread < 0)
			strcpy(name, "all");
		else
			snprintf(name, sizeof(name), "%02ld", scope->thread);
		json_out_open(json, name, '{');
		write_scope(json, phase, scope);
		json_out_close(json, '}');
	}
	json_out_close(json, '}');
}

static void write_hosts(struct json_out *json, const struct phase *phase)
{
	json_out_open(json, "host", '{');
	for (size_t i = 0; i < phase->hosts; i++) {
		const struct scope *scope = &phase->host[i];

		json_out_open(json, scope->host, '{');
		write_scope(json, phase, scope);
		write_threads(json, phase, scope->host);
		json_out_close(json, '}');
	}
	json_out_close(json, '}');
}

/* `invalid` is why the run is not valid, if the phase is not. */
static void write_totals(struct json_out *json, const struct phase *phase,
			 const char *invalid, int64_t start_ms)
{
	const struct scope *all = &phase->cluster;
	time_t start_s = (time_t)(start_ms / MS_PER_S);
	char date[FIELD_MAX] = "";
	struct tm utc;

	if (phase->asked.moves_data)
		json_out_real(json, "totalDataGB",
			      (long double)all->bytes / GIB);
	if (gmtime_r(&start_s, &utc))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.000Z", &utc);
	json_out_int(json, "totalhreads", (int64_t)all->threads);
	json_out_real(json, "pctFilesDone", scope_done_percent(all));
	json_out_number(json, "startTime", (double)start_ms / MS_PER_S);
	json_out_string(json, "date", date);
	/* After a failure write_scope() has set "status", as smallfile does. */
	if (!all->errors)
		json_out_string(json, "status",
				phase->invalid ? invalid : "Success");
}

void result_smallfile_results(struct json_out *json, const struct phase *phase,
			      const struct result_page *page)
{
	const struct notes *invalid = &page->result->invalid;
	const struct fio_result *run = page->run;
	const struct scope *all = &phase->cluster;
	int64_t start_ms = all->timed ? all->start_ns / LOG_TIMES_UNIT_NS
				      : run->timestamp_ms;

	json_out_open(json, "results", '{');
	write_scope(json, phase, all);
	json_out_string(json, "rates",
			is_stonewalled(phase) ? "stonewalled" : "overall");
	write_totals(json, phase,
		     invalid->count ? invalid->text[0] : "NOT VALID", start_ms);
	/* smallfile has no level of hosts if it was given no hosts. */
	if (phase->hosts == 1 && !run->clients)
		write_threads(json, phase, phase->host[0].host);
	else
		write_hosts(json, phase);
	json_out_close(json, '}');
}

int result_smallfile_json(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", "smallfio-result-smallfile-1");
	json_out_bool(&json, "valid", result_is_valid(result));
	json_out_open(&json, "operations", '[');
	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];

		if (phase->is_part)
			continue;
		json_out_open(&json, NULL, '{');
		json_out_string(&json, "job", phase->job);
		json_out_string(&json, "operation", phase->operation);
		result_smallfile_results(&json, phase, page);
		json_out_close(&json, '}');
	}
	json_out_close(&json, ']');
	/* A program that reads smallfile's JSON looks for "results" here. */
	if (result_operations(result) == 1)
		result_smallfile_results(&json, &result->phase[0], page);
	json_out_close(&json, '}');
	fputc('\n', out);
	return 0;
}
