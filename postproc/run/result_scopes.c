// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the log of each thread. fio numbers logs by the job's number in the
 * run, which its entries do not have. But logs and entries come in the order of
 * the jobs. So the k-th entry and the k-th log of a host and log prefix are of
 * the same thread. This holds if there are as many entries as logs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/inputs.h"
#include "run/result_scopes.h"
#include "stats/rate.h"
#include "util/array.h"

#define NS_PER_S 1e9L
#define MIB      1048576.0L

/* The logs of one prefix and host, a stretch of the sorted list. */
struct stretch {
	const struct log_times *log;
	size_t logs;
};

/* An entry, and its rank among those that write logs of the same name. */
struct logger {
	const struct tie *tie;
	size_t rank;
};

struct making {
	struct result *result;
	const struct fio_result *run;
	const struct log_times_list *logs;
};

struct rates rates_over(const struct phase *phase, long double units,
			const struct scope *scope, long double seconds)
{
	struct rates rates = { NAN, NAN, NAN };
	long double share =
		scope->units ? units / (long double)scope->units : 0;

	if (phase->is_part)
		return rates;
	rates.units_per_s = rate_per_s(units, seconds);
	if (scope->records && scope->records != RESULT_UNKNOWN)
		rates.records_per_s = rate_per_s(
			(long double)scope->records * share, seconds);
	if (phase->asked.moves_data)
		rates.mib_per_s = rate_per_s(
			(long double)scope->bytes * share / MIB, seconds);
	return rates;
}

static struct phase *find_phase(struct making *m, const struct fio_entry *entry)
{
	const char *operation = fio_json_operation(m->run, entry);
	struct result *result = m->result;
	struct phase *phase;

	for (size_t i = 0; i < result->phases; i++)
		if (!strcmp(result->phase[i].job, entry->job) &&
		    !strcmp(result->phase[i].operation, operation))
			return &result->phase[i];
	phase = array_add(&result->phase, &result->phases);
	if (!phase)
		return NULL;
	phase->job = entry->job;
	phase->section_name = fio_json_section_name(entry);
	phase->operation = operation;
	phase->is_part = entry->part;
	phase->share_percent = NAN;
	job_options_read(&phase->asked, m->run, entry);
	return phase;
}

static struct scope *add_thread(struct phase *phase,
				const struct fio_entry *entry)
{
	struct scope *scope = array_add(&phase->thread, &phase->threads);

	if (!scope)
		return NULL;
	scope->entry = entry;
	scope->host = fio_json_host(entry);
	scope->threads = 1;
	scope->fio_job = -1;
	scope->samples = scope->stonewalled_units = RESULT_UNKNOWN;
	scope->requested = phase->asked.units;
	scope->elapsed_s = scope->runtime_s = NAN;
	scope->whole = scope->stonewalled = (struct rates){ NAN, NAN, NAN };
	return scope;
}

/* Takes the figures of an entry from the JSON. */
static void take_entry(struct phase *phase, struct scope *scope,
		       const struct fio_entry *entry)
{
	uint64_t runtime_ms = 0;

	for (int d = 0; d < FIO_DIRECTIONS; d++) {
		const struct fio_side *side = entry->side[d];

		if (!side)
			continue;
		scope->units += side->total_ios;
		scope->bytes += side->io_bytes;
		if (side->runtime_ms > runtime_ms)
			runtime_ms = side->runtime_ms;
	}
	scope->errors = fio_json_errors(entry);
	scope->conflicts = entry->conflicts;
	scope->error =
		(int)(entry->first_error ? entry->first_error : entry->error);
	scope->records = phase->asked.unit_records == JOB_OPTIONS_UNKNOWN
				 ? RESULT_UNKNOWN
				 : scope->units * phase->asked.unit_records;
	if (runtime_ms)
		scope->runtime_s = (long double)runtime_ms / 1000;
	scope->elapsed_s = scope->runtime_s;
	scope->whole = rates_over(phase, scope->units, scope, scope->elapsed_s);
}

/*
 * If more was done than was asked for, the number asked for is unknown. fio
 * leaves some options out of its JSON, such as time_based without a value.
 */
static void forget_requested(const struct phase *phase, struct scope *scope)
{
	if (!phase->asked.noted && scope->requested != RESULT_UNKNOWN &&
	    scope->units > scope->requested)
		scope->requested = RESULT_UNKNOWN;
}

