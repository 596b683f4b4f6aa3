// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members that fio has always written must be there, and must have fio's type.
 * Members that fio added later or may leave out need not be there. Members may
 * come in any order, so what must be there is checked at the end of an entry.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_histogram_pack.h"
#include "fio/fio_json_entry.h"
#include "util/number.h"
#include "util/array.h"

#define PATH_MAX_BYTES 64
#define LINE_BYTES     64 /* of a bin, without white space in front */
#define MIDDLE         "the middle of a bin of fio's, in ns,"

/* What is read of an entry before it is checked. */
struct read_latency {
	struct fio_latency latency;
	struct fio_histogram bins;
	unsigned int seen; /* one bit for each row of latency_members[] */
};

struct read_side {
	struct fio_side side;
	unsigned int seen;
	bool there;
	struct read_latency latency[FIO_LATENCIES];
};

struct entry_reading {
	struct json_in *json;
	uint64_t line;             /* line in which the entry begins */
	char path[PATH_MAX_BYTES]; /* "write.clat_ns", for messages */
	struct fio_entry entry;
	char *description;
	unsigned int seen;
	struct read_side side[FIO_DIRECTIONS];
};

/* What a member is, and the type of the place that it is read into. */
enum member_type {
	COUNT,    /* uint64_t */
	REAL,     /* double */
	OPTIONAL, /* int64_t; if it is no whole number, as if not there */
	STRING,   /* char * */
	OPTIONS,  /* struct fio_options; this and all below are objects */
	BINS,     /* struct fio_histogram */
	PRINTED,  /* struct fio_percentiles, which fio printed */
	LATENCY,  /* struct read_latency */
	SIDE,     /* struct read_side */
};

struct member {
	const char *name;
	enum member_type type;
	size_t offset; /* of the place */
	bool needed;
};

enum { LATENCY_N, LATENCY_BINS };

/* In struct read_latency. */
static const struct member latency_members[] = {
#define AT(member) offsetof(struct read_latency, member)
	[LATENCY_N] = { "N", COUNT, AT(latency.samples), false },
	[LATENCY_BINS] = { "bins", BINS, AT(bins), false },
	{ "min", COUNT, AT(latency.min_ns), true },
	{ "max", COUNT, AT(latency.max_ns), true },
	{ "mean", REAL, AT(latency.mean_ns), true },
	{ "stddev", REAL, AT(latency.stddev_ns), true },
	{ "percentile", PRINTED, AT(latency.printed), false },
	{ 0 },
#undef AT
};

enum { SIDE_IOS, SIDE_BYTES };

/* In struct read_side. */
static const struct member side_members[] = {
#define AT(member) offsetof(struct read_side, member)
	[SIDE_IOS] = { "total_ios", COUNT, AT(side.total_ios), true },
	[SIDE_BYTES] = { "io_bytes", COUNT, AT(side.io_bytes), true },
	{ "runtime", COUNT, AT(side.runtime_ms), true },
	{ "iops", REAL, AT(side.iops), false },
	{ "bw_bytes", REAL, AT(side.bytes_per_s), false },
	{ "clat_ns", LATENCY, AT(latency[FIO_CLAT]), false },
	{ "lat_ns", LATENCY, AT(latency[FIO_LAT]), false },
	{ "slat_ns", LATENCY, AT(latency[FIO_SLAT]), false },
	{ 0 },
#undef AT
};

/* In struct entry_reading. */
static const struct member entry_members[] = {
#define AT(member) offsetof(struct entry_reading, member)
	{ "jobname", STRING, AT(entry.job), false },
	{ "hostname", STRING, AT(entry.host), false },
	{ "desc", STRING, AT(description), false },
	{ "port", OPTIONAL, AT(entry.port), false },
	{ "groupid", OPTIONAL, AT(entry.group), false },
	{ "error", OPTIONAL, AT(entry.error), false },
	{ "eta", OPTIONAL, AT(entry.eta_s), false },
	{ "total_err", OPTIONAL, AT(entry.total_errors), false },
	{ "first_error", OPTIONAL, AT(entry.first_error), false },
	{ "usr_cpu", REAL, AT(entry.usr_cpu_percent), true },
	{ "sys_cpu", REAL, AT(entry.sys_cpu_percent), true },
	{ "ctx", OPTIONAL, AT(entry.context_switches), false },
	{ "job options", OPTIONS, AT(entry.options), false },
	{ "read", SIDE, AT(side[FIO_READ]), false },
	{ "write", SIDE, AT(side[FIO_WRITE]), false },
	{ "trim", SIDE, AT(side[FIO_TRIM]), false },
	{ "mixed", SIDE, AT(side[FIO_MIXED]), false },
	{ 0 },
#undef AT
};

