/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples between the readers, which make them, and the statistics, which sort
 * them. 8 bytes a sample; 16 where the times are kept.
 */
#ifndef SMALLFIO_SAMPLES_H
#define SMALLFIO_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_name.h"
#include "run.h"

#define SAMPLES_OPERATION_MAX 63 /* bytes of an operation's name */
#define SAMPLES_PER_LOG_MAX   64 /* operations in one log */

/* fio's data directions; smallfile's logs have none. */
#define DIRECTION_NONE (-1)
#define DIRECTION_MAX  2

/* The samples of one operation, in one direction, in one log. */
struct series {
	char operation[NAME_MAX + 1];
	char host[NAME_MAX + 1];
	long thread;  /* of fio's logs only once load() has numbered them */
	long fio_job; /* see log_name.h */
	int direction;
	enum log_kind kind;
	const char *path; /* of the log; borrowed */
	uint64_t *latency_ns;
	int64_t *time_ns; /* when, or NULL if times are not kept */
	size_t count, capacity;
	struct run *runs; /* by series_finish(), see statistics.h */
	size_t run_count;
};

/* Zeroed by its owner; `keep_times` set before the first sample. */
struct series_list {
	struct series **series;
	size_t count;
	bool keep_times;
};

/*
 * A new, empty series at the end of the list, its strings empty. NULL: no
 * memory. Stays where it is until series_list_free().
 */
struct series *series_list_add(struct series_list *list);

/* Moves all series of `from` to the end of `to`. 0 or -ENOMEM. */
int series_list_move(struct series_list *to, struct series_list *from);

void series_list_free(struct series_list *list);

/* Of one operation, and measured in the same way. */
bool series_same_operation(const struct series *a, const struct series *b);

/* Makes room for one sample more. 0 or -ENOMEM. */
int series_grow(struct series *series, bool keep_times);

static inline int series_append(struct series *series, bool keep_times,
				int64_t time_ns, uint64_t latency_ns)
{
	if (series->count == series->capacity) {
		int ret = series_grow(series, keep_times);

		if (ret)
			return ret;
	}
	series->latency_ns[series->count] = latency_ns;
	if (keep_times)
		series->time_ns[series->count] = time_ns;
	series->count++;
	return 0;
}

#endif
