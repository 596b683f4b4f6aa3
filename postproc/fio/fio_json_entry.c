// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members that fio has always written must be there, and must have fio's type.
 * Members that fio added later or may leave out need not be there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json_entry.h"
#include "fio/fio_json_filter.h"

#define MEMBER_MAX 64

struct fio_object {
	const json_t *json;
	const char *name; /* "write.clat_ns", for messages; "" at the top */
	uint64_t line;
	struct input_error *error;
	struct fio_json_bins *found; /* NULL: the bins are in the JSON */
};

const char *fio_json_direction_name(enum fio_direction direction)
{
	static const char *const names[FIO_DIRECTIONS] = { "read", "write",
							   "trim", "mixed" };

	return names[direction];
}

static const char *type_name(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_REAL:
		return "a number with a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a truth value";
	default:
		return value ? "null" : "nothing";
	}
}

static int fail_member(const struct fio_object *o, const char *name,
		       const char *expected, const json_t *value)
{
	char found[MEMBER_MAX];

	if (json_is_integer(value))
		snprintf(found, sizeof(found), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else
		snprintf(found, sizeof(found), "%s", type_name(value));
	return input_error_set(o->error, INPUT_MEMBER, o->line, 0,
			       "in the job that begins here: expected %s in "
			       "\"%s%s%s\", found %s; this is no output of "
			       "fio, or it is damaged",
			       expected, o->name, *o->name ? "." : "", name,
			       found);
}

/* Reads a whole number, 0 or more, which must be there. */
static int read_count(const struct fio_object *o, const char *name,
		      uint64_t *out)
{
	const json_t *value = json_object_get(o->json, name);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0)
		return fail_member(o, name, "a number, 0 or more", value);
	*out = (uint64_t)n;
	return 0;
}

static int read_real(const struct fio_object *o, const char *name, double *out)
{
	const json_t *value = json_object_get(o->json, name);

	if (!json_is_number(value))
		return fail_member(o, name, "a number", value);
	*out = json_number_value(value);
	return 0;
}

/* Reads a whole number that may be missing: then it is `none`. */
static int64_t optional(const struct fio_object *o, const char *name,
			int64_t none)
{
	const json_t *value = json_object_get(o->json, name);

	return json_is_integer(value) ? json_integer_value(value) : none;
}

static int fail_bin(const struct fio_object *o, const char *key,
		    const char *expected)
{
	return input_error_set(
		o->error, INPUT_MEMBER, o->line, 0,
		"in the job that begins here: expected %s in "
		"\"%s.bins\", found \"%.40s\"; this is no output "
		"of fio 3, or it is damaged",
		expected, o->name, key);
}

static int read_bin(const struct fio_object *o, const char *key,
		    const json_t *value, struct fio_histogram *bins)
{
	char *end;
	unsigned long long ns;
	int index, ret;

	errno = 0;
	ns = strtoull(key, &end, 10);
	index = errno || *key < '0' || *key > '9' || *end
			? -EINVAL
			: fio_histogram_index_of_middle(ns);
	if (index < 0)
		return fail_bin(o, key, "the middle of a bin of fio's, in ns,");
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return fail_bin(o, key, "a count, 0 or more,");
	ret = fio_histogram_add(bins, (uint32_t)index,
				(uint64_t)json_integer_value(value));
	if (ret == -ENOMEM)
		return input_error_no_memory(o->error);
	return ret ? fail_bin(o, key, "counts below 2^63") : 0;
}

/* Reads the percentiles that fio printed. They are used if there are no bins.
 */
