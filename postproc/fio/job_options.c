// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fio/job_options.h"
#include "op/operation.h"

#define ENGINE              "fio-smallfile.so"
#define FILES_DEFAULT       200
#define FILES_PER_DIR       100
#define FILE_SIZE_DEFAULT   (64u << 10)
#define RECORD_SIZE_DEFAULT (1u << 20)

struct options {
	const struct fio_result *result;
	const struct fio_entry *entry;
};

static const char *text(const struct options *o, const char *name)
{
	return fio_json_option(o->result, o->entry, name);
}

/*
 * Reads a size or count as fio does with its default kb_base: digits, and then
 * one of k, m, g, t, p in either case, for a power of 1024. Returns 0, or
 * -EINVAL with *value untouched.
 */
static int read_size(const char *s, uint64_t *value)
{
	static const char units[] = "kmgtp";
	unsigned long long n;
	unsigned int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (*end) {
		const char *unit = strchr(units, tolower((unsigned char)*end));

		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (errno || n > UINT64_MAX >> 1 >> shift)
		return -EINVAL;
	*value = (uint64_t)n << shift;
	return 0;
}

/*
 * Reads an option that is a number. *value keeps its default where the option
 * is not given. False: the option is no number.
 */
static bool number(const struct options *o, const char *name, uint64_t *value)
{
	const char *s = text(o, name);

	return !s || !read_size(s, value);
}

/* Whether a flag is set. fio repeats a set flag with no value, or with 1. */
static bool flag(const struct options *o, const char *name)
{
	const char *s = text(o, name);

	return s && strcmp(s, "0") != 0;
}

static bool has_one_of(const struct options *o, const char *const *names)
{
	for (; *names; names++)
		if (text(o, *names))
			return true;
	return false;
}

struct sizes {
	uint64_t low, high;
};

/* Reads filesize=, such as "64k" or "4k-64k". */
static bool file_sizes(const struct options *o, struct sizes *sizes)
{
	const char *s = text(o, "filesize");
	char low[32];
	const char *dash = s ? strchr(s, '-') : NULL;

	sizes->low = sizes->high = FILE_SIZE_DEFAULT;
	if (!s)
		return true;
	if (!dash) {
		if (read_size(s, &sizes->high))
			return false;
		sizes->low = sizes->high;
		return true;
	}
	if ((size_t)(dash - s) >= sizeof(low))
		return false;
	memcpy(low, s, (size_t)(dash - s));
	low[dash - s] = '\0';
	return !read_size(low, &sizes->low) &&
	       !read_size(dash + 1, &sizes->high);
}

static uint64_t records_of(const struct options *o)
{
	const char *distribution = text(o, "size_distribution");
	uint64_t record = 0;
	struct sizes sizes;

	if (flag(o, "empty"))
		return 0;
	if (!file_sizes(o, &sizes) || !number(o, "bs", &record) ||
	    (distribution && !strncmp(distribution, "table:", 6)))
		return JOB_OPTIONS_UNKNOWN;
	if (!record && sizes.high > RECORD_SIZE_DEFAULT)
		record = RECORD_SIZE_DEFAULT;
	if (!record || record >= sizes.high)
		return sizes.high ? 1 : JOB_OPTIONS_UNKNOWN;
	if (sizes.low != sizes.high ||
	    (distribution && strcmp(distribution, "fixed")))
		return JOB_OPTIONS_UNKNOWN;
	return (sizes.high + record - 1) / record;
}

static uint64_t files_of(const struct options *o)
{
	uint64_t files = FILES_DEFAULT, size;
	struct sizes sizes;

	/* The engine counts those of a tree. */
	if (!text(o, "files") && text(o, "tree"))
		return JOB_OPTIONS_UNKNOWN;
	if (text(o, "files") || !text(o, "size"))
		return number(o, "files", &files) ? files : JOB_OPTIONS_UNKNOWN;
	if (read_size(text(o, "size"), &size) || !file_sizes(o, &sizes) ||
	    sizes.low != sizes.high || !sizes.high)
		return JOB_OPTIONS_UNKNOWN;
	return size / sizes.high;
}

static uint64_t directories_of(const struct options *o, uint64_t files)
{
	const char *tops = text(o, "directory");
	const char *turns = text(o, "directory_turns");
	uint64_t per_dir = FILES_PER_DIR, n;

	if (flag(o, "hash_into_dirs") || text(o, "tree") ||
	    files == JOB_OPTIONS_UNKNOWN ||
	    !number(o, "files_per_dir", &per_dir) || !per_dir)
		return JOB_OPTIONS_UNKNOWN;
	n = files / per_dir + 1;
	if (turns && !strcmp(turns, "threads"))
		return n;
	for (uint64_t one = n; tops && (tops = strchr(tops, ':')); tops++)
		n += one;
	return n;
}

static uint64_t units_of(const struct options *o, enum job_unit unit)
{
	/* Options that make another number than whole passes over the files. */
	static const char *const unclear[] = { "io_size", "io_limit", NULL };
	uint64_t units = files_of(o), loops = 1, limit = 0;

	if (unit == JOB_UNIT_DIRECTORIES)
		units = directories_of(o, units);
	/* In a client's run the options of a section are not known. */
	if (o->result->clients && !text(o, "files"))
		return JOB_OPTIONS_UNKNOWN;
	if (unit == JOB_UNIT_IOS || units == JOB_OPTIONS_UNKNOWN ||
	    flag(o, "time_based") || has_one_of(o, unclear) ||
	    !number(o, "loops", &loops) || !number(o, "number_ios", &limit))
		return JOB_OPTIONS_UNKNOWN;
	if (!loops)
		loops = 1;
	if (__builtin_mul_overflow(units, loops, &units))
		return JOB_OPTIONS_UNKNOWN;
	return limit && limit < units ? limit : units;
}

static bool is_ours(const struct options *o)
{
	const char *engine = text(o, "ioengine");

	return engine && strstr(engine, ENGINE);
}

/* Whether fio averages its logs. Then a line of a log is not an operation. */
static bool averages_logs(const struct options *o)
{
	return text(o, "log_avg_msec") || text(o, "log_window_value");
}

/* Fills *asked from the engine's note about the section. */
static void take_note(struct job_options *asked, const struct engine_note *note,
		      const struct options *o)
{
	const struct operation *operation = operation_find(note->operation);

	asked->unit = !*note->operation ? JOB_UNIT_IOS
		      : operation && operation->unit == UNIT_DIR
			      ? JOB_UNIT_DIRECTORIES
			      : JOB_UNIT_FILES;
	asked->units = note->units;
	asked->unit_records = note->unit_records;
	asked->moves_data = asked->unit == JOB_UNIT_IOS ||
			    (operation && operation->moves_data);
	asked->threads = note->threads;
	asked->grouped = note->grouped;
	asked->log_prefix = *note->log ? note->log : NULL;
	asked->logs = asked->log_prefix && !averages_logs(o);
	asked->noted = true;
	asked->time_based = note->time_based;
	asked->early = note->early;
	asked->runtime_ms = note->runtime_ms;
	asked->ramp_ms = note->ramp_ms;
	asked->hosts = note->hosts;
	asked->rate = note->rate;
	asked->scheduled = note->scheduled;
	asked->turns = note->turns;
}

/*
 * Reads a duration such as "30", "30s", "500ms" or "2m", in ms. 0: it is not
 * given. JOB_OPTIONS_UNKNOWN: it cannot be read.
 */
static uint64_t duration_of(const struct options *o, const char *name)
{
	static const struct {
		const char *unit;
		double ms;
	} rows[] = { { "", 1e3 },  { "s", 1e3 },  { "ms", 1 },   { "us", 1e-3 },
		     { "m", 6e4 }, { "h", 36e5 }, { "d", 864e5 } };
	const char *s = text(o, name);
	char *end;
	double n;

	if (!s)
		return 0;
	n = strtod(s, &end);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (end != s && !strcasecmp(end, rows[i].unit) && n >= 0 &&
		    n * rows[i].ms < 1e15)
			return (uint64_t)(n * rows[i].ms);
	return JOB_OPTIONS_UNKNOWN;
}

bool job_options_is_group(const struct fio_result *result,
			  const struct fio_entry *entry)
{
	const struct options o = { result, entry };
	uint64_t threads = 1;

	return flag(&o, "group_reporting") ||
	       (number(&o, "numjobs", &threads) && threads > 1 &&
		entry->siblings == 1);
}

bool job_options_names_another(const struct fio_result *result,
			       const struct fio_entry *entry)
{
	static const char ours[] = "smallfile-";
	const char *operation = fio_json_option(result, entry, "operation");
	const char *job = fio_json_section_name(entry);

	if (!strncmp(job, ours, strlen(ours)))
		job += strlen(ours);
	return operation && strcmp(job, operation) != 0 && operation_find(job);
}

uint64_t job_options_depth(const struct fio_result *result,
			   const struct fio_entry *entry)
{
	const struct options o = { result, entry };
	uint64_t depth = 1;

	return number(&o, "iodepth", &depth) && depth ? depth : 1;
}

/* Reads the limits of a job from the options that fio repeats. */
static void take_limits(struct job_options *asked, const struct options *o)
{
	static const char *const early[] = {
		"io_size", "io_limit",       "number_ios",  "steadystate", "ss",
		"exitall", "latency_target", "max_latency", "exit_what",   NULL,
	};

	asked->time_based = flag(o, "time_based");
	asked->early = has_one_of(o, early);
	asked->runtime_ms = duration_of(o, "runtime");
	asked->ramp_ms = duration_of(o, "ramp_time");
}

/*
 * An operation of a mix: how many there are is drawn, which may be none at all,
 * and logs tell none. Or a part of an operation, "OPERATION.PART", which moves
 * no data of its own.
 */
static void take_part(struct job_options *asked, const struct fio_entry *entry)
{
	const struct operation *operation;
	char name[NOTE_FIELD_MAX];

	snprintf(name, sizeof(name), "%.*s",
		 (int)strcspn(entry->operation, "."), entry->operation);
	operation = operation_find(name);
	if (operation && operation->unit == UNIT_DIR)
		asked->unit = JOB_UNIT_DIRECTORIES;
	asked->moves_data = operation && operation->moves_data && !entry->part;
	asked->units = JOB_OPTIONS_UNKNOWN;
	asked->unit_records = asked->moves_data ? JOB_OPTIONS_UNKNOWN : 0;
	asked->time_based = false;
	asked->runtime_ms = 0;
	asked->rate = 0;
	asked->scheduled = false;
	asked->logs = false;
	asked->log_prefix = NULL;
}

void job_options_read(struct job_options *asked,
		      const struct fio_result *result,
		      const struct fio_entry *entry)
{
	const struct options o = { result, entry };
	const struct operation *operation = NULL;
	const struct engine_note *note = fio_json_section(result, entry);
	bool ours = is_ours(&o);

	memset(asked, 0, sizeof(*asked));
	if (note) {
		take_note(asked, note, &o);
		if (entry->operation)
			take_part(asked, entry);
		return;
	}
	asked->threads = 1;
	if (!number(&o, "numjobs", &asked->threads) || !asked->threads)
		asked->threads = 1;
	asked->grouped = job_options_is_group(result, entry);
	asked->log_prefix = text(&o, "write_lat_log");
	asked->logs = asked->log_prefix && !averages_logs(&o);
	take_limits(asked, &o);
	number(&o, "gate_hosts", &asked->hosts);
	if (!asked->log_prefix && result->clients) {
		asked->log_prefix = fio_json_section_name(entry);
		asked->log_guessed = asked->logs = true;
	}
	if (ours)
		operation = operation_find(fio_json_operation(result, entry));
	asked->unit = !ours ? JOB_UNIT_IOS
		      : operation && operation->unit == UNIT_DIR
			      ? JOB_UNIT_DIRECTORIES
			      : JOB_UNIT_FILES;
	asked->moves_data = !ours || (operation && operation->moves_data);
	asked->units = units_of(&o, asked->unit);
	asked->unit_records = !ours               ? 1
			      : asked->moves_data ? records_of(&o)
						  : 0;
}

enum job_unit job_unit_of(const char *operation)
{
	const struct operation *ours = operation_find(operation);

	return !ours                    ? JOB_UNIT_IOS
	       : ours->unit == UNIT_DIR ? JOB_UNIT_DIRECTORIES
					: JOB_UNIT_FILES;
}

const char *job_unit_name(enum job_unit unit, bool many)
{
	static const char *const names[][2] = {
		[JOB_UNIT_FILES] = { "file", "files" },
		[JOB_UNIT_DIRECTORIES] = { "directory", "directories" },
		[JOB_UNIT_IOS] = { "operation", "operations" },
	};

	return names[unit][many];
}

bool job_options_may_differ(const struct fio_result *result,
			    const struct fio_entry *entry, uint64_t units,
			    uint64_t samples)
{
	static const char *const target[] = { "latency_target", NULL };
	const struct options o = { result, entry };
	struct job_options asked;
	uint64_t in_flight;

	job_options_read(&asked, result, entry);
	in_flight = job_options_depth(result, entry) *
		    (asked.grouped ? asked.threads : 1);
	if (samples > units)
		return asked.ramp_ms && samples - units <= in_flight;
	return samples == units || asked.turns ||
	       (has_one_of(&o, target) && units - samples <= in_flight);
}
