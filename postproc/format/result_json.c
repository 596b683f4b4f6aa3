// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON, described by schema/result-1.schema.json. A member is never left out: a
 * figure that cannot be told is null.
 */
#include <math.h>
#include <string.h>

#include "run/latency_summary.h"
#include "format/phase_latency.h"
#include "util/field.h"
#include "format/result_format.h"

#define SCHEMA   "smallfio-result-1"
#define NS_PER_S 1e9L

static json_t *rates_object(const struct rates *rates)
{
	return json_pack("{s:o, s:o, s:o}", "units_per_s",
			 field_json_real(rates->units_per_s), "records_per_s",
			 field_json_real(rates->records_per_s), "mib_per_s",
			 field_json_real(rates->mib_per_s));
}

static json_t *time_ns(const struct part *part, int64_t ns)
{
	return part->timed ? json_integer(ns) : json_null();
}

static json_t *stonewalled_object(const struct phase *phase,
				  const struct part *part)
{
	if (!phase->timed)
		return json_null();
	return json_pack("{s:I, s:o, s:o}", "units",
			 (json_int_t)part->stonewalled_units, "done_percent",
			 field_json_real(part_stonewalled_percent(part)),
			 "rates", rates_object(&part->stonewalled));
}

static json_t *pauses_object(const struct part *part)
{
	const struct pauses *pauses = &part->pauses;

	if (!pauses->known)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:s}", "count",
			 (json_int_t)pauses->count, "longest_ns",
			 (json_int_t)pauses->longest_ns, "longest_from_ns",
			 (json_int_t)pauses->longest_from_ns, "source",
			 pauses_source(pauses));
}

static json_t *part_object(const struct phase *phase, const struct part *part)
{
	json_t *object = json_object();

	struct {
		const char *name;
		json_t *value;
	} members[] = {
		{ "host", field_json_string(part->host) },
		{ "thread",
		  part->thread < 0 ? json_null() : json_integer(part->thread) },
		{ "fio_job", part->fio_job < 0 ? json_null()
					       : json_integer(part->fio_job) },
		{ "threads", json_integer((json_int_t)part->threads) },
		{ "units", json_integer((json_int_t)part->units) },
		{ "requested",
		  field_json_count(part->requested, RESULT_UNKNOWN) },
		{ "done_percent", field_json_real(part_done_percent(part)) },
		{ "bytes", json_integer((json_int_t)(phase->asked.moves_data
							     ? part->bytes
							     : 0)) },
		{ "records", field_json_count(part->records, RESULT_UNKNOWN) },
		{ "samples", field_json_count(part->samples, RESULT_UNKNOWN) },
		{ "errors", json_integer((json_int_t)part->errors) },
		{ "error", part->errors ? json_string(strerror(part->error))
					: json_null() },
		{ "elapsed_ns", field_json_whole(part->elapsed_s * NS_PER_S) },
		{ "start_ns", time_ns(part, part->start_ns) },
		{ "end_ns", time_ns(part, part->end_ns) },
		{ "pauses", pauses_object(part) },
		{ "rates", rates_object(&part->whole) },
		{ "stonewalled", stonewalled_object(phase, part) },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		field_json_put(&object, members[i].name, members[i].value);
	return object;
}

static json_t *part_array(const struct phase *phase, const struct part *part,
			  size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		field_json_append(&array, part_object(phase, &part[i]));
	return array;
}

static json_t *clock_array(const struct phase *phase)
{
	json_t *array = json_array();

	for (size_t i = 0; i < phase->clocks; i++) {
		const struct engine_note *c = phase->clock[i];

		field_json_append(
			&array,
			json_pack("{s:o, s:o, s:I, s:I}", "host",
				  field_json_string(c->host), "reference",
				  field_json_string(c->reference), "ahead_ns",
				  (json_int_t)c->ahead_ns, "error_ns",
				  (json_int_t)c->error_ns));
	}
	return array;
}

static json_t *percentile_object(const struct percentile *p,
				 const struct bounded *b)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:b}", "percentile",
			 json_integer((json_int_t)(p->e9 / 1000000000)),
			 "latency_ns", field_json_whole(b->value_ns), "low_ns",
			 field_json_whole(floorl(b->low_ns)), "high_ns",
			 field_json_whole(ceill(b->high_ns)), "rough",
			 latency_summary_is_rough(b));
}

static json_t *latency_object(const struct fio_result *run,
			      const struct phase *phase)
{
	struct phase_latency latency;
	json_t *array;

	if (phase_latency_build(&latency, run, phase))
		return NULL;
	array = json_array();
	for (size_t i = 0; i < PHASE_PERCENTILES; i++)
		field_json_append(&array,
				  percentile_object(&latency.percentiles.p[i],
						    &latency.value[i]));
	return json_pack("{s:I, s:s, s:o}", "samples",
			 (json_int_t)latency.samples, "source", latency.source,
			 "percentiles", array);
}

static json_t *phase_object(const struct fio_result *run,
			    const struct phase *phase)
{
	json_t *first_end =
		phase->timed ? json_integer(phase->first_end_ns) : json_null();

	return json_pack(
		"{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o}",
		"job", field_json_string(phase->job), "operation",
		field_json_string(phase->operation), "unit",
		job_unit_name(phase->asked.unit, false), "verdict",
		phase_verdict(phase), "start_skew_ns",
		field_json_whole(phase->start_skew_s * NS_PER_S),
		"finish_skew_ns",
		field_json_whole(phase->finish_skew_s * NS_PER_S),
		"overlap_percent", field_json_real(phase->overlap_percent),
		"first_end_ns", first_end, "clocks", clock_array(phase),
		"latency", latency_object(run, phase), "cluster",
		part_object(phase, &phase->cluster), "hosts",
		part_array(phase, phase->host, phase->hosts), "threads",
		part_array(phase, phase->thread, phase->threads));
}

static json_t *note_array(const struct notes *notes)
{
	json_t *array = json_array();

	for (size_t i = 0; i < notes->count; i++)
		field_json_append(&array, field_json_string(notes->text[i]));
	return array;
}

static json_t *phase_array(const struct fio_result *run,
			   const struct result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->phases; i++)
		field_json_append(&array, phase_object(run, &result->phase[i]));
	return array;
}

int result_json(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	const struct host_list *hosts = page->options->hosts;
	json_t *expected =
		hosts ? json_integer((json_int_t)hosts->count) : json_null();
	json_t *root;

	root = json_pack(
		"{s:s, s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:I, s:o, s:o}",
		"schema", SCHEMA, "smallfio", SMALLFIO_VERSION, "fio",
		field_json_string(page->run->version), "timestamp_ms",
		(json_int_t)page->run->timestamp_ms, "valid",
		result_is_valid(result), "invalid",
		note_array(&result->invalid), "too_small",
		note_array(&result->too_small), "too_short",
		note_array(&result->too_short), "untold",
		note_array(&result->untold), "hosts_seen",
		(json_int_t)result->hosts_seen, "hosts_expected", expected,
		"phases", phase_array(page->run, result));
	return field_json_write(out, root,
				JSON_INDENT(1) | JSON_PRESERVE_ORDER);
}
