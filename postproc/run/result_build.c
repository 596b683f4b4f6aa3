// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/result.h"
#include "run/result_scopes.h"
#include "stats/rate.h"
#include "run/whole.h"

#define NS_PER_S 1e9L

static uint64_t add_known(uint64_t a, uint64_t b)
{
	return a == RESULT_UNKNOWN || b == RESULT_UNKNOWN ? RESULT_UNKNOWN
							  : a + b;
}

/* Adds rates up. With an unknown rate (NAN), the sum is unknown. */
static void add_rates(struct rates *to, const struct rates *from)
{
	to->units_per_s += from->units_per_s;
	to->records_per_s += from->records_per_s;
	to->mib_per_s += from->mib_per_s;
}

static struct scope empty_scope(const char *host)
{
	return (struct scope){
		.host = host,
		.thread = -1,
		.fio_job = -1,
		.timed = true,
		.start_ns = INT64_MAX,
		.end_ns = INT64_MIN,
		.elapsed_s = NAN,
		.runtime_s = NAN,
	};
}

static void add_scope(struct scope *to, const struct scope *from)
{
	to->threads += from->threads;
	to->units += from->units;
	to->bytes += from->bytes;
	to->records = add_known(to->records, from->records);
	to->requested = add_known(to->requested, from->requested);
	to->samples = add_known(to->samples, from->samples);
	to->errors += from->errors;
	to->conflicts += from->conflicts;
	if (!to->error)
		to->error = from->error;
	/* fmaxl() of a number and NAN is the number. */
	to->runtime_s = fmaxl(to->runtime_s, from->runtime_s);
	to->elapsed_s = to->runtime_s;
	to->timed &= from->timed;
	if (from->timed && from->start_ns < to->start_ns)
		to->start_ns = from->start_ns;
	if (from->timed && from->end_ns > to->end_ns)
		to->end_ns = from->end_ns;
	to->stonewalled_units =
		add_known(to->stonewalled_units, from->stonewalled_units);
	add_rates(&to->stonewalled, &from->stonewalled);
}

static void finish_scope(const struct phase *phase, struct scope *scope)
{
	scope->whole = rates_over(phase, scope->units, scope, scope->elapsed_s);
	if (phase->timed)
		return;
	scope->stonewalled_units = RESULT_UNKNOWN;
	scope->stonewalled = (struct rates){ NAN, NAN, NAN };
}

static int make_totals(struct phase *phase)
{
	phase->host = calloc(phase->threads + 1, sizeof(*phase->host));
	if (!phase->host)
		return -ENOMEM;
	phase->cluster = empty_scope(NULL);
	for (size_t i = 0; i < phase->threads; i++) {
		const struct scope *thread = &phase->thread[i];
		struct scope *host =
			phase->hosts ? &phase->host[phase->hosts - 1] : NULL;

		if (!host || strcmp(host->host, thread->host) != 0) {
			host = &phase->host[phase->hosts++];
			*host = empty_scope(thread->host);
		}
		add_scope(host, thread);
		add_scope(&phase->cluster, thread);
	}
	for (size_t i = 0; i < phase->hosts; i++)
		finish_scope(phase, &phase->host[i]);
	finish_scope(phase, &phase->cluster);
	return 0;
}

static void stonewall_thread(const struct phase *phase, struct scope *scope)
{
	long double seconds;

	scope->stonewalled_units =
		log_times_by(scope->log, phase->first_end_ns + scope->ahead_ns);
	seconds =
		(long double)(phase->first_end_ns - scope->start_ns) / NS_PER_S;
	scope->stonewalled =
		rates_over(phase, scope->stonewalled_units, scope, seconds);
	/* This thread began after another had ended, and did nothing before. */
	if (!(seconds > 0))
		scope->stonewalled = (struct rates){
			0,
			scope->records && scope->records != RESULT_UNKNOWN
				? 0
				: NAN,
			phase->asked.moves_data ? 0 : NAN,
		};
}

