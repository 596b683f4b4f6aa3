// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON, described by schema/result-1.schema.json. A member is never left out: a
 * figure that cannot be told is null.
 */
#include <math.h>
#include <string.h>

#include "format/client_use.h"
#include "run/latency_summary.h"
#include "run/pace.h"
#include "format/format.h"
#include "format/phase_latency.h"
#include "util/json_out.h"
#include "format/result_format.h"

#define SCHEMA   "smallfio-result-1"
#define NS_PER_S 1e9L

static void write_rates(struct json_out *json, const char *key,
			const struct rates *rates)
{
	json_out_open(json, key, '{');
	json_out_real(json, "units_per_s", rates->units_per_s);
	json_out_real(json, "records_per_s", rates->records_per_s);
	json_out_real(json, "mib_per_s", rates->mib_per_s);
	json_out_close(json, '}');
}

/* Writes a number; null where it is not known. */
static void write_if(struct json_out *json, const char *key, bool known,
		     int64_t n)
{
	if (known)
		json_out_int(json, key, n);
	else
		json_out_null(json, key);
}

static void write_stonewalled(struct json_out *json, const struct scope *scope)
{
	json_out_open(json, "stonewalled", '{');
	json_out_int(json, "units", (int64_t)scope->stonewalled_units);
	json_out_real(json, "done_percent", scope_stonewalled_percent(scope));
	write_rates(json, "rates", &scope->stonewalled);
	json_out_close(json, '}');
}

static void write_scope(struct json_out *json, const char *key,
			const struct phase *phase, const struct scope *scope)
{
	json_out_open(json, key, '{');
	json_out_string(json, "host", scope->host);
	write_if(json, "thread", scope->thread >= 0, scope->thread);
	write_if(json, "fio_job", scope->fio_job >= 0, scope->fio_job);
	json_out_int(json, "threads", (int64_t)scope->threads);
	json_out_int(json, "units", (int64_t)scope->units);
	write_if(json, "requested", scope->requested != RESULT_UNKNOWN,
		 (int64_t)scope->requested);
	json_out_real(json, "done_percent", scope_done_percent(scope));
	json_out_int(json, "bytes",
		     phase->asked.moves_data ? (int64_t)scope->bytes : 0);
	write_if(json, "records", scope->records != RESULT_UNKNOWN,
		 (int64_t)scope->records);
	write_if(json, "samples", scope->samples != RESULT_UNKNOWN,
		 (int64_t)scope->samples);
	json_out_int(json, "errors", (int64_t)scope->errors);
	json_out_int(json, "conflicts", (int64_t)scope->conflicts);
	json_out_string(json, "error",
			scope->errors ? strerror(scope->error) : NULL);
	json_out_whole(json, "elapsed_ns", scope->elapsed_s * NS_PER_S);
	write_if(json, "start_ns", scope->timed, scope->start_ns);
	write_if(json, "end_ns", scope->timed, scope->end_ns);
	if (scope->pauses.known)
		format_json_pauses(json, &scope->pauses);
	else
		json_out_null(json, "pauses");
	write_rates(json, "rates", &scope->whole);
	if (phase->timed)
		write_stonewalled(json, scope);
	else
		json_out_null(json, "stonewalled");
	json_out_close(json, '}');
}

static void write_scopes(struct json_out *json, const char *key,
			 const struct phase *phase, const struct scope *scope,
			 size_t n)
{
	json_out_open(json, key, '[');
	for (size_t i = 0; i < n; i++)
		write_scope(json, NULL, phase, &scope[i]);
	json_out_close(json, ']');
}