static int read_printed(const struct fio_object *o, struct fio_latency *latency)
{
	json_t *object = json_object_get(o->json, "percentile"), *value;
	const char *key;

	if (!object)
		return 0;
	if (!json_is_object(object))
		return fail_member(o, "percentile", "an object", object);
	json_object_foreach(object, key, value)
	{
		int ret = -EINVAL;

		if (json_is_integer(value) && json_integer_value(value) >= 0)
			ret = fio_percentiles_add(
				&latency->printed, key,
				(uint64_t)json_integer_value(value));
		if (ret == -ENOMEM)
			return input_error_no_memory(o->error);
		if (ret)
			return input_error_set(
				o->error, INPUT_MEMBER, o->line, 0,
				"in the job that begins here: expected "
				"percentiles with their ns in "
				"\"%s.percentile\", found \"%.40s\"; the file "
				"is damaged",
				o->name, key);
	}
	return 0;
}

/* Takes the bins that fio_json_filter() has read and numbered. */
static void take_bins(struct fio_json_bins *found, json_int_t number,
		      struct fio_latency *latency)
{
	latency->bins = found->bins[number];
	memset(&found->bins[number], 0, sizeof(*found->bins));
}

static int read_bins(const struct fio_object *o, struct fio_latency *latency)
{
	json_t *object = json_object_get(o->json, "bins");
	json_t *value;
	const char *key;
	int ret;

	if (!object)
		return read_printed(o, latency);
	if (o->found) {
		take_bins(o->found, json_integer_value(object), latency);
	} else if (!json_is_object(object)) {
		return fail_member(o, "bins", "an object", object);
	} else {
		json_object_foreach(object, key, value)
		{
			ret = read_bin(o, key, value, &latency->bins);
			if (ret)
				return ret;
		}
	}
	latency->has_bins = true;
	if (!latency->samples)
		latency->samples = latency->bins.samples;
	if (latency->bins.samples != latency->samples)
		return input_error_set(
			o->error, INPUT_MEMBER, o->line, 0,
			"in the job that begins here: expected bins that add "
			"up to the %llu samples of \"%s.N\", found %llu",
			(unsigned long long)latency->samples, o->name,
			(unsigned long long)latency->bins.samples);
	fio_histogram_extremes(&latency->bins, latency->min_ns,
			       latency->max_ns);
	return 0;
}

/*
 * How many samples a latency has. fio writes N from 3.18 on. Before 3.18 it is
 * the sum of the bins (*samples is 0 then, and read_bins() sets it). Without
 * bins it is the number of operations, because fio measures a latency of all
 * operations or of none. *any: there are samples.
 */
static int count_samples(const struct fio_object *o, uint64_t total_ios,
			 bool *any, uint64_t *samples)
{
	*any = false;
	if (json_object_get(o->json, "N")) {
		int ret = read_count(o, "N", samples);

		*any = !ret && *samples;
		return ret;
	}
	*any = total_ios && (optional(o, "max", 0) || optional(o, "min", 0));
	*samples = json_object_get(o->json, "bins") ? 0 : total_ios;
	return 0;
}

/* Checks that mean and deviation fit the minimum and the maximum. */
static int check_moments(const struct fio_object *o,
			 const struct fio_latency *l)
{
	double min = (double)l->min_ns, max = (double)l->max_ns;
	/* fio adds doubles and prints six decimals, so a little is allowed. */
	double slack = 0.001 + max * 1e-9;

	if (l->min_ns <= l->max_ns && l->mean_ns >= min - slack &&
	    l->mean_ns <= max + slack && l->stddev_ns >= 0 &&
	    l->stddev_ns <= max + slack)
		return 0;
	return input_error_set(
		o->error, INPUT_MEMBER, o->line, 0,
		"in the job that begins here: expected min <= mean <= max, and "
		"a stddev between 0 and max, in \"%s\", found min %llu, mean "
		"%g, max %llu, stddev %g; the file is damaged",
		o->name, (unsigned long long)l->min_ns, l->mean_ns,
		(unsigned long long)l->max_ns, l->stddev_ns);
}