static void take_log(struct scope *scope, const struct log_times *log)
{
	scope->fio_job = log->name->fio_job;
	scope->samples = log->samples;
	scope->timed = log->samples && log->absolute;
	scope->log = log->samples ? log : NULL;
	if (scope->timed) {
		scope->start_ns = log->start_ns;
		scope->end_ns = log->end_ns;
	}
}

static int compare_log(const struct log_times *log, const char *prefix,
		       const char *host)
{
	int order = strcmp(log->name->operation, prefix);

	return order ? order : strcmp(log->name->host, host);
}

static struct stretch find_logs(const struct log_times_list *logs,
				const char *prefix, const char *host)
{
	size_t low = 0, high = logs->count;
	struct stretch s = { 0 };

	if (!logs->count)
		return s;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_log(&logs->log[middle], prefix, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	s.log = logs->log + low;
	while (low + s.logs < logs->count &&
	       !compare_log(&s.log[s.logs], prefix, host))
		s.logs++;
	return s;
}

static void check_samples(struct making *m, const struct fio_entry *entry,
			  uint64_t units, uint64_t samples, const char *where)
{
	if (job_options_may_differ(m->run, entry, units, samples))
		return;
	m->result->mixed |= samples > units;
	notes_add(&m->result->invalid,
		  "%s, host %s: %llu operations were done, but %s %llu: "
		  "samples are %s",
		  entry->job, fio_json_host(entry), (unsigned long long)units,
		  where, (unsigned long long)samples,
		  samples < units
			  ? "lost"
			  : "of another run, too; " INPUTS_ONE_RUN_ADVICE);
}

/* Splits an entry that stands for a group of threads, one scope for each log.
 */
static int split_group(struct making *m, struct phase *phase,
		       const struct fio_entry *entry, const struct scope *group,
		       struct stretch s)
{
	uint64_t samples = 0;

	for (size_t i = 0; i < s.logs; i++) {
		const struct log_times *log = &s.log[i];
		struct scope *scope = add_thread(phase, entry);
		long double share;

		if (!scope)
			return -ENOMEM;
		take_log(scope, log);
		samples += scope->units = log->samples;
		share = group->units ? (long double)scope->units /
					       (long double)group->units
				     : 0;
		scope->bytes = (uint64_t)(share * (long double)group->bytes);
		scope->records =
			phase->asked.unit_records == JOB_OPTIONS_UNKNOWN
				? RESULT_UNKNOWN
				: scope->units * phase->asked.unit_records;
		/* Nobody knows which thread failed. The first gets all. */
		scope->errors = i ? 0 : group->errors;
		scope->error = i ? 0 : group->error;
		scope->runtime_s = group->runtime_s;
		/* A log's times are rounded. The group took no longer. */
		if (log->samples)
			scope->elapsed_s = fminl(
				(long double)(log->end_ns - log->start_ns) /
					NS_PER_S,
				group->runtime_s);
		scope->whole = rates_over(phase, scope->units, scope,
					  scope->elapsed_s);
	}
	check_samples(m, entry, group->units, samples, "its logs have");
	return 0;
}

static int take_group(struct making *m, struct phase *phase,
		      const struct fio_entry *entry, struct stretch s)
{
	struct scope *scope = add_thread(phase, entry), group;

	if (!scope)
		return -ENOMEM;
	take_entry(phase, scope, entry);
	scope->threads = phase->asked.threads;
	if (scope->requested != RESULT_UNKNOWN)
		scope->requested *= scope->threads;
	forget_requested(phase, scope);
	scope->thread = -1;
	if (s.logs != phase->asked.threads)
		return 0;
	group = *scope;
	phase->threads--;
	return split_group(m, phase, entry, &group, s);
}

static void check_logs_there(struct making *m, const struct fio_entry *entry,
			     struct stretch s, size_t entries)
{
	const char *job = entry->job, *host = fio_json_host(entry);

	if (s.logs < entries) {
		notes_add(&m->result->invalid,
			  "%s, host %s: expected %zu logs, one a thread, found "
			  "%zu: samples are lost (or not given: name all logs)",
			  job, host, entries, s.logs);
		return;
	}
	m->result->mixed = true;
	notes_add(&m->result->invalid,
		  "%s, host %s: expected %zu log%s, one a thread, found %zu, "
		  "%s to %s: some are of another run; " INPUTS_ONE_RUN_ADVICE,
		  job, host, entries, entries == 1 ? "" : "s", s.logs,
		  s.log[0].path, s.log[s.logs - 1].path);
}

static int take_thread(struct making *m, struct phase *phase,
		       const struct fio_entry *entry, struct stretch s,
		       const struct logger *logger)
{
	struct scope *scope = add_thread(phase, entry);

	if (!scope)
		return -ENOMEM;
	take_entry(phase, scope, entry);
	forget_requested(phase, scope);
	if (!s.logs)
		return 0;
	/* With per_job_logs=0, one log has the samples of all threads. */
	if (s.logs == 1 && s.log->name->fio_job == LOG_FIO_JOB_UNKNOWN)
		return 0;
	if (s.logs != logger->tie->entries) {
		if (!logger->rank)
			check_logs_there(m, entry, s, logger->tie->entries);
		return 0;
	}
	take_log(scope, &s.log[logger->rank]);
	check_samples(m, entry, scope->units, scope->samples, "its log has");
	return 0;
}

static bool is_left_out(const struct making *m, const struct logger *logger)
{
	const struct notes *left_out = m->logs->left_out;

	for (size_t i = 0; left_out && i < left_out->count; i++)
		if (!strcmp(left_out->text[i], logger->tie->prefix))
			return true;
	return false;
}

/* Reports an entry that writes logs if logs were given, but none of its own. */
static void check_given(struct making *m, const struct phase *phase,
			const struct logger *logger, struct stretch s)
{
	const struct fio_entry *entry = logger->tie->entry[logger->rank];

	if (m->logs->count && !phase->logs_left_out && phase->asked.logs &&
	    !phase->asked.log_guessed && !s.logs && !logger->rank)
		notes_add(&m->result->invalid,
			  "%s, host %s: expected logs %s_clat.N.log, found "
			  "none: samples are lost (or not given: name all "
			  "logs)",
			  entry->job, fio_json_host(entry),
			  phase->asked.log_prefix);
}

static int take(struct making *m, const struct logger *logger)
{
	const struct fio_entry *entry = logger->tie->entry[logger->rank];
	struct phase *phase = find_phase(m, entry);
	size_t before = m->result->invalid.count;
	struct stretch s = { 0 };
	int ret;

	if (!phase)
		return -ENOMEM;
	if (phase->asked.logs) {
		s = find_logs(m->logs, logger->tie->prefix,
			      fio_json_host(entry));
		phase->logs_left_out |= is_left_out(m, logger);
	}
	check_given(m, phase, logger, s);
	if (phase->asked.grouped && phase->asked.threads > 1)
		ret = take_group(m, phase, entry, s);
	else
		ret = take_thread(m, phase, entry, s, logger);
	phase->invalid |= m->result->invalid.count > before;
	return ret;
}

static int compare_threads(const void *a, const void *b)
{
	const struct scope *l = a, *r = b;
	int order = strverscmp(l->host, r->host);

	if (!order)
		order = strcmp(l->host, r->host);
	/* `thread` is still the order of the entries here. */
	return order ? order
		     : (l->thread > r->thread) - (l->thread < r->thread);
}

/* Sorts threads by host, and numbers those of each host. */
static void number_threads(struct phase *phase)
{
	struct scope *scope = phase->thread;
	long number = 0;

	for (size_t i = 0; i < phase->threads; i++)
		scope[i].thread = (long)i;
	qsort(scope, phase->threads, sizeof(*scope), compare_threads);
	for (size_t i = 0; i < phase->threads; i++) {
		if (i && strcmp(scope[i].host, scope[i - 1].host) != 0)
			number = 0;
		scope[i].thread = scope[i].threads > 1 ? -1 : number;
		number += (long)scope[i].threads;
	}
}

int result_scopes_make(struct result *result, const struct fio_results *read,
		       const struct log_times_list *logs)
{
	const struct fio_result *run = read->result;
	struct making m = { result, run, logs };
	struct logger *logger = calloc(run->entries + 1, sizeof(*logger));
	int ret = 0;

	if (!logger)
		return -ENOMEM;
	for (size_t i = 0; i < read->ties; i++) {
		const struct tie *tie = &read->tie[i];

		for (size_t k = 0; k < tie->entries; k++)
			logger[tie->entry[k] - run->entry] =
				(struct logger){ tie, k };
	}
	/* Phases are in the order of the entries. */
	for (size_t i = 0; i < run->entries && !ret; i++)
		ret = take(&m, &logger[i]);
	for (size_t i = 0; i < result->phases && !ret; i++)
		number_threads(&result->phase[i]);
	free(logger);
	return ret;
}
