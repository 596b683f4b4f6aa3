// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

#define FIRST_CAPACITY 4096

struct series *series_list_add(struct series_list *list)
{
	struct series **grown, *series;

	grown = reallocarray(list->series, list->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	list->series = grown;
	series = calloc(1, sizeof(*series));
	if (!series)
		return NULL;
	series->thread = LOG_THREAD_UNKNOWN;
	series->fio_job = LOG_FIO_JOB_UNKNOWN;
	series->direction = DIRECTION_NONE;
	list->series[list->count++] = series;
	return series;
}

int series_list_move(struct series_list *to, struct series_list *from)
{
	struct series **grown;
	size_t i;

	if (!from->count)
		return 0;
	grown = reallocarray(to->series, to->count + from->count,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	to->series = grown;
	for (i = 0; i < from->count; i++)
		to->series[to->count++] = from->series[i];
	from->count = 0;
	return 0;
}

void series_list_free(struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct series *series = list->series[i];

		free(series->latency_ns);
		free(series->time_ns);
		free(series->runs);
		free(series);
	}
	free(list->series);
	list->series = NULL;
	list->count = 0;
}

bool series_same_operation(const struct series *a, const struct series *b)
{
	return a->kind == b->kind && !strcmp(a->operation, b->operation);
}

int series_grow(struct series *series, bool keep_times)
{
	size_t capacity =
		series->capacity ? series->capacity * 2 : FIRST_CAPACITY;
	void *grown;

	grown = reallocarray(series->latency_ns, capacity, sizeof(uint64_t));
	if (!grown)
		return -ENOMEM;
	series->latency_ns = grown;
	if (keep_times) {
		grown = reallocarray(series->time_ns, capacity,
				     sizeof(int64_t));
		if (!grown)
			return -ENOMEM;
		series->time_ns = grown;
	}
	series->capacity = capacity;
	return 0;
}
