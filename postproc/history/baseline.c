// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "history/baseline.h"
#include "history/timeline.h"
#include "util/shown.h"

static int64_t first_end_ms(const struct run_summaries *runs)
{
	int64_t first = runs->run[0].end_ms;
	size_t i;

	for (i = 1; i < runs->count; i++) {
		if (runs->run[i].end_ms < first)
			first = runs->run[i].end_ms;
	}
	return first;
}

/* The latest point at which another level begins, and its timeline. */
struct newest_level {
	const struct timeline *line; /* NULL: there is one level */
	const struct run_summary *run;
	const char *accepted; /* why it is wanted, or NULL */
};

static struct newest_level latest_level(const struct timelines *lines)
{
	struct newest_level latest = { 0 };
	size_t i, k;

	for (i = 0; i < lines->count; i++) {
		const struct timeline *l = &lines->line[i];

		for (k = 0; k < l->count; k++) {
			const struct timeline_point *p = &l->point[k];

			/* Runs lie in one array, in the order of time. */
			if ((p->changed || p->accepted) &&
			    (!latest.run || p->run > latest.run))
				latest = (struct newest_level){ l, p->run,
								p->accepted };
		}
	}
	return latest;
}

int baseline_keep_level(struct run_summaries *runs, size_t last,
			const struct metric *metrics, size_t count,
			struct notes *notes, struct input_error *error)
{
	struct timelines lines = { 0 };
	char time[TIMELINE_TIME_MAX];
	struct newest_level latest;
	size_t kept = runs->count < last ? runs->count : last, level = kept;
	int ret = timelines_build(&lines, runs, metrics, count, NULL, 0);

	if (ret)
		ret = input_error_no_memory(error);
	latest = latest_level(&lines);
	if (latest.run)
		level = runs->count - (size_t)(latest.run - runs->run);
	if (!ret && level < kept)
		notes_add(
			notes,
			"%s of %s came to another level with run %" PRId64
			" of %s%s%s%s: the baseline is the %zu runs from there "
			"on, and not the %zu before",
			latest.line->metric.name, latest.line->operation,
			latest.run->id, timeline_time(time, latest.run->end_ms),
			latest.accepted ? " (accepted: " : "",
			latest.accepted ? shown(latest.accepted) : "",
			latest.accepted ? ")" : "", level, kept - level);
	if (!ret)
		run_summaries_keep_last(runs, level < kept ? level : kept);
	timelines_free(&lines);
	return ret;
}

static const char *label_of(const struct run_summary *run)
{
	return run->label ? run->label : "(none)";
}

static void note_labels(const struct run_summaries *runs, struct notes *notes)
{
	size_t i;

	for (i = 1; i < runs->count; i++) {
		if (!strcmp(label_of(&runs->run[0]), label_of(&runs->run[i])))
			continue;
		notes_add(notes,
			  "the runs of the history have different labels, "
			  "such as %s and %s; --label chooses one",
			  shown(label_of(&runs->run[0])),
			  shown(label_of(&runs->run[i])));
		return;
	}
}

int baseline_select(struct store *store, struct store_filter filter,
		    const struct run_summaries *current,
		    const struct metric *metrics, size_t count,
		    struct run_summaries *baseline, struct notes *notes,
		    struct input_error *error)
{
	size_t last = filter.last;
	int ret;

	if (last < TIMELINE_RUNS)
		filter.last = TIMELINE_RUNS;
	filter.from_ms = INT64_MIN;
	filter.to_ms = first_end_ms(current);
	filter.without = current;
	filter.whole = true;
	filter.with_bins = true;
	ret = store_select(store, &filter, baseline, error);
	if (ret)
		return ret;
	if (!filter.label)
		note_labels(baseline, notes);
	return baseline_keep_level(baseline, last, metrics, count, notes,
				   error);
}
