// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fio/job_options.h"
#include "run/whole.h"

#define REASON_MAX 600
#define DAMAGED    "the file is damaged, or of two runs"
/* A rate times the runtime may differ from the total by this share. */
#define RATE_SLACK 0.01
/* fio adds doubles, and prints the mean with six decimals. */
#define EXTREMES_SLACK 1e-6
/* The width of a bin. Closer figures say nothing else, whoever rounded them. */
#define BINS_SLACK (1. / 64)
/*
 * A job may end this much too early: fio counts times in whole ms, and a job
 * looks at its clock only now and then.
 */
#define SLACK_MS   100
#define SLACK_PART 100
/* A job whose operations took this long has a run time of at least 1 ms. */
#define SEEN_NS 2e6

struct telling {
	const struct fio_result *run;
	whole_tell *tell;
	void *context;
};

__attribute__((format(printf, 3, 4))) static void
tell(const struct telling *t, const char *job, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	t->tell(t->context, job, reason);
}

/* What an entry did, in all directions together. */
struct work_done {
	uint64_t units, runtime_ms;
	double operations_ns; /* all latencies together */
};

static struct work_done work_of(const struct fio_entry *entry)
{
	struct work_done work = { 0 };

	for (int d = 0; d < FIO_DIRECTIONS; d++) {
		const struct fio_side *side = entry->side[d];
		const struct fio_latency *l =
			side ? side->latency[FIO_CLAT] : NULL;

		/* FIO_MIXED is the sum of the others, if they are there. */
		if (!side || (d == FIO_MIXED && work.units))
			continue;
		work.units += side->total_ios;
		if (side->runtime_ms > work.runtime_ms)
			work.runtime_ms = side->runtime_ms;
		if (l)
			work.operations_ns += (double)l->samples * l->mean_ns;
	}
	return work;
}

/*
 * Returns true if a job's process was killed. fio writes the run time when a
 * job ends by itself. So a killed job has operations, but no time and no error.
 */
static bool was_killed(const struct telling *t, const struct fio_entry *entry,
		       const struct job_options *asked,
		       const struct work_done *work)
{
	double depth = (double)job_options_depth(t->run, entry);

	if (!work->units || work->runtime_ms || entry->error)
		return false;
	return asked->time_based ||
	       (asked->units != JOB_OPTIONS_UNKNOWN &&
		work->units < asked->units) ||
	       work->operations_ns / depth >= SEEN_NS;
}

static bool is_short_of(uint64_t runtime_ms, uint64_t asked_ms)
{
	return runtime_ms + SLACK_MS + asked_ms / SLACK_PART < asked_ms;
}

/*
 * Checks that a time_based job ran long enough. Called only for jobs that were
 * neither killed nor failed: these have a message of their own.
 */
static void check_time(const struct telling *t, const struct fio_entry *entry,
		       const struct job_options *asked,
		       const struct work_done *work)
{
	if (!asked->time_based || asked->early || !asked->runtime_ms ||
	    asked->runtime_ms == JOB_OPTIONS_UNKNOWN ||
	    !is_short_of(work->runtime_ms, asked->runtime_ms))
		return;
	tell(t, entry->job,
	     "host %s: the run was cut short: time_based, and ran %.1f of "
	     "%.1f s",
	     fio_json_host(entry), (double)work->runtime_ms / 1e3,
	     (double)asked->runtime_ms / 1e3);
}

static void check_units(const struct telling *t, const struct fio_entry *entry,
			const struct job_options *asked,
			const struct work_done *work)
{
	uint64_t units = asked->units;

	/* fio's figures do not count the operations during ramp_time=. */
	if (!asked->noted || asked->time_based || asked->early ||
	    asked->ramp_ms || units == JOB_OPTIONS_UNKNOWN)
		return;
	if (asked->grouped)
		units *= asked->threads;
	if (work->units >= units ||
	    (asked->runtime_ms &&
	     !is_short_of(work->runtime_ms, asked->runtime_ms)))
		return;
	tell(t, entry->job,
	     "host %s: the run was cut short: %llu of %llu %s were done, and "
	     "no error or runtime= ended it",
	     fio_json_host(entry), (unsigned long long)work->units,
	     (unsigned long long)units, job_unit_name(asked->unit, true));
}

