// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/soak.h"
#include "history/timeline.h"
#include "history/stored_bundle.h"
#include "util/array.h"

#define POINTS_MOST 250
#define MAGIC       "SQLite format 3"

bool stored_bundle_is_history(const char *path)
{
	char begin[sizeof(MAGIC)];
	struct stat file;
	ssize_t length;
	int fd;

	/* What is read from a pipe cannot be read again. */
	if (stat(path, &file) || !S_ISREG(file.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, begin, sizeof(begin));
	close(fd);
	return length == sizeof(begin) && !memcmp(begin, MAGIC, sizeof(MAGIC));
}

static uint64_t whole(double value)
{
	return value > 0 && value < 9e18 ? (uint64_t)llround(value) : 0;
}

/* The figures of an operation over the whole soak. */
static int add_figures(struct run_summary *run, const struct soak *soak,
		       const struct soak_operation *o)
{
	struct operation_figures *f =
		operation_figures_row(&run->figures, o->name, NULL);
	double units = 0, bytes = 0, errors = 0;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < soak->intervals; i++) {
		units += o->point[i].units;
		bytes += o->point[i].bytes;
		errors += o->point[i].errors;
	}
	f->threads = soak->hosts;
	f->ios = whole(units);
	f->bytes = whole(bytes);
	f->errors = whole(errors);
	f->runtime_ms = whole(o->active_s * 1e3);
	return 0;
}

/* Says what is missing of the soak. */
static void add_sentences(struct run_bundle *b, const struct soak *soak)
{
	int64_t longest_s = 0;

	if (!soak->info.ended)
		notes_add(&b->result.invalid, "not all hosts have said that "
					      "they are done");
	for (size_t i = 0; i < soak->gaps; i++) {
		int64_t s = (soak->gap[i].to_ms - soak->gap[i].from_ms) / 1000;

		longest_s = s > longest_s ? s : longest_s;
	}
	if (soak->gaps)
		notes_add(&b->result.invalid,
			  "nothing was heard %zu time%s, for %" PRId64
			  " s at the longest",
			  soak->gaps, soak->gaps == 1 ? "" : "s", longest_s);
}

/* What each host did in each interval, a host as one thread. */
static int add_threads(struct time_series *t, const struct soak *soak,
		       const struct soak_operation *o)
{
	t->thread = calloc(soak->hosts + 1, sizeof(*t->thread));
	if (!t->thread)
		return -ENOMEM;
	for (size_t i = 0; i < soak->hosts; i++) {
		const struct soak_host *h = &soak->host[i];
		const float *units =
			&o->host_units[h->number * soak->intervals];
		struct time_series_thread *thread = &t->thread[t->threads++];

		thread->host = strdup(h->name);
		thread->operations =
			calloc(t->count, sizeof(*thread->operations));
		if (!thread->host || !thread->operations)
			return -ENOMEM;
		for (size_t k = 0; k < t->count; k++)
			thread->operations[k] = (uint32_t)units[k];
	}
	return 0;
}

/* Of an interval that was heard by half or less no rate is known. */
static bool is_heard(const struct soak *soak, size_t i)
{
	int64_t length_ms = soak->info.last_ms - soak->info.began_ms -
			    (int64_t)i * soak->interval_ms;

	if (length_ms > soak->interval_ms)
		length_ms = soak->interval_ms;
	return 2 * soak->interval[i].heard_ms > length_ms;
}

static int add_series(struct time_series_list *list, const struct soak *soak,
		      const struct soak_operation *o)
{
	struct time_series *t = array_add(&list->over_time, &list->count);

	if (!t)
		return -ENOMEM;
	t->operation = strdup(o->name);
	t->point = calloc(soak->intervals, sizeof(*t->point));
	if (!t->operation || !t->point)
		return -ENOMEM;
	t->interval_s = (double)soak->interval_ms / 1e3;
	t->last_s = (double)(soak->info.last_ms - soak->info.began_ms) / 1e3 -
		    (double)(soak->intervals - 1) * t->interval_s;
	t->count = soak->intervals;
	for (size_t i = 0; i < t->count; i++) {
		const struct soak_point *from = &o->point[i];

		t->point[i] = (struct time_series_point){
			.operations = whole(from->units),
			.percentile_ns = { NAN, NAN, from->p99_ns,
					   from->max_ns },
			.unknown = !is_heard(soak, i),
		};
	}
	return add_threads(t, soak, o);
}