/* Computes how far apart the threads began and ended. */
static void measure_times(struct phase *phase)
{
	int64_t first_start = INT64_MAX, last_start = INT64_MIN;
	int64_t first_end = INT64_MAX, last_end = INT64_MIN;
	int64_t all = 0;

	phase->timed = phase->threads > 0;
	for (size_t i = 0; i < phase->threads; i++) {
		const struct scope *p = &phase->thread[i];

		phase->timed &= p->timed;
		if (p->start_ns < first_start)
			first_start = p->start_ns;
		if (p->start_ns > last_start)
			last_start = p->start_ns;
		if (p->end_ns < first_end)
			first_end = p->end_ns;
		if (p->end_ns > last_end)
			last_end = p->end_ns;
	}
	phase->start_skew_s = phase->finish_skew_s = phase->overlap_percent =
		NAN;
	if (!phase->timed)
		return;
	phase->first_end_ns = first_end;
	phase->start_skew_s =
		(long double)(last_start - first_start) / NS_PER_S;
	phase->finish_skew_s = (long double)(last_end - first_end) / NS_PER_S;
	if (first_end > last_start)
		all = first_end - last_start;
	if (last_end > first_start)
		phase->overlap_percent = 100.0L * (long double)all /
					 (long double)(last_end - first_start);
}

static int find_clocks(struct phase *phase, const struct fio_result *run)
{
	const struct engine_notes *clocks = &run->notes[NOTE_CLOCK];

	phase->clock = calloc(clocks->count + 1, sizeof(struct engine_note *));
	if (!phase->clock)
		return -ENOMEM;
	for (size_t i = 0; i < clocks->count; i++)
		if (!strcmp(clocks->note[i].job, phase->section_name))
			phase->clock[phase->clocks++] = &clocks->note[i];
	return 0;
}

/* Moves the times of all threads to the reference clock. */
static void correct_times(const struct fio_result *run, struct phase *phase)
{
	const struct scope *before = NULL;

	for (size_t i = 0; i < phase->threads && phase->clocks; i++) {
		struct scope *scope = &phase->thread[i];

		/* The threads of a host follow each other. */
		scope->ahead_ns =
			before && !strcmp(before->host, scope->host)
				? before->ahead_ns
				: fio_json_ahead_ns(run, phase->section_name,
						    scope->host);
		before = scope;
		if (!scope->timed)
			continue;
		scope->start_ns -= scope->ahead_ns;
		scope->end_ns -= scope->ahead_ns;
	}
}

/* Finds pauses by --status-interval, of `count` threads from `thread` on. */
static int count_pauses(struct pauses *pauses, const struct fio_result *run,
			const struct scope *thread, size_t count)
{
	const struct fio_entry **entry = calloc(count + 1, sizeof(*entry));
	int ret;

	if (!entry)
		return -ENOMEM;
	/* Threads of a group have one entry, and follow each other. */
	for (size_t i = 0; i < count; i++)
		entry[i] = thread[i].entry;
	ret = pauses_of_status(pauses, run, entry, count);
	free(entry);
	return ret;
}

/*
 * Finds the pauses that all `count` threads of a scope, from `thread` on,
 * share.
 */
static int find_pauses(struct pauses *pauses, const struct fio_result *run,
		       const struct scope *thread, size_t count, uint64_t units)
{
	struct pause_thread *threads = calloc(count + 1, sizeof(*threads));
	size_t logs = 0;
	int ret;

	if (!threads)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!thread[i].log)
			continue;
		threads[logs++] = (struct pause_thread){
			&thread[i].log->activity,
			thread[i].ahead_ns,
		};
	}
	ret = pauses_find(pauses, threads, logs == count ? count : 0, units);
	free(threads);
	if (!ret && !pauses->known && run->statuses > 1 && count &&
	    !thread->entry->operation)
		ret = count_pauses(pauses, run, thread, count);
	return ret;
}

/* Counts from the start of the phase, where that is known. */
static void set_origin(const struct phase *phase, struct pauses *pauses)
{
	const struct pauses *all = &phase->cluster.pauses;

	if (all->known && !all->by_status && pauses->count)
		pauses->longest_from_ns += pauses->start_ns - all->start_ns;
}

/* Finds the pauses of all scopes. The threads of one host follow each other. */
static int find_all_pauses(struct phase *phase, const struct fio_result *run)
{
	struct scope *all = &phase->cluster, *thread = phase->thread;
	size_t first = 0;
	int ret = find_pauses(&all->pauses, run, thread, phase->threads,
			      all->units);

	for (size_t i = 0; i < phase->hosts && !ret; i++) {
		struct scope *host = &phase->host[i];
		size_t end = first;

		while (end < phase->threads &&
		       !strcmp(thread[end].host, host->host))
			end++;
		ret = find_pauses(&host->pauses, run, &thread[first],
				  end - first, host->units);
		set_origin(phase, &host->pauses);
		first = end;
	}
	for (size_t i = 0; i < phase->threads && !ret; i++) {
		ret = find_pauses(&thread[i].pauses, run, &thread[i], 1,
				  thread[i].units);
		set_origin(phase, &thread[i].pauses);
	}
	return ret;
}