/*
 * Returns true if fio's entry may be of several sections, and no note of the
 * engine tells. A group has the name of its first job and the options of its
 * last. One sign of a group is a name that is another operation's. Another sign
 * is more operations than were asked for, unless the time ended the job: fio
 * leaves a bare time_based out of its JSON.
 */
static bool may_be_several(const struct telling *t,
			   const struct fio_entry *entry,
			   const struct job_options *asked,
			   const struct work_done *work)
{
	uint64_t units = asked->units;

	/* fio does not print the options of a client's sections. */
	if (asked->noted || t->run->clients || asked->unit == JOB_UNIT_IOS)
		return false;
	if (asked->grouped && job_options_names_another(t->run, entry))
		return true;
	if (units == JOB_OPTIONS_UNKNOWN ||
	    (asked->grouped &&
	     __builtin_mul_overflow(units, asked->threads, &units)))
		return false;
	return work->units > units &&
	       (!asked->runtime_ms ||
		is_short_of(work->runtime_ms, asked->runtime_ms));
}

/* Returns true if a note says that jobs of this section were ended. */
static bool is_told(const struct fio_result *run, const char *job)
{
	const struct engine_notes *ended = &run->notes[NOTE_ENDED];

	for (size_t i = 0; i < ended->count; i++)
		if (!strcmp(ended->note[i].job, job))
			return true;
	return false;
}

/* Compares the numbers of operations and latencies, counted apart. */
static void check_counts(const struct telling *t, const struct fio_entry *entry)
{
	uint64_t units = 0, samples = 0;

	for (int d = 0; d < FIO_DIRECTIONS; d++) {
		const struct fio_side *side = entry->side[d];

		if (!side || !side->latency[FIO_CLAT])
			continue;
		units += side->total_ios;
		samples += side->latency[FIO_CLAT]->samples;
	}
	if (!samples || job_options_may_differ(t->run, entry, units, samples))
		return;
	tell(t, entry->job,
	     "host %s: %llu operations were done, but fio's latencies "
	     "(clat_ns.N) count %llu: %s",
	     fio_json_host(entry), (unsigned long long)units,
	     (unsigned long long)samples,
	     samples < units ? "samples are lost"
			     : "the file is damaged, or of two runs");
}

/*
 * Returns true if a rate of fio's, times the runtime, is the total. fio
 * computes its rates so, and cuts bytes to whole ones.
 */
static bool is_rate_of(double per_s, uint64_t total, uint64_t runtime_ms)
{
	double by_rate = per_s * (double)runtime_ms / 1e3;

	return !(per_s > 0) || !runtime_ms ||
	       fabs(by_rate - (double)total) <=
		       RATE_SLACK * (double)total + 2 +
			       (double)runtime_ms / 1e3;
}

static void check_rates(const struct telling *t, const struct fio_entry *entry,
			const struct fio_side *side)
{
	unsigned long long ms = side->runtime_ms;

	if (!is_rate_of(side->iops, side->total_ios, side->runtime_ms))
		tell(t, entry->job,
		     "host %s: %.0f operations a second (iops) in %llu ms are "
		     "%.0f, but %llu were done: " DAMAGED,
		     fio_json_host(entry), side->iops, ms,
		     side->iops * (double)ms / 1e3,
		     (unsigned long long)side->total_ios);
	if (!is_rate_of(side->bytes_per_s, side->io_bytes, side->runtime_ms))
		tell(t, entry->job,
		     "host %s: %.0f bytes a second (bw_bytes) in %llu ms are "
		     "%.0f, but %llu were moved: " DAMAGED,
		     fio_json_host(entry), side->bytes_per_s, ms,
		     side->bytes_per_s * (double)ms / 1e3,
		     (unsigned long long)side->io_bytes);
}

/* Between what the sum of some latencies lies. */
struct sum_bounds {
	double low_ns, high_ns;
};