/* An object whose members are read. */
struct members {
	struct entry_reading *reading;
	const struct member *member; /* the last one has no name */
	char *to;
	unsigned int *seen;
};

const char *fio_json_direction_name(enum fio_direction direction)
{
	static const char *const names[FIO_DIRECTIONS] = { "read", "write",
							   "trim", "mixed" };

	return names[direction];
}

static int fail_member(const struct entry_reading *r, const char *name,
		       const char *expected, const struct json_value *value)
{
	static const char *const names[] = {
		[JSON_IN_NOTHING] = "nothing",
		[JSON_IN_OBJECT] = "an object",
		[JSON_IN_ARRAY] = "an array",
		[JSON_IN_STRING] = "a string",
		[JSON_IN_REAL] = "a number with a fraction",
		[JSON_IN_TRUTH] = "a truth value",
		[JSON_IN_NULL] = "null",
	};
	char number[32];
	const char *found = names[value->kind];

	if (value->kind == JSON_IN_INTEGER) {
		snprintf(number, sizeof(number), "%lld",
			 (long long)value->integer);
		found = number;
	}
	return input_error_set(r->json->error, INPUT_MEMBER, r->line, 0,
			       "in the job that begins here: expected %s in "
			       "\"%s%s%s\", found %s; this is no output of "
			       "fio, or it is damaged",
			       expected, r->path, *r->path ? "." : "", name,
			       found);
}

static const char *expected_of(enum member_type type)
{
	return type == COUNT    ? "a number, 0 or more"
	       : type == REAL   ? "a number"
	       : type == STRING ? "a string"
				: "an object";
}

/* Reads a value that is no text and no object, as it must be. */
static int read_value(struct entry_reading *r, const struct member *m, void *to)
{
	struct json_value value = { 0 };
	int ret = json_in_value(r->json, &value);
	bool whole = value.kind == JSON_IN_INTEGER;

	if (ret)
		return ret;
	if (m->type == COUNT && whole && value.integer >= 0)
		*(uint64_t *)to = (uint64_t)value.integer;
	else if (m->type == REAL && (whole || value.kind == JSON_IN_REAL))
		*(double *)to = value.real;
	else if (m->type == OPTIONAL && whole)
		*(int64_t *)to = value.integer;
	else if (m->type != OPTIONAL)
		return fail_member(r, m->name, expected_of(m->type), &value);
	return 0;
}

static int read_object(struct entry_reading *r, const struct member *m,
		       void *to);

static int read_one(struct entry_reading *r, const struct member *m, void *to)
{
	char first = json_in_next(r->json), **text = to;

	if (m->type == STRING && first == '"') {
		free(*text);
		*text = NULL;
		return json_in_string(r->json, text);
	}
	if (m->type >= OPTIONS && first == '{')
		return read_object(r, m, to);
	return read_value(r, m, to);
}

static int read_member(void *context, const char *name)
{
	const struct members *m = context;
	struct json_value unused;

	for (size_t i = 0; m->member[i].name; i++) {
		if (*m->member[i].name != *name ||
		    strcmp(m->member[i].name, name) != 0)
			continue;
		*m->seen |= 1u << i;
		return read_one(m->reading, &m->member[i],
				m->to + m->member[i].offset);
	}
	return json_in_value(m->reading->json, &unused);
}

/* Reads the object `name`, whose members' names then begin with its own. */
static int read_members(struct entry_reading *r, const char *name,
			const struct member *member, void *to,
			unsigned int *seen)
{
	struct members m = { r, member, to, seen };
	size_t length = strlen(r->path);
	int ret;

	snprintf(r->path + length, sizeof(r->path) - length, "%s%s",
		 length ? "." : "", name);
	ret = json_in_object(r->json, read_member, &m);
	r->path[length] = '\0';
	return ret;
}

