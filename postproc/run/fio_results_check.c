// SPDX-License-Identifier: GPL-2.0-only
/* Checks that logs and JSON of the same jobs agree. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/fio_results.h"
#include "input/inputs.h"
#include "run/latency_summary.h"

/* Bounds and percentiles are computed apart: last digits may differ. */
#define SLACK 1e-15L

/* The series of one side of a comparison. */
struct compared_side {
	const struct series *const *series;
	size_t count;
};

/* A comparison of logs with entries, in one direction or all. */
struct log_comparison {
	const struct fio_results *results;
	const struct percentiles *percentiles;
	struct notes *differences;
	const struct tie *tie;
	struct compared_side logs, json;
	char what[NAME_MAX + 64]; /* "host node1, job create, writes" */
};

static bool of_direction(int of_series, int direction)
{
	return direction == FIO_MIXED || of_series == direction ||
	       of_series == DIRECTION_NONE;
}

static int summarize_side(const struct log_comparison *c, int direction,
			  const struct compared_side *side,
			  struct latency_summary *summary)
{
	const struct series **series = calloc(side->count + 1, sizeof(*series));
	size_t n = 0;
	int ret;

	if (!series)
		return -ENOMEM;
	for (size_t i = 0; i < side->count; i++)
		if (of_direction(side->series[i]->direction, direction))
			series[n++] = side->series[i];
	summary->samples = 0;
	ret = n ? latency_summarize(summary, c->percentiles, series, n, NULL)
		: 0;
	free(series);
	return ret;
}

static void compare_percentiles(const struct log_comparison *c,
				const struct latency_summary *logs,
				const struct latency_summary *json)
{
	size_t i;

	for (i = 0; i < c->percentiles->count; i++) {
		long double value = logs->percentile[i].value_ns;
		const struct bounded *b = &json->percentile[i];
		long double slack = value * SLACK;

		if (isnan(b->value_ns) ||
		    (value >= b->low_ns - slack && value <= b->high_ns + slack))
			continue;
		notes_add(c->differences,
			  "%s: p%s is %.0Lf ns in the logs, and %.0Lf to %.0Lf "
			  "ns by the histograms in %s",
			  c->what, c->percentiles->p[i].name, value, b->low_ns,
			  b->high_ns, c->tie->path);
	}
}

/*
 * Returns true if all entries have histograms. fio's own percentiles have no
 * bounds to compare with.
 */
static bool has_bins(const struct log_comparison *c, int direction)
{
	for (size_t i = 0; i < c->json.count; i++)
		if (of_direction(c->json.series[i]->direction, direction) &&
		    !c->json.series[i]->latency->has_bins)
			return false;
	return true;
}

/* Tells which logs have more samples than one run can have, and what to do. */
static void tell_more(const struct log_comparison *c, uint64_t logs,
		      uint64_t json)
{
	const char *first = c->logs.series[0]->path;
	const char *last = c->logs.series[c->logs.count - 1]->path;
	bool many = strcmp(first, last) != 0;

	notes_add(
		c->differences,
		"%s: %llu samples in the logs, %llu in %s: some in %s%s%s are "
		"of another run; " INPUTS_ONE_RUN_ADVICE,
		c->what, (unsigned long long)logs, (unsigned long long)json,
		c->tie->path, first, many ? " to " : "", many ? last : "");
}

static void compare(const struct log_comparison *c, int direction,
		    const struct latency_summary *logs,
		    const struct latency_summary *json)
{
	if (logs->samples > json->samples) {
		tell_more(c, logs->samples, json->samples);
	} else if (logs->samples != json->samples) {
		notes_add(c->differences,
			  "%s: %llu samples in the logs, %llu in %s", c->what,
			  (unsigned long long)logs->samples,
			  (unsigned long long)json->samples, c->tie->path);
	} else if (logs->samples && (logs->min_ns != json->min_ns ||
				     logs->max_ns != json->max_ns)) {
		notes_add(c->differences,
			  "%s: %llu to %llu ns in the logs, %llu to %llu ns in "
			  "%s",
			  c->what, (unsigned long long)logs->min_ns,
			  (unsigned long long)logs->max_ns,
			  (unsigned long long)json->min_ns,
			  (unsigned long long)json->max_ns, c->tie->path);
	} else if (logs->samples && has_bins(c, direction)) {
		compare_percentiles(c, logs, json);
	}
}

static int compare_direction(struct log_comparison *c, int direction)
{
	struct bounded of_logs[PERCENTILES_MAX], of_json[PERCENTILES_MAX];
	struct latency_summary logs = { .percentile = of_logs };
	struct latency_summary json = { .percentile = of_json };
	int ret = summarize_side(c, direction, &c->logs, &logs);

	if (!ret)
		ret = summarize_side(c, direction, &c->json, &json);
	if (!ret)
		compare(c, direction, &logs, &json);
	return ret;
}

/* Returns true if the entries have sums only (unified_rw_reporting=mixed). */
static bool only_mixed(const struct log_comparison *c)
{
	for (size_t i = 0; i < c->json.count; i++)
		if (c->json.series[i]->direction != FIO_MIXED)
			return false;
	return c->json.count > 0;
}