/* One of them is the minimum, and another one the maximum. */
static struct sum_bounds bounds_of_extremes(const struct fio_latency *l)
{
	double others = (double)(l->samples - 1);
	double min = (double)l->min_ns, max = (double)l->max_ns;

	return (struct sum_bounds){ min * others + max, max * others + min };
}

static struct sum_bounds bounds_of_bins(const struct fio_latency *l)
{
	struct fio_histogram bins = { 0 };
	struct sum_bounds sum = { 0, 0 };

	if (fio_latency_add_bins(&bins, l))
		sum.high_ns = INFINITY; /* out of memory: nothing is known */
	for (size_t i = 0; i < bins.n; i++) {
		const struct fio_histogram_bin *bin = &bins.bin[i];
		uint64_t high_ns =
			fio_histogram_high_ns(bin->index, bins.coarseness);

		if (high_ns > l->max_ns)
			high_ns = l->max_ns;
		sum.low_ns += (double)bin->count *
			      (double)fio_histogram_low_ns(bin->index);
		sum.high_ns += (double)bin->count * (double)high_ns;
	}
	fio_histogram_free(&bins);
	return sum;
}

/*
 * Returns true if it told that the mean does not fit the bounds. `slack` is a
 * share of the sum.
 */
static bool check_mean(const struct telling *t, const struct fio_entry *entry,
		       const struct fio_latency *l, struct sum_bounds bounds,
		       double slack, const char *by)
{
	double sum_ns = (double)l->samples * l->mean_ns;
	double slack_ns = sum_ns * slack + (double)l->samples * 0.001;
	bool low = sum_ns < bounds.low_ns - slack_ns;

	if (!low && sum_ns <= bounds.high_ns + slack_ns)
		return false;
	tell(t, entry->job,
	     "host %s: %llu latencies with a mean of %.0f ns add up to %.0f "
	     "ns, but %s they are at %s %.0f: " DAMAGED,
	     fio_json_host(entry), (unsigned long long)l->samples, l->mean_ns,
	     sum_ns, by, low ? "least" : "most",
	     low ? bounds.low_ns : bounds.high_ns);
	return true;
}

/* Checks that figures which fio made of the same operations fit each other. */
static void check_sums(const struct telling *t, const struct fio_entry *entry)
{
	for (int d = 0; d < FIO_DIRECTIONS; d++) {
		const struct fio_side *side = entry->side[d];
		const struct fio_latency *l =
			side ? side->latency[FIO_CLAT] : NULL;
		char by[64];

		if (side)
			check_rates(t, entry, side);
		if (!l || !l->samples)
			continue;
		snprintf(by, sizeof(by), "from %llu to %llu ns",
			 (unsigned long long)l->min_ns,
			 (unsigned long long)l->max_ns);
		if (!check_mean(t, entry, l, bounds_of_extremes(l),
				EXTREMES_SLACK, by) &&
		    l->has_bins)
			check_mean(t, entry, l, bounds_of_bins(l), BINS_SLACK,
				   "by their bins");
	}
}

static void check_entry(const struct telling *t, const struct fio_entry *entry)
{
	struct work_done work = work_of(entry);
	struct job_options asked;

	job_options_read(&asked, t->run, entry);
	if (entry->sections > 1)
		tell(t, entry->job,
		     "group_reporting: fio put the jobs of %zu sections into "
		     "one group, and their figures are mixed; new_group or "
		     "stonewall keeps sections apart",
		     entry->sections);
	else if (may_be_several(t, entry, &asked, &work))
		tell(t, entry->job,
		     "host %s: the entry may hold several operations: fio "
		     "puts the jobs of a group (group_reporting) into one "
		     "entry, with the name of the first and the options of the "
		     "last; new_group or stonewall keeps sections apart",
		     fio_json_host(entry));
	else if (was_killed(t, entry, &asked, &work))
		tell(t, entry->job,
		     "host %s: a thread was killed: it did %llu operations, "
		     "and fio knows no time in which",
		     fio_json_host(entry), (unsigned long long)work.units);
	else if (!entry->error && !entry->total_errors &&
		 !is_told(t->run, fio_json_section_name(entry))) {
		check_time(t, entry, &asked, &work);
		check_units(t, entry, &asked, &work);
	}
	if (!entry->error && !entry->total_errors)
		check_counts(t, entry);
	check_sums(t, entry);
}