/* Refuses an object if a member is missing that must be there. */
static int check_needed(const struct entry_reading *r,
			const struct member *member, unsigned int seen)
{
	const struct json_value nothing = { .kind = JSON_IN_NOTHING };

	for (size_t i = 0; member[i].name; i++)
		if (member[i].needed && !(seen & 1u << i))
			return fail_member(r, member[i].name,
					   expected_of(member[i].type),
					   &nothing);
	return 0;
}

static int fail_bin(const struct entry_reading *r, const char *key,
		    const char *expected)
{
	return input_error_set(
		r->json->error, INPUT_MEMBER, r->line, 0,
		"in the job that begins here: expected %s in "
		"\"%s.bins\", found \"%.40s\"; this is no output "
		"of fio 3, or it is damaged",
		expected, r->path, key);
}

/* What a histogram, or a list of percentiles, is read for. */
struct into {
	struct entry_reading *reading;
	void *to;
};

/*
 * Reads the next bin, where it stands as fio prints it: in a line of its own.
 * False: it does not, or there is none. Half of a JSON+ is such lines, so this
 * way is worth its lines.
 */
static bool next_bin(struct json_in *json, uint64_t *ns, uint64_t *count)
{
	const char *p;

	if (json_in_ahead(json, JSON_IN_AHEAD) < JSON_IN_AHEAD ||
	    memcmp(json->p, ",\n", 2) != 0)
		return false;
	p = json_in_skip_spaces(json->p + 2, json->end);
	if (json->end - p < LINE_BYTES || *p != '"' ||
	    !(p = number_quick(p + 1, ns)) || memcmp(p, "\" : ", 4) != 0 ||
	    p[4] == '0' || !(p = number_quick(p + 4, count)) ||
	    (*p != ',' && *p != '\n'))
		return false;
	json->p += 2;
	json_in_line_ends(json);
	json->p += p - json->p;
	return true;
}

static int add_bin(const struct entry_reading *r, uint64_t ns, uint64_t count,
		   struct fio_histogram *bins)
{
	int index = fio_histogram_index_of_middle(ns), ret = -EINVAL;
	char key[32];

	if (index >= 0)
		ret = fio_histogram_add(bins, (uint32_t)index, count);
	if (!ret)
		return 0;
	if (ret == -ENOMEM)
		return input_error_no_memory(r->json->error);
	snprintf(key, sizeof(key), "%llu", (unsigned long long)ns);
	return fail_bin(r, key, index < 0 ? MIDDLE : "counts below 2^63");
}

static int read_bin(void *context, const char *key)
{
	const struct into *into = context;
	const struct entry_reading *r = into->reading;
	struct json_value count;
	uint64_t ns, samples;
	const char *end = key;
	int ret;

	if (number_u63(&end, &ns) || *end)
		return fail_bin(r, key, MIDDLE);
	ret = json_in_value(r->json, &count);
	if (ret)
		return ret;
	if (count.kind != JSON_IN_INTEGER || count.integer < 0)
		return fail_bin(r, key, "a count, 0 or more,");
	ret = add_bin(r, ns, (uint64_t)count.integer, into->to);
	while (!ret && next_bin(r->json, &ns, &samples))
		ret = add_bin(r, ns, samples, into->to);
	return ret;
}

static int read_percentile(void *context, const char *key)
{
	const struct into *into = context;
	const struct entry_reading *r = into->reading;
	struct json_value ns;
	int ret = json_in_value(r->json, &ns);

	if (ret)
		return ret;
	ret = -EINVAL;
	if (ns.kind == JSON_IN_INTEGER && ns.integer >= 0)
		ret = fio_percentiles_add(into->to, key, (uint64_t)ns.integer);
	if (ret == -ENOMEM)
		return input_error_no_memory(r->json->error);
	if (ret)
		return input_error_set(
			r->json->error, INPUT_MEMBER, r->line, 0,
			"in the job that begins here: expected percentiles "
			"with their ns in \"%s.percentile\", found \"%.40s\"; "
			"the file is damaged",
			r->path, key);
	return 0;
}

static int read_object(struct entry_reading *r, const struct member *m,
		       void *to)
{
	struct into into = { r, to };
	struct read_latency *latency = to;
	struct read_side *side = to;

	switch (m->type) {
	case OPTIONS:
		return fio_options_read(to, r->json);
	case BINS:
		return json_in_object(r->json, read_bin, &into);
	case PRINTED:
		return json_in_object(r->json, read_percentile, &into);
	case LATENCY:
		return read_members(r, m->name, latency_members, latency,
				    &latency->seen);
	default:
		side->there = true;
		return read_members(r, m->name, side_members, side,
				    &side->seen);
	}
}