static int read_latency(const struct fio_object *side, const char *name,
			uint64_t total_ios, struct fio_latency **out)
{
	char full[MEMBER_MAX];
	struct fio_object o = *side;
	struct fio_latency *latency;
	uint64_t samples = 0;
	bool any;
	int ret;

	o.json = json_object_get(side->json, name);
	if (!o.json)
		return 0;
	snprintf(full, sizeof(full), "%s.%s", side->name, name);
	o.name = full;
	if (!json_is_object(o.json))
		return fail_member(side, name, "an object", o.json);
	ret = count_samples(&o, total_ios, &any, &samples);
	if (ret || !any)
		return ret;
	latency = *out = calloc(1, sizeof(*latency));
	if (!latency)
		return input_error_no_memory(side->error);
	latency->samples = samples;
	ret = read_count(&o, "min", &latency->min_ns);
	if (!ret)
		ret = read_count(&o, "max", &latency->max_ns);
	if (!ret)
		ret = read_real(&o, "mean", &latency->mean_ns);
	if (!ret)
		ret = read_real(&o, "stddev", &latency->stddev_ns);
	if (!ret)
		ret = check_moments(&o, latency);
	return ret ? ret : read_bins(&o, latency);
}

static int read_side(const struct fio_object *top, enum fio_direction direction,
		     struct fio_side **out)
{
	static const char *const latency_names[] = {
		[FIO_CLAT] = "clat_ns",
		[FIO_LAT] = "lat_ns",
		[FIO_SLAT] = "slat_ns",
	};
	struct fio_object o = *top;
	struct fio_side *side;
	uint64_t ios, bytes;
	int i, ret;

	o.name = fio_json_direction_name(direction);
	o.json = json_object_get(top->json, o.name);
	if (!o.json)
		return 0;
	if (!json_is_object(o.json))
		return fail_member(top, o.name, "an object", o.json);
	ret = read_count(&o, "total_ios", &ios);
	if (!ret)
		ret = read_count(&o, "io_bytes", &bytes);
	if (ret || (!ios && !bytes))
		return ret;
	side = *out = calloc(1, sizeof(*side));
	if (!side)
		return input_error_no_memory(top->error);
	side->total_ios = ios;
	side->io_bytes = bytes;
	side->short_ios = (uint64_t)optional(&o, "short_ios", 0);
	side->drop_ios = (uint64_t)optional(&o, "drop_ios", 0);
	ret = read_count(&o, "runtime", &side->runtime_ms);
	for (i = 0; i < FIO_LATENCIES && !ret; i++)
		ret = read_latency(&o, latency_names[i], ios,
				   &side->latency[i]);
	return ret;
}

static int read_string(const struct fio_object *o, const char *name, char **out)
{
	const json_t *value = json_object_get(o->json, name);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return fail_member(o, name, "a string", value);
	*out = strdup(json_string_value(value));
	return *out ? 0 : input_error_no_memory(o->error);
}

static void side_free(struct fio_side *side)
{
	int i;

	for (i = 0; side && i < FIO_LATENCIES; i++) {
		if (!side->latency[i])
			continue;
		fio_histogram_free(&side->latency[i]->bins);
		fio_percentiles_free(&side->latency[i]->printed);
		free(side->latency[i]);
	}
	free(side);
}

/*
 * Drops "mixed" if other directions are there: with unified_rw_reporting=both
 * it is their sum.
 */
static void drop_sum(struct fio_entry *entry)
{
	if (!entry->side[FIO_READ] && !entry->side[FIO_WRITE] &&
	    !entry->side[FIO_TRIM])
		return;
	side_free(entry->side[FIO_MIXED]);
	entry->side[FIO_MIXED] = NULL;
}

