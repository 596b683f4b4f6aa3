// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "verdict/changepoint.h"
#include "verdict/compare.h"
#include "history/timeline.h"
#include "util/array.h"

static bool is_alike(const struct timeline *l, const struct run_summary *run,
		     uint64_t fingerprint)
{
	return l->fingerprint == fingerprint ||
	       !fingerprint_compare(&l->point[0].run->fingerprint,
				    &run->fingerprint, NULL);
}

static struct timeline *find(struct timelines *lines, const char *operation,
			     const struct metric *metric,
			     const struct run_summary *run,
			     uint64_t fingerprint)
{
	size_t i;

	for (i = 0; i < lines->count; i++) {
		struct timeline *l = &lines->line[i];

		if (!strcmp(l->operation, operation) &&
		    !strcmp(l->metric.name, metric->name) &&
		    is_alike(l, run, fingerprint))
			return l;
	}
	return NULL;
}

static struct timeline *add_line(struct timelines *lines, const char *operation,
				 const struct metric *metric,
				 uint64_t fingerprint)
{
	struct timeline *grown = array_add(&lines->line, &lines->count);

	if (!grown)
		return NULL;
	grown->operation = strdup(operation);
	if (!grown->operation)
		return NULL;
	grown->metric = *metric;
	grown->fingerprint = fingerprint;
	return grown;
}

static int add_point(struct timelines *lines, const struct run_summary *run,
		     const struct operation_figures *figures,
		     const struct metric *metric, uint64_t fingerprint)
{
	struct timeline *l =
		find(lines, figures->operation, metric, run, fingerprint);
	struct timeline_point *point;

	if (!l)
		l = add_line(lines, figures->operation, metric, fingerprint);
	if (!l)
		return -ENOMEM;
	point = array_add(&l->point, &l->count);
	if (!point)
		return -ENOMEM;
	point->run = run;
	point->known =
		!run->not_whole &&
		metric_value(metric, figures, &point->value) == METRIC_OK;
	return 0;
}

/*
 * Takes logarithms, so that levels are compared by their ratio, as in the gate.
 * Where a value is 0, as errors may be, all values stay as they are and are
 * compared by their difference.
 */
static void take_logarithms(double *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(values[i] > 0))
			return;
	}
	for (i = 0; i < n; i++)
		values[i] = log(values[i]);
}

/* The median of the points whose places lie in place[from] to place[to - 1]. */
static double median_of(const struct timeline *line, const size_t *place,
			size_t from, size_t to)
{
	double values[CHANGEPOINT_VALUES_MAX];
	size_t i;

	for (i = from; i < to; i++)
		values[i - from] = line->point[place[i]].value;
	return compare_median(values, to - from);
}

/* Takes back changes that are smaller than the threshold. */
static void drop_small(const struct timeline *line, const size_t *place,
		       bool *changed, size_t n, double threshold)
{
	double last = 0; /* median of the last level that counts */
	size_t at, to;

	for (at = 0; at < n; at = to) {
		double median;

		for (to = at + 1; to < n && !changed[to];)
			to++;
		median = median_of(line, place, at, to);
		changed[at] = changed[at] &&
			      fabs(median - last) >= threshold * fabs(last);
		if (!at || changed[at])
			last = median;
	}
}

static int find_changes(struct timeline *line, double threshold)
{
	double values[CHANGEPOINT_VALUES_MAX];
	bool changed[CHANGEPOINT_VALUES_MAX];
	size_t place[CHANGEPOINT_VALUES_MAX], i, n = 0, known = 0;
	int ret;

	for (i = 0; i < line->count; i++)
		known += line->point[i].known;
	for (i = 0; i < line->count; i++) {
		if (!line->point[i].known || known-- > CHANGEPOINT_VALUES_MAX)
			continue;
		place[n] = i;
		values[n++] = line->point[i].value;
	}
	take_logarithms(values, n);
	ret = changepoint_find(values, n, changed);
	line->alike = changepoint_alike(values, n, changed);
	drop_small(line, place, changed, n, threshold);
	for (i = 0; i < n && !ret; i++) {
		struct timeline_point *p = &line->point[place[i]];

		p->changed = changed[i];
		p->certain = p->changed &&
			     (!line->alike ||
			      changepoint_stands_out(values, n, changed, i));
	}
	return ret;
}

/* The change that is nearest to a point, or the point itself. */
static struct timeline_point *nearest_change(struct timeline *line, size_t at)
{
	size_t by;

	for (by = 0; by <= TIMELINE_NEAR; by++) {
		if (at >= by && line->point[at - by].changed)
			return &line->point[at - by];
		if (at + by < line->count && line->point[at + by].changed)
			return &line->point[at + by];
	}
	return &line->point[at];
}

static void find_accepted(struct timeline *line)
{
	size_t i;

	for (i = 0; i < line->count; i++) {
		const struct run_summary *run = line->point[i].run;

		if (run->is_accepted)
			nearest_change(line, i)->accepted = run->accepted;
	}
}

int timelines_build(struct timelines *lines, const struct run_summaries *runs,
		    const struct metric *metrics, size_t count,
		    const char *operation, double threshold)
{
	size_t i, k, m;
	int ret = 0;

	for (i = 0; i < runs->count; i++) {
		const struct run_summary *t = &runs->run[i];
		uint64_t fingerprint = fingerprint_hash(&t->fingerprint);

		for (k = 0; k < t->figures.count; k++) {
			const struct operation_figures *f =
				&t->figures.figures[k];

			if (f->host ||
			    (operation && strcmp(f->operation, operation) != 0))
				continue;
			for (m = 0; m < count && !ret; m++)
				ret = add_point(lines, t, f, &metrics[m],
						fingerprint);
		}
	}
	for (i = 0; i < lines->count && !ret; i++) {
		ret = find_changes(&lines->line[i], threshold);
		find_accepted(&lines->line[i]);
	}
	return ret;
}

size_t timelines_unaccepted(const struct timelines *lines)
{
	size_t i, k, n = 0;

	for (i = 0; i < lines->count; i++) {
		const struct timeline *l = &lines->line[i];

		for (k = 0; k < l->count; k++)
			n += l->point[k].certain && !l->point[k].accepted;
	}
	return n;
}

void timelines_free(struct timelines *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++) {
		free(lines->line[i].operation);
		free(lines->line[i].point);
	}
	free(lines->line);
	memset(lines, 0, sizeof(*lines));
}

const char *timeline_time(char *out, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (!gmtime_r(&s, &tm) ||
	    !strftime(out, TIMELINE_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(out, "?");
	return out;
}
