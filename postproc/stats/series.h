/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples between the readers, which make them, and the statistics. 9 bytes a
 * sample at most; where the times are kept, 12 until interval_split_series(),
 * unless the times of one block lie more than 2^32 of their units apart.
 */
#ifndef SMALLFIO_SERIES_H
#define SMALLFIO_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fio/log_name.h"
#include "stats/sample_set.h"

#define SERIES_OPERATION_MAX 63 /* bytes of an operation's name */
#define SERIES_PER_LOG_MAX   64 /* operations in one log */
/* Threads in one log that has those of many hosts. */
#define SERIES_THREADS_PER_LOG_MAX 16384

/* fio's data directions; smallfile's logs have none. */
#define DIRECTION_NONE (-1)
#define DIRECTION_MAX  2

/* Samples with their times, in the order of the log. */
struct timed_samples {
	uint64_t *latency_ns;
	size_t count;
	/* For timed_at() only: either time_ns[], or in multiples of a unit. */
	int64_t *time_ns;
	uint32_t *steps;
	int64_t base_ns;
	int64_t unit_ns;
};

/* When the i-th sample was taken. */
static inline int64_t timed_at(const struct timed_samples *timed, size_t i)
{
	return timed->steps ? timed->base_ns + timed->steps[i] * timed->unit_ns
			    : timed->time_ns[i];
}

/* When the first sample began, for times that are those of ends. */
int64_t timed_first_start(const struct timed_samples *timed);

/* A histogram with its time. */
struct timed_histogram {
	struct fio_histogram bins;
	int64_t time_ns;
};

/* The samples of one operation, in one direction, in one log. */
struct series {
	char operation[NAME_MAX + 1];
	char host[NAME_MAX + 1];
	long thread;  /* of fio's logs only once load() has numbered them */
	long fio_job; /* see log_name.h */
	/*
	 * Where in the run it was, by load(); lower is earlier, and of equals
	 * that which was named first.
	 */
	long place;
	size_t named;
	int direction;
	enum log_kind kind;
	const char *path;    /* of the log; borrowed */
	uint64_t first_line; /* of its piece of the log with a sample of it */
	uint64_t count;      /* all samples */
	/* What was appended last, on its way into a run or timed[]. */
	uint64_t *latency_ns;
	int64_t *time_ns; /* when, or NULL if times are not kept */
	size_t pending, capacity;
	/* Where times are kept, everything else; by interval_split_series() in
	 * runs. */
	struct timed_samples *timed;
	size_t timed_count;
	struct timed_histogram *timed_bins;
	size_t timed_bins_count;
	/* Where interval 0 of its operation begins, see split.h. */
	int64_t base_ns;
	/* Ascending by interval, none empty; without intervals at most one. */
	struct sample_set *runs;
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
int series_make_room(struct series *series, bool keep_times);

/*
 * Adds the samples of a histogram. A series is either of these or of single
 * samples. 0, -ENOMEM or -EOVERFLOW.
 */
int series_add_histogram(struct series *series, bool keep_times,
			 int64_t time_ns, const struct fio_histogram *bins);

/*
 * After the last sample. Puts away what is pending and gives its buffer back.
 * 0 or -ENOMEM.
 */
int series_finish(struct series *series);

/* Moves all samples of a finished series to another. 0 or -errno. */
int series_move_samples(struct series *to, struct series *from);

/* Frees timed[] and timed_bins[], whose samples are now elsewhere. */
void series_free_timed(struct series *series);

static inline int series_append(struct series *series, bool keep_times,
				int64_t time_ns, uint64_t latency_ns)
{
	if (series->pending == series->capacity) {
		int ret = series_make_room(series, keep_times);

		if (ret)
			return ret;
	}
	series->latency_ns[series->pending] = latency_ns;
	if (keep_times)
		series->time_ns[series->pending] = time_ns;
	series->pending++;
	return 0;
}

#endif
