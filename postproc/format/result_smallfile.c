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
				    const struct part *part)
{
	return is_stonewalled(phase) ? &part->stonewalled : &part->whole;
}

static const char *status(const struct part *part)
{
	return part->errors ? strerror(part->error) : "ok";
}

static uint64_t known(uint64_t value)
{
	return value == RESULT_UNKNOWN ? 0 : value;
}

static void write_thread(FILE *out, const struct part *part)
{
	fprintf(out, "host = %s,thr = ", shown(part->host));
	if (part->thread < 0)
		fputs("all", out);
	else
		fprintf(out, "%02ld", part->thread);
	fprintf(out,
		",elapsed = %Lf,files = %llu,records = %llu,status = %s%s\n",
		part->elapsed_s, (unsigned long long)part->units,
		(unsigned long long)known(part->records),
		part->errors ? "ERR: " : "", status(part));
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
	const struct part *all = &phase->cluster;
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
	if (!isnan(part_done_percent(all)))
		fprintf(out,
			"%6.2Lf%% of requested files processed, warning "
			"threshold is %6.2Lf%%\n",
			part_done_percent(all), options->min_done_percent);
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
		if (result->phases > 1)
			fprintf(out, "%soperation: %s\n", i ? "\n" : "",
				shown(result->phase[i].job));
		write_phase(out, &result->phase[i], page->options);
	}
	write_warnings(out, &result->invalid);
	write_warnings(out, &result->too_small);
	write_warnings(out, &result->too_short);
	return 0;
}

/* Adds a member whose name comes from elsewhere, and may not be UTF-8. */
static void put_named(json_t **object, const char *name, json_t *value)
{
	json_t *key = field_json_string(name);

	/* Without a key nothing is put, which is a failure as well. */
	field_json_put(object, json_string_value(key), value);
	json_decref(key);
}

/* The members that threads, hosts and the whole have in common. */
static json_t *part_object(const struct phase *phase, const struct part *part)
{
	const struct rates *rates = rates_of(phase, part);
	json_t *object = json_object();

	if (part->errors)
		field_json_put(&object, "status", json_string(status(part)));
	field_json_put(&object, "elapsed", field_json_real(part->elapsed_s));
	field_json_put(&object, "files", json_integer((json_int_t)part->units));
	field_json_put(&object, "records",
		       json_integer((json_int_t)known(part->records)));
	field_json_put(&object, "filesPerSec",
		       field_json_real(rates->units_per_s));
	if (!known(part->records))
		return object;
	field_json_put(&object, "IOPS", field_json_real(rates->records_per_s));
	field_json_put(&object, "MiBps", field_json_real(rates->mib_per_s));
	return object;
}

static json_t *thread_objects(const struct phase *phase, const char *host)
{
	json_t *threads = json_object();
	char name[FIELD_MAX];

	for (size_t i = 0; i < phase->threads; i++) {
		const struct part *part = &phase->thread[i];

		if (strcmp(part->host, host) != 0)
			continue;
		if (part->thread < 0)
			strcpy(name, "all");
		else
			snprintf(name, sizeof(name), "%02ld", part->thread);
		field_json_put(&threads, name, part_object(phase, part));
	}
	return threads;
}

static json_t *host_objects(const struct phase *phase)
{
	json_t *hosts = json_object();

	for (size_t i = 0; i < phase->hosts; i++) {
		const struct part *part = &phase->host[i];
		json_t *object = part_object(phase, part);

		field_json_put(&object, "thread",
			       thread_objects(phase, part->host));
		put_named(&hosts, part->host, object);
	}
	return hosts;
}

static void put_totals(json_t **results, const struct phase *phase,
		       int64_t start_ms)
{
	const struct part *all = &phase->cluster;
	time_t start_s = (time_t)(start_ms / MS_PER_S);
	char date[FIELD_MAX] = "";
	struct tm utc;

	if (phase->asked.moves_data)
		field_json_put(results, "totalDataGB",
			       field_json_real((long double)all->bytes / GIB));
	if (gmtime_r(&start_s, &utc))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.000Z", &utc);
	field_json_put(results, "totalhreads",
		       json_integer((json_int_t)all->threads));
	field_json_put(results, "pctFilesDone",
		       field_json_real(part_done_percent(all)));
	field_json_put(results, "startTime",
		       json_real((double)start_ms / MS_PER_S));
	field_json_put(results, "date", json_string(date));
	/* After a failure part_object() has set "status", as smallfile does. */
	if (!all->errors)
		field_json_put(results, "status", json_string("Success"));
}

json_t *result_smallfile_results(const struct phase *phase,
				 const struct fio_result *run)
{
	const struct part *all = &phase->cluster;
	int64_t start_ms = all->timed ? all->start_ns / LOG_TIMES_UNIT_NS
				      : run->timestamp_ms;
	json_t *results = part_object(phase, all);

	field_json_put(&results, "rates",
		       json_string(is_stonewalled(phase) ? "stonewalled"
							 : "overall"));
	put_totals(&results, phase, start_ms);
	/* smallfile has no level of hosts if it was given no hosts. */
	if (phase->hosts == 1 && !run->clients)
		field_json_put(&results, "thread",
			       thread_objects(phase, phase->host[0].host));
	else
		field_json_put(&results, "host", host_objects(phase));
	return results;
}

static json_t *operation_array(const struct result_page *page)
{
	json_t *array = json_array();

	for (size_t i = 0; i < page->result->phases; i++) {
		const struct phase *phase = &page->result->phase[i];

		field_json_append(
			&array,
			json_pack("{s:o, s:o, s:o}", "job",
				  field_json_string(phase->job), "operation",
				  field_json_string(phase->operation),
				  "results",
				  result_smallfile_results(phase, page->run)));
	}
	return array;
}

int result_smallfile_json(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	json_t *root = json_pack("{s:s, s:b, s:o}", "schema",
				 "smallfio-result-smallfile-1", "valid",
				 result_is_valid(result), "operations",
				 operation_array(page));

	/* A program that reads smallfile's JSON looks for "results" here. */
	if (result->phases == 1)
		field_json_put(&root, "results",
			       result_smallfile_results(&result->phase[0],
							page->run));
	return field_json_write(out, root,
				JSON_INDENT(4) | JSON_PRESERVE_ORDER);
}