/*
 * What a host did of an operation, from the interval in which it began to the
 * one in which it did the last. What came of the host in between counts.
 */
static void fill_scope(struct scope *scope, const struct time_series *t,
		       const struct time_series_thread *host)
{
	size_t first = t->count, last = 0;

	*scope = (struct scope){
		.host = host->host,
		.thread = -1,
		.fio_job = -1,
		.threads = 1,
		.requested = RESULT_UNKNOWN,
		.errors = RESULT_UNKNOWN,
	};
	for (size_t k = 0; k < t->count; k++) {
		if (!host->operations[k])
			continue;
		first = k < first ? k : first;
		last = k;
		scope->units += host->operations[k];
	}
	if (scope->units)
		scope->elapsed_s =
			(double)(last - first) * t->interval_s +
			(last + 1 < t->count ? t->interval_s : t->last_s);
	scope->whole.units_per_s = (long double)scope->units / scope->elapsed_s;
	scope->whole.mib_per_s = NAN;
}

/* An operation as a phase in which each host is a thread. */
static int add_phase(struct result *result, const struct time_series *t)
{
	struct phase *phase = array_add(&result->phase, &result->phases);
	size_t n = t->threads;

	if (!phase)
		return -ENOMEM;
	phase->thread = calloc(n + 1, sizeof(*phase->thread));
	phase->host = calloc(n + 1, sizeof(*phase->host));
	if (!phase->thread || !phase->host)
		return -ENOMEM;
	phase->job = phase->section_name = phase->operation = t->operation;
	phase->asked.unit = job_unit_of(t->operation);
	phase->cluster.requested = RESULT_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		fill_scope(&phase->thread[phase->threads], t, &t->thread[i]);
		phase->threads += phase->thread[phase->threads].units > 0;
	}
	phase->hosts = phase->threads;
	memcpy(phase->host, phase->thread, phase->hosts * sizeof(*phase->host));
	return 0;
}

static int fill_from_soak(struct run_bundle *b, const struct soak *soak)
{
	struct run_summary *run = &b->runs.run[0];
	int ret = 0;

	char from[TIMELINE_TIME_MAX], to[TIMELINE_TIME_MAX];

	add_sentences(b, soak);
	if (asprintf(
		    &b->about,
		    "%zu host%s from %s to %s UTC (%.1f h). The 99th "
		    "percentile of an interval is the highest of a host. Other "
		    "percentiles are not known, because those of hosts cannot "
		    "be put together.",
		    soak->hosts, soak->hosts == 1 ? "" : "s",
		    timeline_time(from, soak->info.began_ms),
		    timeline_time(to, soak->info.last_ms),
		    (double)(soak->info.last_ms - soak->info.began_ms) /
			    3.6e6) < 0) {
		b->about = NULL;
		return -ENOMEM;
	}
	run->end_ms = soak->info.last_ms;
	if (soak->info.label)
		run->label = strdup(soak->info.label);
	for (size_t i = 0; i < soak->operations && !ret; i++) {
		ret = add_figures(run, soak, &soak->operation[i]);
		if (!ret)
			ret = add_series(&b->time_series, soak,
					 &soak->operation[i]);
	}
	for (size_t i = 0; i < b->time_series.count && !ret; i++)
		ret = add_phase(&b->result, &b->time_series.over_time[i]);
	return ret;
}

/* Makes the bundle's only run. `kind` is of what it is: soak or run. */
static struct run_summary *begin_run(struct run_bundle *b, const char *path,
				     const char *kind, int64_t id)
{
	struct run_summary *run = run_summaries_add(&b->runs);

	if (!run)
		return NULL;
	if (asprintf(&run->path, "%s, %s %" PRId64, path, kind, id) < 0)
		run->path = NULL;
	run->id = id;
	return run->path ? run : NULL;
}