static int finish_phase(struct phase *phase, const struct fio_result *run)
{
	int ret = find_clocks(phase, run);

	if (ret)
		return ret;
	correct_times(run, phase);
	measure_times(phase);
	for (size_t i = 0; i < phase->threads && phase->timed; i++)
		stonewall_thread(phase, &phase->thread[i]);
	ret = make_totals(phase);
	return ret ? ret : find_all_pauses(phase, run);
}

long double scope_done_percent(const struct scope *scope)
{
	if (scope->requested == RESULT_UNKNOWN || !scope->requested)
		return NAN;
	return 100.0L * (long double)scope->units /
	       (long double)scope->requested;
}

long double scope_stonewalled_percent(const struct scope *scope)
{
	if (scope->requested == RESULT_UNKNOWN || !scope->requested ||
	    scope->stonewalled_units == RESULT_UNKNOWN)
		return NAN;
	return 100.0L * (long double)scope->stonewalled_units /
	       (long double)scope->requested;
}

void result_mark_all(struct result *result)
{
	for (size_t i = 0; i < result->phases; i++)
		result->phase[i].invalid = true;
}

static void check_errors(struct result *result, struct phase *phase)
{
	for (size_t i = 0; i < phase->threads; i++) {
		const struct scope *p = &phase->thread[i];

		if (!p->errors)
			continue;
		phase->invalid = true;
		notes_add(&result->invalid,
			  "%s, host %s, thread %02ld: %llu operation%s "
			  "failed: %s",
			  phase->job, p->host, p->thread < 0 ? 0 : p->thread,
			  (unsigned long long)p->errors,
			  p->errors == 1 ? "" : "s", strerror(p->error));
	}
}

/*
 * Checks how much was done. A phase that is too short gives no rate, because
 * fio counts whole milliseconds. Nor do these tell when the first thread had
 * finished. If the others ended then (exitall=), they have done little, because
 * threads start a millisecond or so apart.
 */
static void check_done(struct result *result, struct phase *phase,
		       long double min_percent)
{
	size_t before = result->too_small.count;
	const char *units = job_unit_name(phase->asked.unit, true);
	long double whole = scope_done_percent(&phase->cluster);
	long double walled = scope_stonewalled_percent(&phase->cluster);
	bool short_of_rate =
		!(phase->cluster.elapsed_s * 1000 >= RATE_LEAST_MS);

	/* What is said of an operation holds for its parts. */
	if (phase->is_part)
		return;
	if (!phase->cluster.units)
		notes_add(&result->too_small, "%s: nothing was done",
			  phase->job);
	else if (whole < min_percent && !(short_of_rate && phase->asked.early))
		notes_add(&result->too_small,
			  "%s: %.2Lf %% of the %s asked for were done, "
			  "expected at least %.4Lg: the run was cut short "
			  "(runtime=, an error, a signal)",
			  phase->job, whole, units, min_percent);
	else if (short_of_rate)
		phase->too_short = true;
	else if (walled < min_percent)
		notes_add(&result->too_small,
			  "%s: %.2Lf %% of the %s were done when the first "
			  "thread had finished, expected at least %.4Lg: the "
			  "threads did not work together; give each more %s",
			  phase->job, walled, units, min_percent, units);
	phase->too_small = result->too_small.count > before;
}

bool phase_is_within(const struct phase *phase)
{
	/* A phase of a history has no entries. */
	return phase->threads && phase->thread->entry &&
	       phase->thread->entry->operation;
}