static void write_clocks(struct json_out *json, const struct phase *phase)
{
	json_out_open(json, "clocks", '[');
	for (size_t i = 0; i < phase->clocks; i++) {
		const struct engine_note *c = phase->clock[i];

		json_out_open(json, NULL, '{');
		json_out_string(json, "host", c->host);
		json_out_string(json, "reference", c->reference);
		json_out_int(json, "ahead_ns", c->ahead_ns);
		json_out_int(json, "error_ns", c->error_ns);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static int write_latency(struct json_out *json, const char *key,
			 const struct fio_result *run,
			 const struct phase *phase, enum fio_latency_kind kind)
{
	struct phase_latency latency;
	int ret = phase_latency_build(&latency, run, phase, kind);

	if (ret)
		return ret;
	json_out_open(json, key, '{');
	json_out_int(json, "samples", (int64_t)latency.samples);
	json_out_string(json, "source", latency.source);
	format_json_percentiles(json, &latency.percentiles, latency.value,
				latency.samples);
	json_out_close(json, '}');
	return 0;
}

/* Writes whether a rate that was asked for was kept; null where none was. */
static void write_pace(struct json_out *json, const struct phase *phase)
{
	const struct pace pace = pace_of(phase);

	if (isnan(pace.asked_per_s)) {
		json_out_null(json, "pace");
		return;
	}
	json_out_open(json, "pace", '{');
	json_out_real(json, "asked_units_per_s", pace.asked_per_s);
	json_out_real(json, "reached_units_per_s", pace.reached_per_s);
	json_out_bool(json, "kept", pace.kept);
	json_out_int(json, "behind", (int64_t)pace.behind);
	json_out_close(json, '}');
}

/* Writes what the threads took of their own machine; null: not known. */
static void write_client(struct json_out *json, const struct fio_result *run,
			 const struct phase *phase)
{
	const struct client_use use = client_use_of(run, phase);

	if (isnan(use.user_percent)) {
		json_out_null(json, "client");
		return;
	}
	json_out_open(json, "client", '{');
	json_out_real(json, "user_percent", use.user_percent);
	json_out_real(json, "system_percent", use.system_percent);
	write_if(json, "context_switches", use.switches >= 0, use.switches);
	json_out_real(json, "waited_percent", use.waited_percent);
	for (int i = 0; i < CLIENT_COUNTERS; i++)
		write_if(json, client_counter_name[i],
			 use.counter[i] != ENGINE_NOTE_UNKNOWN,
			 (int64_t)use.counter[i]);
	write_if(json, "cache_hits_min",
		 use.counter[CLIENT_TRIPS] != ENGINE_NOTE_UNKNOWN,
		 (int64_t)use.hits);
	json_out_bool(json, "bound", use.bound);
	json_out_close(json, '}');
}

static int write_phase(struct json_out *json, const struct fio_result *run,
		       const struct phase *phase)
{
	int ret;

	json_out_open(json, NULL, '{');
	json_out_string(json, "job", phase->job);
	json_out_string(json, "operation", phase->operation);
	json_out_bool(json, "part", phase->is_part);
	json_out_real(json, "share_percent", phase->share_percent);
	json_out_string(json, "unit", job_unit_name(phase->asked.unit, false));
	json_out_string(json, "verdict", phase_verdict(phase));
	json_out_whole(json, "start_skew_ns", phase->start_skew_s * NS_PER_S);
	json_out_whole(json, "finish_skew_ns", phase->finish_skew_s * NS_PER_S);
	json_out_real(json, "overlap_percent", phase->overlap_percent);
	write_if(json, "first_end_ns", phase->timed, phase->first_end_ns);
	write_clocks(json, phase);
	ret = write_latency(json, "latency", run, phase, FIO_CLAT);
	if (!ret && phase->asked.scheduled)
		ret = write_latency(json, "response", run, phase, FIO_LAT);
	write_pace(json, phase);
	write_client(json, run, phase);
	write_scope(json, "cluster", phase, &phase->cluster);
	write_scopes(json, "hosts", phase, phase->host, phase->hosts);
	write_scopes(json, "threads", phase, phase->thread, phase->threads);
	json_out_close(json, '}');
	return ret;
}

int result_json(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	const struct host_list *hosts = page->options->hosts;
	struct json_out json = { .out = out };
	int ret = 0;

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", SCHEMA);
	json_out_string(&json, "smallfio", SMALLFIO_VERSION);
	json_out_string(&json, "fio", page->run->version);
	json_out_int(&json, "timestamp_ms", page->run->timestamp_ms);
	json_out_bool(&json, "valid", result_is_valid(result));
	json_out_notes(&json, "invalid", &result->invalid);
	json_out_notes(&json, "too_small", &result->too_small);
	json_out_notes(&json, "too_short", &result->too_short);
	json_out_notes(&json, "untold", &result->untold);
	json_out_int(&json, "hosts_seen", (int64_t)result->hosts_seen);
	write_if(&json, "hosts_expected", hosts,
		 hosts ? (int64_t)hosts->count : 0);
	json_out_open(&json, "phases", '[');
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = write_phase(&json, page->run, &result->phase[i]);
	json_out_close(&json, ']');
	json_out_close(&json, '}');
	fputc('\n', out);
	return ret;
}