static int read_soak(struct run_bundle *b, struct store *store,
		     const char *path, int64_t id)
{
	struct soak soak = { .by_host = true };
	int ret = soak_read(store, id, 0, POINTS_MOST, &soak, &b->error);

	if (!ret &&
	    (!begin_run(b, path, "soak", id) || fill_from_soak(b, &soak)))
		ret = input_error_no_memory(&b->error);
	soak_free(&soak);
	return ret;
}

/* A percentile of the counts of a heat map, to a quarter of an octave. */
static double of_rows(const struct time_series_point *p, double share)
{
	double rank = share * (double)p->operations, seen = 0;

	for (size_t i = 0; i < TIME_SERIES_ROWS; i++) {
		seen += p->row[i];
		if (seen > 0 && seen >= rank)
			return fmin(time_series_row_low_ns(i + 1),
				    p->percentile_ns[3]);
	}
	return NAN;
}

static void add_point(struct time_series_point *to,
		      const struct time_series_point *from)
{
	to->operations += from->operations;
	for (size_t i = 0; i < TIME_SERIES_ROWS; i++)
		to->row[i] += from->row[i];
	to->percentile_ns[3] =
		fmax(to->percentile_ns[3], from->percentile_ns[3]);
}

/* Puts as many points together as it takes to have at most POINTS_MOST. */
static void make_coarser(struct time_series *t)
{
	static const double shares[] = { .5, .95, .99 };
	size_t each = (t->count + POINTS_MOST - 1) / POINTS_MOST, n = 0;

	if (each < 2)
		return;
	for (size_t i = 0; i < t->count; i += each, n++) {
		struct time_series_point *to = &t->point[n];

		*to = t->point[i];
		for (size_t k = i + 1; k < i + each && k < t->count; k++)
			add_point(to, &t->point[k]);
		for (size_t k = 0; k < 3; k++)
			to->percentile_ns[k] = of_rows(to, shares[k]);
	}
	t->last_s += (double)((t->count - 1) % each) * t->interval_s;
	t->interval_s *= (double)each;
	t->count = n;
}

static int read_run(struct run_bundle *b, struct store *store, const char *path,
		    int64_t id)
{
	const struct store_filter filter = {
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.last = id ? 0 : 1,
		.run = id,
		.with_bins = true,
	};
	struct run_summary *run;
	char *name;
	int ret = store_select(store, &filter, &b->runs, &b->error);

	if (!ret && !b->runs.count)
		ret = input_error_set(&b->error, INPUT_DATABASE, 0, 0,
				      "expected the number of a run or a soak, "
				      "found one that the history does not "
				      "have; `smallfio history` lists them");
	if (ret)
		return ret;
	run = &b->runs.run[0];
	if (asprintf(&name, "%s, run %" PRId64, path, run->id) < 0)
		return input_error_no_memory(&b->error);
	free(run->path);
	run->path = name;
	ret = store_read_over_time(store, run->id, &b->time_series, &b->error);
	for (size_t i = 0; i < b->time_series.count; i++)
		make_coarser(&b->time_series.over_time[i]);
	return ret;
}

/* Returns the number of the latest soak, or 0. */
static int64_t latest_soak(struct store *store)
{
	struct input_error error = { 0 };
	struct soak_list list = { 0 };
	int64_t id = 0;

	if (!soak_list_read(store, &list, &error) && list.count)
		id = list.soak[list.count - 1].id;
	soak_list_free(&list);
	return id;
}

int stored_bundle_read(struct run_bundle *b, const char *path, int64_t soak,
		       int64_t run)
{
	struct store *store;
	int ret = store_open(&store, path, STORE_READ, &b->error);

	if (ret)
		return ret;
	if (b->progress)
		store_on_progress(store, b->progress, b->progress_context);
	if (!soak && !run)
		soak = latest_soak(store);
	ret = soak ? read_soak(b, store, path, soak)
		   : read_run(b, store, path, run);
	store_close(store);
	return ret;
}
