// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json.h"
#include "stats/series.h"

bool series_same_operation(const struct series *a, const struct series *b)
{
	return a->kind == b->kind && !a->latency == !b->latency &&
	       !strcmp(a->operation, b->operation);
}

size_t series_operation_end(const struct series_list *list, size_t begin)
{
	size_t end = begin;

	while (end < list->count &&
	       series_same_operation(list->series[begin], list->series[end]))
		end++;
	return end;
}

static int compare(const void *a, const void *b)
{
	const struct series *l = *(const struct series *const *)a;
	const struct series *r = *(const struct series *const *)b;
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = (int)l->kind - (int)r->kind;
	if (!order)
		order = !r->latency - !l->latency;
	/* node2 comes before node10. node02 and node2 are different. */
	if (!order)
		order = strverscmp(l->host, r->host);
	if (!order)
		order = strcmp(l->host, r->host);
	if (!order)
		order = (l->fio_job > r->fio_job) - (l->fio_job < r->fio_job);
	if (!order)
		order = (l->thread > r->thread) - (l->thread < r->thread);
	if (!order)
		order = l->direction - r->direction;
	return order || l->latency ? order : strcmp(l->path, r->path);
}

static int compare_places(const struct series *l, const struct series *r)
{
	if (l->place != r->place)
		return l->place < r->place ? -1 : 1;
	return (l->named > r->named) - (l->named < r->named);
}

/* Compares by the operations' places, which place_operations() has set. */
static int compare_in_run(const void *a, const void *b)
{
	int order = compare_places(*(const struct series *const *)a,
				   *(const struct series *const *)b);

	return order ? order : compare(a, b);
}

static void sort(struct series_list *list,
		 int (*by)(const void *a, const void *b))
{
	if (list->count) /* qsort() must not get NULL, not even for 0 items */
		qsort(list->series, list->count, sizeof(*list->series), by);
}

static void number_threads(struct series_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct series *before = i ? list->series[i - 1] : NULL;
		struct series *series = list->series[i];

		if (series->fio_job == LOG_FIO_JOB_UNKNOWN ||
		    series->thread != LOG_THREAD_UNKNOWN)
			continue;
		if (!before || !series_same_operation(before, series) ||
		    strcmp(before->host, series->host) != 0 ||
		    before->fio_job == LOG_FIO_JOB_UNKNOWN)
			series->thread = 0;
		else /* a job's other direction has the same number */
			series->thread = before->thread +
					 (before->fio_job != series->fio_job);
	}
}

static void name_direction(struct series *series)
{
	size_t used = strlen(series->operation);

	if (series->direction == DIRECTION_NONE)
		return;
	snprintf(series->operation + used, sizeof(series->operation) - used,
		 ":%s", fio_json_direction_name(series->direction));
	series->directed = true;
}

/* Puts the direction into the names of operations in several directions. */
static void name_directions(struct series_list *list)
{
	size_t begin, end, i;

	for (begin = 0; begin < list->count; begin = end) {
		unsigned directions = 0;

		end = series_operation_end(list, begin);
		for (i = begin; i < end; i++) {
			const struct series *series = list->series[i];

			if (series->direction != DIRECTION_NONE &&
			    !series->directed)
				directions |= 1u << series->direction;
		}
		for (i = begin; i < end && directions & (directions - 1); i++)
			name_direction(list->series[i]);
	}
}

void series_list_order(struct series_list *list)
{
	sort(list, compare);
	number_threads(list);
	name_directions(list);
	sort(list, compare);
}

/* Gives each series, once sorted, the first place of its operation. */
static void place_operations(struct series_list *list)
{
	size_t begin, end, i;

	for (begin = 0; begin < list->count; begin = end) {
		const struct series *first = list->series[begin];
		long place;
		size_t named;

		for (end = begin; end < list->count; end++) {
			const struct series *series = list->series[end];

			if (strcmp(series->operation, first->operation) != 0)
				break;
			if (compare_places(series, first) < 0)
				first = series;
		}
		place = first->place;
		named = first->named;
		for (i = begin; i < end; i++) {
			list->series[i]->place = place;
			list->series[i]->named = named;
		}
	}
}

void series_list_order_in_run(struct series_list *list)
{
	place_operations(list);
	sort(list, compare_in_run);
}