static int compare_all(struct log_comparison *c)
{
	size_t used = strlen(c->what);
	int i, ret = 0;

	if (only_mixed(c))
		return compare_direction(c, FIO_MIXED);
	for (i = FIO_READ; i <= FIO_TRIM && !ret; i++) {
		snprintf(c->what + used, sizeof(c->what) - used, ", %ss",
			 fio_json_direction_name(i));
		ret = compare_direction(c, i);
	}
	return ret;
}

/* Compares `n` logs of the tie from `log` on with `entries` of its entries. */
static int compare_logs(struct log_comparison *c, size_t log, size_t n,
			size_t entry, size_t entries)
{
	struct series_list made = { 0 };
	int ret = 0;

	for (size_t i = entry; i < entry + entries && !ret; i++)
		ret = fio_results_add_entry(c->results, c->tie,
					    c->tie->entry[i], &made);
	c->logs = (struct compared_side){ c->tie->series + log, n };
	c->json = (struct compared_side){
		(const struct series *const *)made.series, made.count
	};
	if (!ret)
		ret = compare_all(c);
	series_list_free(&made);
	return ret;
}

/* Returns the end of the series of one job that begin at `begin`. */
static size_t job_end(const struct tie *tie, size_t begin)
{
	size_t end = begin;

	while (end < tie->count &&
	       tie->series[end]->fio_job == tie->series[begin]->fio_job)
		end++;
	return end;
}

static size_t count_jobs(const struct tie *tie)
{
	size_t i, jobs = 0;

	for (i = 0; i < tie->count; i = job_end(tie, i))
		jobs++;
	return jobs;
}

/* Returns false if fio did operations and the entries lack this latency. */
static bool has_latency(const struct tie *tie, enum log_kind kind)
{
	size_t i;
	int j;

	for (i = 0; i < tie->entries; i++) {
		for (j = 0; j < FIO_DIRECTIONS; j++) {
			const struct fio_side *side = tie->entry[i]->side[j];

			if (side && side->total_ios && !side->latency[kind])
				return false;
		}
	}
	return true;
}

static int check_tie(const struct tie *tie, struct log_comparison *c)
{
	size_t begin, end, i, jobs = count_jobs(tie);
	const char *job = tie->entry[0]->job;
	int ret = 0;

	c->tie = tie;
	if (jobs != tie->entries) {
		snprintf(c->what, sizeof(c->what), "host %.80s, job %.80s",
			 tie->host, job);
		return compare_logs(c, 0, tie->count, 0, tie->entries);
	}
	for (i = 0, begin = 0; begin < tie->count && !ret; i++, begin = end) {
		end = job_end(tie, begin);
		snprintf(c->what, sizeof(c->what),
			 "host %.80s, job %.80s (fio job %ld)", tie->host,
			 tie->entry[i]->job, tie->series[begin]->fio_job);
		ret = compare_logs(c, begin, end - begin, i, 1);
	}
	return ret;
}

/* Reports a host without logs if other hosts have such logs. */
static void check_missing(const struct log_comparison *c, const struct tie *tie)
{
	enum log_kind kind = c->results->how.kind;
	uint64_t samples = 0;

	for (size_t i = 0; i < tie->entries; i++)
		samples += fio_json_samples(tie->entry[i],
					    (enum fio_latency_kind)kind);
	if (samples && fio_results_has_logs(c->results, tie->prefix))
		notes_add(c->differences,
			  "host %s, job %s: no log, but %llu samples in %s",
			  tie->host, tie->entry[0]->job,
			  (unsigned long long)samples, tie->path);
}

/* Notes logs of no job in the JSON, perhaps left from another run. */
static void note_untied(const struct fio_results *results, struct notes *notes)
{
	size_t i, tied = 0;

	for (i = 0; i < results->ties; i++)
		tied += results->tie[i].count;
	if (tied && results->untied)
		notes_add(notes,
			  "%zu of %zu logs are of no job in the JSON (%s%s): "
			  "are they of another run? " INPUTS_ONE_RUN_ADVICE,
			  results->untied, results->untied + tied,
			  results->untied_path,
			  results->untied > 1 ? ", ..." : "");
}

int fio_results_check(const struct fio_results *results,
		      const struct percentiles *percentiles,
		      struct notes *differences, struct notes *notes)
{
	struct log_comparison c = { .results = results,
				    .percentiles = percentiles,
				    .differences = differences };
	size_t i;
	int ret = 0;

	for (i = 0; i < results->ties && !ret; i++) {
		const struct tie *tie = &results->tie[i];

		if (!tie->count)
			check_missing(&c, tie);
		else if (tie->series[0]->kind == LOG_CLAT_HIST)
			continue; /* bins on both sides: nothing to compare */
		else if (has_latency(tie, results->how.kind))
			ret = check_tie(tie, &c);
		else
			notes_add(notes,
				  "not compared with the logs of host %s, job "
				  "%s: %s has no %s latencies of it",
				  tie->host, tie->entry[0]->job, tie->path,
				  inputs_kind_name(results->how.kind));
	}
	if (!ret)
		note_untied(results, notes);
	return ret;
}