static int check_moments(const struct entry_reading *r,
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
		r->json->error, INPUT_MEMBER, r->line, 0,
		"in the job that begins here: expected min <= mean <= max, and "
		"a stddev between 0 and max, in \"%s\", found min %llu, mean "
		"%g, max %llu, stddev %g; the file is damaged",
		r->path, (unsigned long long)l->min_ns, l->mean_ns,
		(unsigned long long)l->max_ns, l->stddev_ns);
}

/*
 * Compares the bins with the number of samples, and packs them. fio printed no
 * N before 3.18.
 */
static int keep_bins(const struct entry_reading *r, struct read_latency *from)
{
	struct fio_latency *l = &from->latency;

	l->has_bins = true;
	fio_percentiles_free(&l->printed);
	if (!l->samples)
		l->samples = from->bins.samples;
	if (from->bins.samples != l->samples)
		return input_error_set(
			r->json->error, INPUT_MEMBER, r->line, 0,
			"in the job that begins here: expected bins that add "
			"up to the %llu samples of \"%s.N\", found %llu",
			(unsigned long long)l->samples, r->path,
			(unsigned long long)from->bins.samples);
	fio_histogram_extremes(&from->bins, l->min_ns, l->max_ns);
	return fio_histogram_pack(&from->bins, &l->bins, &l->bins_size)
		       ? input_error_no_memory(r->json->error)
		       : 0;
}

/*
 * Whether a latency has samples. Without N and bins, their number is that of
 * the operations, because fio measures a latency of all operations or of none.
 */
static bool has_samples(struct read_latency *from, uint64_t total_ios)
{
	struct fio_latency *l = &from->latency;

	if (from->seen & 1u << LATENCY_N)
		return l->samples > 0;
	if (!(from->seen & 1u << LATENCY_BINS))
		l->samples = total_ios;
	return total_ios && (l->max_ns || l->min_ns);
}

/* Checks a latency, and moves it to *out. */
static int keep_latency(struct entry_reading *r, struct read_latency *from,
			uint64_t total_ios, struct fio_latency **out)
{
	int ret;

	if (!has_samples(from, total_ios))
		return 0;
	ret = check_needed(r, latency_members, from->seen);
	if (!ret)
		ret = check_moments(r, &from->latency);
	if (!ret && from->seen & 1u << LATENCY_BINS)
		ret = keep_bins(r, from);
	if (ret)
		return ret;
	*out = malloc(sizeof(**out));
	if (!*out)
		return input_error_no_memory(r->json->error);
	**out = from->latency;
	memset(&from->latency, 0, sizeof(from->latency));
	return 0;
}

/* Whether nothing was done in a direction, as mostly in three of the four. */
static bool is_idle(const struct read_side *side)
{
	const unsigned int counts = 1u << SIDE_IOS | 1u << SIDE_BYTES;

	return !side->there || ((side->seen & counts) == counts &&
				!side->side.total_ios && !side->side.io_bytes);
}

/* Checks a direction, and moves it to *out, unless it is idle. */
static int keep_side(struct entry_reading *r, struct read_side *from,
		     const char *name, struct fio_side **out)
{
	static const char *const names[] = {
		[FIO_CLAT] = "clat_ns",
		[FIO_LAT] = "lat_ns",
		[FIO_SLAT] = "slat_ns",
	};
	int ret;

	if (is_idle(from))
		return 0;
	snprintf(r->path, sizeof(r->path), "%s", name);
	ret = check_needed(r, side_members, from->seen);
	if (ret)
		return ret;
	*out = malloc(sizeof(**out));
	if (!*out)
		return input_error_no_memory(r->json->error);
	**out = from->side;
	for (int i = 0; i < FIO_LATENCIES && !ret; i++) {
		snprintf(r->path, sizeof(r->path), "%s.%s", name, names[i]);
		ret = keep_latency(r, &from->latency[i], from->side.total_ios,
				   &(*out)->latency[i]);
	}
	return ret;
}