static void tell_untold(struct result *result, const struct phase *phase,
			size_t logs, bool kept)
{
	const struct scope *all = &phase->cluster;

	/* What is not known of it is not known of the other. */
	if (phase_is_within(phase))
		return;
	/* The spools of hosts have no logs. */
	if (kept)
		notes_add(&result->untold,
			  "%s: stonewalled rates, skew and overlap need logs, "
			  "and hosts keep none",
			  phase->job);
	else if (phase->logs_left_out)
		notes_add(&result->untold,
			  "%s: stonewalled rates, skew and overlap need logs, "
			  "and those of it were left out",
			  phase->job);
	else if (!logs)
		notes_add(&result->untold,
			  "%s: stonewalled rates, skew, overlap and lost "
			  "samples need logs (write_lat_log=NAME and "
			  "log_unix_epoch=1 in the job file): smallfio result "
			  "OUT.json LOG...",
			  phase->job);
	else if (!phase->timed && phase->asked.logs)
		notes_add(&result->untold,
			  "%s: stonewalled rates, skew and overlap need a log "
			  "of each thread, with times since 1970 "
			  "(log_unix_epoch=1 and per_job_logs=1 in the job "
			  "file)",
			  phase->job);
	else if (!phase->timed)
		notes_add(&result->untold,
			  "%s: stonewalled rates, skew and overlap need logs: "
			  "write_lat_log=NAME in this section",
			  phase->job);
	else if (!phase->too_short && isnan(all->stonewalled.units_per_s))
		notes_add(&result->untold,
			  "%s: the stonewalled rate: until the first thread "
			  "had finished, another had worked for less than "
			  "%d ms; give each thread more %s",
			  phase->job, RATE_LEAST_MS,
			  job_unit_name(phase->asked.unit, true));
	if (all->requested == RESULT_UNKNOWN)
		notes_add(&result->untold, "%s: the share done is unknown: %s",
			  phase->job,
			  phase->asked.unit == JOB_UNIT_IOS
				  ? "it is known of our own engines only"
				  : "the job was limited by time, or by "
				    "options that smallfio does not follow");
}

static bool is_compared(const struct phase *phase, const char *host)
{
	for (size_t i = 0; i < phase->clocks; i++)
		if (!strcmp(phase->clock[i]->host, host))
			return true;
	return false;
}

/* Tells if several hosts have times, and some clocks were not compared. */
static void tell_clocks(struct result *result, const struct phase *phase)
{
	const char *first = NULL;
	size_t unknown = 0;

	for (size_t i = 0; phase->timed && i < phase->hosts; i++)
		if (!is_compared(phase, phase->host[i].host)) {
			first = first ? first : phase->host[i].host;
			unknown++;
		}
	if (!unknown || phase->hosts < 2)
		return;
	notes_add(&result->untold,
		  "%s: how far the clocks of %zu of %zu hosts are off (%s%s): "
		  "stonewalled rates, skew and overlap take them for right; "
		  "gate=DIRECTORY compares the clocks of hosts that are typed "
		  "by their own names",
		  phase->job, unknown, phase->hosts, first,
		  unknown > 1 ? ", ..." : "");
}

static uint64_t total_ios(const struct fio_entry *entry)
{
	uint64_t n = 0;

	for (int d = 0; d < FIO_DIRECTIONS; d++)
		n += entry->side[d] ? entry->side[d]->total_ios : 0;
	return n;
}

/* Compares the entries with fio's own sum over all clients. */
static void check_sum(struct result *result, const struct fio_result *run)
{
	uint64_t sum = 0, all;

	if (!run->all_clients)
		return;
	/* The operations of a mix are in the mix already. */
	for (size_t i = 0; i < run->entries; i++)
		if (!run->entry[i].operation)
			sum += total_ios(&run->entry[i]);
	all = total_ios(run->all_clients);
	if (sum == all)
		return;
	result_mark_all(result);
	notes_add(&result->invalid,
		  "fio counted %llu operations of all clients, the "
		  "entries add up to %llu: the JSON is not whole",
		  (unsigned long long)all, (unsigned long long)sum);
}

static void check_logs_written(struct result *result,
			       const struct fio_result *run)
{
	const struct fio_messages *lost = &run->message[FIO_LOST_LOG];

	if (!lost->count)
		return;
	result_mark_all(result);
	notes_add(&result->invalid,
		  "fio could not write %zu log%s: %s: samples are lost",
		  lost->count, lost->count == 1 ? "" : "s", lost->first);
}

static void take_reason(void *context, const char *job, const char *reason)
{
	struct result *result = context;

	if (!job)
		result_mark_all(result);
	for (size_t i = 0; i < result->phases; i++)
		result->phase[i].invalid |=
			job && (!strcmp(result->phase[i].job, job) ||
				!strcmp(result->phase[i].section_name, job));
	notes_add(&result->invalid, "%s%s%s", job ? job : "", job ? ", " : "",
		  reason);
}

static void count_hosts(struct result *result, const struct fio_result *run)
{
	/* The first entry of a host and port has the number 0. */
	for (size_t i = 0; i < run->entries; i++)
		result->hosts_seen +=
			!run->entry[i].number && !run->entry[i].operation;
}