static int read_entry(const struct fio_object *o, struct fio_entry *entry)
{
	int ret = read_string(o, "jobname", &entry->job);
	json_t *options;
	int i;

	if (ret || !entry->job)
		return ret;
	ret = read_string(o, "hostname", &entry->host);
	entry->port = (long)optional(o, "port", 0);
	entry->group = (long)optional(o, "groupid", 0);
	entry->error = (int)optional(o, "error", 0);
	entry->total_errors = (uint64_t)optional(o, "total_err", 0);
	entry->first_error = (int)optional(o, "first_error", 0);
	entry->job_start_ms = optional(o, "job_start", FIO_UNKNOWN_TIME);
	options = json_object_get(o->json, "job options");
	if (options && !json_is_object(options))
		return fail_member(o, "job options", "an object", options);
	entry->options = json_incref(options);
	if (!ret)
		ret = read_real(o, "usr_cpu", &entry->usr_cpu_percent);
	if (!ret)
		ret = read_real(o, "sys_cpu", &entry->sys_cpu_percent);
	for (i = 0; i < FIO_DIRECTIONS && !ret; i++)
		ret = read_side(o, i, &entry->side[i]);
	drop_sum(entry);
	return ret;
}

/* Parses the filtered text. NULL: the text is no JSON, or unusual. */
static json_t *load_filtered(const char *text, size_t size,
			     struct fio_json_bins *found)
{
	char *filtered = malloc(size ? size : 1);
	json_t *root = NULL;
	size_t n;

	if (!filtered)
		return NULL;
	n = fio_json_filter(filtered, text, size, found);
	if (n)
		root = json_loadb(filtered, n, 0, NULL);
	free(filtered);
	return root;
}

void fio_json_entry_parse(struct fio_entry *entry, const char *text,
			  size_t size, uint64_t line, struct input_error *error)
{
	struct fio_object top = { .name = "", .line = line, .error = error };
	json_error_t at;
	struct fio_json_bins found = { 0 };
	json_t *root = load_filtered(text, size, &found);

	if (root)
		top.found = &found;
	else /* the whole text tells what is wrong, and where */
		root = json_loadb(text, size, 0, &at);
	if (!root && !at.text[0]) { /* no text: jansson found no error */
		input_error_no_memory(error);
		fio_json_bins_free(&found);
		return;
	}
	if (!root) {
		input_error_set(error, INPUT_JSON,
				line - 1 +
					(uint64_t)(at.line > 0 ? at.line : 1),
				at.column > 0 ? (unsigned int)at.column : 0,
				"expected JSON: %s", at.text);
		fio_json_bins_free(&found);
		return;
	}
	top.json = root;
	entry->line = line;
	read_entry(&top, entry);
	json_decref(root);
	fio_json_bins_free(&found);
}

bool fio_json_is_old(const char *version)
{
	while (*version && (*version < '0' || *version > '9'))
		version++;
	return *version && strtoul(version, NULL, 10) < FIO_OLDEST_MAJOR;
}

int fio_json_fail_old(struct input_error *error, const char *version,
		      uint64_t line)
{
	return input_error_set(error, INPUT_OLD, line, 1,
			       "expected fio's JSON of fio 3.0 or later, found "
			       "that of %s, which wrote other members, and "
			       "times in us; run a later fio",
			       version);
}

int fio_json_head_parse(struct fio_result *result, const json_t *root,
			uint64_t line, struct input_error *error)
{
	struct fio_object o = { .json = root, .name = "", .error = error };
	const char *version =
		json_string_value(json_object_get(root, "fio version"));

	if (version && fio_json_is_old(version))
		return fio_json_fail_old(error, version, line);
	snprintf(result->version, sizeof(result->version), "%s",
		 version ? version : "");
	result->timestamp_ms = optional(&o, "timestamp_ms", FIO_UNKNOWN_TIME);
	if (result->timestamp_ms == FIO_UNKNOWN_TIME) {
		result->timestamp_ms = optional(&o, "timestamp", 0);
		result->timestamp_ms *=
			result->timestamp_ms < INT64_MAX / 1000 ? 1000 : 0;
	}
	result->global = json_object_get(root, "global options");
	if (!json_is_object(result->global))
		result->global = NULL;
	json_incref(result->global);
	return 0;
}

void fio_json_entry_free(struct fio_entry *entry)
{
	int i;

	for (i = 0; i < FIO_DIRECTIONS; i++)
		side_free(entry->side[i]);
	free(entry->job);
	free(entry->host);
	json_decref(entry->options);
	memset(entry, 0, sizeof(*entry));
}