/* Checks all that was read of an entry, and moves the directions into it. */
static int keep_all(struct entry_reading *r)
{
	struct fio_entry *entry = &r->entry;
	int ret;

	if (!entry->job)
		return 0;
	ret = check_needed(r, entry_members, r->seen);
	for (int i = 0; i < FIO_DIRECTIONS && !ret; i++) {
		/* With unified_rw_reporting=both it is the sum of the others.
		 */
		if (i == FIO_MIXED &&
		    (entry->side[FIO_READ] || entry->side[FIO_WRITE] ||
		     entry->side[FIO_TRIM]))
			continue;
		ret = keep_side(r, &r->side[i], fio_json_direction_name(i),
				&entry->side[i]);
	}
	return ret;
}

uint64_t fio_json_errors(const struct fio_entry *entry)
{
	/* Without continue_on_error the first one ends the job. */
	return entry->total_errors ? (uint64_t)entry->total_errors
				   : entry->error != 0;
}

uint64_t fio_json_samples(const struct fio_entry *entry,
			  enum fio_latency_kind kind)
{
	uint64_t samples = 0;

	for (int i = 0; i < FIO_DIRECTIONS; i++)
		if (entry->side[i] && entry->side[i]->latency[kind])
			samples += entry->side[i]->latency[kind]->samples;
	return samples;
}

int fio_latency_add_bins(struct fio_histogram *to,
			 const struct fio_latency *latency)
{
	return latency->has_bins ? fio_histogram_unpack(to, latency->bins,
							latency->bins_size)
				 : 0;
}

static void latency_free(struct fio_latency *latency)
{
	free(latency->bins);
	fio_percentiles_free(&latency->printed);
}

/* Reads what engines/fio/smallfile_keep.c puts in front of a description. */
static uint64_t run_in(const char *description)
{
	static const char begin[] = "fio-smallfile run=";

	return description && !strncmp(description, begin, strlen(begin))
		       ? strtoull(description + strlen(begin), NULL, 16)
		       : 0;
}

int fio_json_entry_read(struct fio_entry *entry, struct json_in *json)
{
	struct entry_reading r = { .json = json, .line = json->line + 1 };
	int ret;

	r.entry.line = r.line;
	r.entry.context_switches = -1;
	ret = read_members(&r, "", entry_members, &r, &r.seen);
	r.entry.run = run_in(r.description);
	free(r.description);
	if (!ret && keep_all(&r))
		ret = json->error->code == INPUT_NO_MEMORY ? -ENOMEM : -EBADMSG;
	*entry = r.entry;
	/* What was moved is zero here. */
	for (int i = 0; i < FIO_DIRECTIONS; i++)
		for (int k = 0; k < FIO_LATENCIES; k++) {
			fio_histogram_free(&r.side[i].latency[k].bins);
			latency_free(&r.side[i].latency[k].latency);
		}
	return ret;
}

struct options_reading {
	struct fio_options *options;
	struct json_in *json;
};

static int read_option(void *context, const char *name)
{
	const struct options_reading *r = context;
	struct fio_options *options = r->options;
	struct fio_option *option =
		array_add(&options->option, &options->count);
	struct json_value unused;

	if (option)
		option->name = strdup(name);
	if (!option || !option->name)
		return input_error_no_memory(r->json->error);
	return json_in_next(r->json) == '"'
		       ? json_in_string(r->json, &option->value)
		       : json_in_value(r->json, &unused);
}

int fio_options_read(struct fio_options *options, struct json_in *json)
{
	struct options_reading r = { options, json };

	return json_in_object(json, read_option, &r);
}

const char *fio_options_find(const struct fio_options *options,
			     const char *name)
{
	for (size_t i = options->count; i-- > 0;)
		if (!strcmp(options->option[i].name, name))
			return options->option[i].value;
	return NULL;
}

void fio_options_free(struct fio_options *options)
{
	for (size_t i = 0; i < options->count; i++) {
		free(options->option[i].name);
		free(options->option[i].value);
	}
	free(options->option);
	memset(options, 0, sizeof(*options));
}

void fio_json_entry_free(struct fio_entry *entry)
{
	for (int i = 0; i < FIO_DIRECTIONS; i++) {
		struct fio_side *side = entry->side[i];

		for (int k = 0; side && k < FIO_LATENCIES; k++) {
			if (side->latency[k])
				latency_free(side->latency[k]);
			free(side->latency[k]);
		}
		free(side);
	}
	free(entry->job);
	free(entry->section_name);
	free(entry->operation);
	free(entry->host);
	fio_options_free(&entry->options);
	memset(entry, 0, sizeof(*entry));
}