/* The latencies of all operations of a phase, added up. */
static long double busy_ns(const struct phase *phase)
{
	const struct fio_entry *before = NULL;
	long double sum = 0;

	for (size_t i = 0; i < phase->threads; i++) {
		const struct fio_entry *entry = phase->thread[i].entry;

		for (int d = 0; d < FIO_DIRECTIONS && entry != before; d++) {
			const struct fio_side *side = entry->side[d];
			const struct fio_latency *l =
				side ? side->latency[FIO_CLAT] : NULL;

			if (l)
				sum += (long double)l->mean_ns *
				       (long double)l->samples;
		}
		/* Threads of a group have one entry, and follow each other. */
		before = entry;
	}
	return sum;
}

/* Whether `part` is a part of what is done in `phase`. */
static bool is_part_of(const struct phase *part, const struct phase *phase)
{
	size_t length = strlen(phase->operation);

	return part->is_part && !phase->is_part &&
	       !strcmp(part->section_name, phase->section_name) &&
	       !strncmp(part->operation, phase->operation, length) &&
	       part->operation[length] == '.';
}

static void find_shares(struct result *result)
{
	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];
		long double whole = phase->is_part ? 0 : busy_ns(phase);

		for (size_t k = 0; k < result->phases && whole > 0; k++)
			if (is_part_of(&result->phase[k], phase))
				result->phase[k].share_percent =
					100 * busy_ns(&result->phase[k]) /
					whole;
	}
}

int result_build(struct result *result, const struct fio_results *read,
		 const struct log_times_list *logs,
		 const struct result_options *options)
{
	const struct fio_result *run = read->result;
	int ret = result_scopes_make(result, read, logs);

	for (size_t i = 0; i < result->phases && !ret; i++) {
		struct phase *phase = &result->phase[i];

		ret = finish_phase(phase, run);
		check_errors(result, phase);
		check_done(result, phase, options->min_done_percent);
		tell_untold(result, phase, logs->count,
			    fio_json_kept(run) && !logs->count);
		tell_clocks(result, phase);
	}
	find_shares(result);
	result_check_short(result);
	if (!result->phases)
		notes_add(&result->too_small,
			  "the run has no results: all its jobs have stats=0, "
			  "or none ran");
	result_check_kept(result, run);
	result_check_run(result);
	result_check_threads(result, run);
	if (fio_json_kept(run))
		result_mark_all(result);
	if (!ret && options->hosts)
		ret = result_check_hosts(result, run, options->hosts);
	check_sum(result, run);
	check_logs_written(result, run);
	whole_check(run, take_reason, result);
	count_hosts(result, run);
	return ret;
}

size_t result_operations(const struct result *result)
{
	size_t n = 0;

	for (size_t i = 0; i < result->phases; i++)
		n += !result->phase[i].is_part;
	return n;
}

bool result_is_valid(const struct result *result)
{
	return !result->invalid.count && !result->too_small.count &&
	       !result->too_short.count;
}

static int add_pauses(const struct phase *phase, const struct scope *scope,
		      struct notes *notes)
{
	char *sentence = NULL;
	size_t size;
	FILE *text;

	if (!scope->pauses.count)
		return 0;
	text = open_memstream(&sentence, &size);
	if (!text)
		return -ENOMEM;
	fprintf(text, "%s: ", phase->job);
	pauses_say(text, scope->host, &scope->pauses);
	if (fclose(text)) {
		free(sentence);
		return -ENOMEM;
	}
	notes_add(notes, "%s", sentence);
	free(sentence);
	return 0;
}

int result_pauses(const struct result *result, struct notes *notes)
{
	int ret = 0;

	for (size_t i = 0; i < result->phases && !ret; i++) {
		const struct phase *phase = &result->phase[i];
		bool all = phase->cluster.pauses.count > 0;

		ret = add_pauses(phase, &phase->cluster, notes);
		for (size_t k = 0; k < phase->hosts && !all && !ret; k++)
			ret = add_pauses(phase, &phase->host[k], notes);
	}
	return ret;
}

const char *phase_verdict(const struct phase *phase)
{
	return phase->invalid     ? "NOT VALID"
	       : phase->too_small ? "too little"
	       : phase->too_short ? "too short"
				  : "valid";
}

void result_free(struct result *result)
{
	for (size_t i = 0; i < result->phases; i++) {
		free(result->phase[i].thread);
		free(result->phase[i].host);
		free(result->phase[i].clock);
	}
	free(result->phase);
	notes_free(&result->invalid);
	notes_free(&result->too_small);
	notes_free(&result->too_short);
	notes_free(&result->untold);
	memset(result, 0, sizeof(*result));
}