static void check_ended(const struct telling *t, const struct engine_note *note)
{
	if (note->units == ENGINE_NOTE_UNKNOWN)
		tell(t, note->job,
		     "host %s, job %llu was told to end before its time was "
		     "over, after %llu operations",
		     note->host, (unsigned long long)note->number,
		     (unsigned long long)note->done);
	else
		tell(t, note->job,
		     "host %s, job %llu was told to end after %llu of %llu "
		     "operations",
		     note->host, (unsigned long long)note->number,
		     (unsigned long long)note->done,
		     (unsigned long long)note->units);
}

static void check_messages(const struct telling *t)
{
	static const char *const means[FIO_MESSAGES] = {
		[FIO_SIGNAL] = "the run was interrupted",
		[FIO_KILLED] = "jobs were killed",
		[FIO_REFUSED] = "a job file was refused",
		[FIO_LOST_HOST] = "hosts were lost",
	};

	for (int i = 0; i < FIO_MESSAGES; i++) {
		const struct fio_messages *m = &t->run->message[i];

		if (m->count && means[i])
			tell(t, NULL, "%s: fio says: %s%s", means[i], m->first,
			     m->count > 1 ? ", and more of it" : "");
	}
}

/*
 * Finds out whether the last result that fio wrote is one of --status-interval.
 * Then fio was killed before the end, or is still at work.
 */
static void check_end(const struct telling *t)
{
	for (size_t i = 0; i < t->run->entries; i++) {
		long long eta_s = t->run->entry[i].eta_s;

		if (eta_s <= 0 || eta_s >= FIO_ETA_UNKNOWN)
			continue;
		tell(t, NULL,
		     "the result is one of mid-run (--status-interval): fio "
		     "expected %lld s more (eta); fio was killed, or is still "
		     "running",
		     eta_s);
		return;
	}
}

/* Compares the hosts with gate_hosts=, which hosts at a start barrier know. */
static void check_hosts(const struct telling *t)
{
	uint64_t hosts = 0, expected = 0;

	for (size_t i = 0; i < t->run->entries; i++) {
		const struct fio_entry *entry = &t->run->entry[i];
		struct job_options asked;

		if (entry->number || entry->operation)
			continue;
		hosts++;
		job_options_read(&asked, t->run, entry);
		if (asked.hosts > expected)
			expected = asked.hosts;
	}
	if (t->run->clients && hosts && hosts < expected)
		tell(t, NULL,
		     "%llu of %llu hosts (gate_hosts) %s: %llu %s lost",
		     (unsigned long long)hosts, (unsigned long long)expected,
		     fio_json_kept(t->run) ? "left a record" : "have results",
		     (unsigned long long)(expected - hosts),
		     expected - hosts == 1 ? "was" : "were");
}

void whole_check(const struct fio_result *run, whole_tell *take, void *context)
{
	const struct telling t = { run, take, context };

	check_messages(&t);
	check_end(&t);
	check_hosts(&t);
	/* Spools are checked as a whole by result_check_kept(). */
	/* What is wrong with an operation need not be said of its parts. */
	for (size_t i = 0; i < run->entries && !fio_json_kept(run); i++)
		if (!run->entry[i].part)
			check_entry(&t, &run->entry[i]);
	for (size_t i = 0; i < run->notes[NOTE_ENDED].count; i++)
		check_ended(&t, &run->notes[NOTE_ENDED].note[i]);
}

static void to_notes(void *context, const char *job, const char *reason)
{
	notes_add(context, "%s%s%s", job ? job : "", job ? ", " : "", reason);
}

void whole_notes(const struct fio_result *run, struct notes *notes)
{
	whole_check(run, to_notes, notes);
}
