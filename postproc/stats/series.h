/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Series of samples. The readers make them, and the statistics use them. A
 * sample takes 8 bytes, and with its time 16 until interval_split_series().
 */
#ifndef SMALLFIO_SERIES_H
#define SMALLFIO_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fio/log_name.h"
#include "stats/pause.h"
#include "stats/sample_set.h"

#define SERIES_OPERATION_MAX 63 /* bytes of an operation's name */
#define SERIES_PER_LOG_MAX   64 /* operations in one log */
/* Threads in one log that holds the threads of many hosts. */
#define SERIES_THREADS_PER_LOG_MAX 16384

/* fio's data directions are 0 to DIRECTION_MAX. smallfile's logs have none. */
#define DIRECTION_NONE (-1)
#define DIRECTION_MAX  2

/* Samples with their times, in the order of the log. */
struct timed_samples {
	uint64_t *latency_ns;
	int64_t *time_ns;
	size_t count;
};

/*
 * The earliest start of a sample, for logs whose times are those of ends.
 * INT64_MAX without samples.
 */
int64_t timed_first_start(const struct timed_samples *timed);

/* A histogram with its time. */
struct timed_histogram {
	struct fio_histogram bins;
	int64_t time_ns;
};

struct fio_latency;

/*
 * The samples of one operation, in one direction, in one log. Or what fio's
 * JSON has in their place of a job, or of a group of jobs: then there are no
 * samples, but a latency.
 */
struct series {
	char operation[NAME_MAX + 1];
	char host[NAME_MAX + 1];
	/* fio's jobs have none before series_list_order() numbers them. */
	long thread;
	/*
	 * See log_name.h. From JSON, only the order is right: fio leaves jobs
	 * with stats=0 out of the JSON, but counts them in the names of logs.
	 */
	long fio_job;
	/*
	 * The place of the section in the run: lower is earlier. Of equal
	 * places the one with the lower `named` is earlier.
	 */
	long place;
	size_t named;
	int direction;
	bool directed; /* the operation's name ends in its direction */
	enum log_kind kind;
	const struct fio_latency *latency; /* from JSON; borrowed */
	/* Where the latency is from. Both are borrowed. */
	const struct fio_result *result;
	const struct fio_entry *entry; /* of a log, too: struct log_proof */
	bool grouped;        /* group_reporting: threads summed up by fio */
	uint64_t threads;    /* 1, or the number of threads in the group */
	const char *path;    /* of the log; borrowed */
	uint64_t first_line; /* line of the first sample in its log chunk */
	uint64_t count;      /* all samples */
	/*
	 * When its operations ended, kept by the readers that know it. A
	 * histogram log does not tell.
	 */
	struct activity activity;
	int64_t ahead_ns; /* how far the host's clock is ahead, if known */
	/*
	 * The samples that were appended last and wait to be moved into runs[0]
	 * or timed[].
	 */
	uint64_t *latency_ns;
	int64_t *time_ns; /* their times, or NULL if times are not kept */
	size_t pending, capacity;
	/*
	 * All other samples, where times are kept. interval_split_series()
	 * moves them into runs[].
	 */
	struct timed_samples *timed;
	size_t timed_count;
	struct timed_histogram *timed_bins;
	size_t timed_bins_count;
	/* The operation's interval 0: start and length. See interval_split.h.
	 */
	int64_t base_ns, length_ns;
	/*
	 * Sample sets, ascending by interval, none empty. Without intervals
	 * there is at most one.
	 */
	struct sample_set *runs;
	size_t run_count;
};

/* The owner zeroes it, and sets `keep_times` before the first sample. */
struct series_list {
	struct series **series;
	size_t count;
	bool keep_times;
};

/*
 * Adds an empty series to the end of the list. Its strings are empty, and its
 * address stays the same until series_list_free(). NULL: no memory.
 */
struct series *series_list_add(struct series_list *list);

/* Moves all series of `from` to the end of `to`. Returns 0 or -ENOMEM. */
int series_list_move(struct series_list *to, struct series_list *from);

/* Frees the series at `i`; those behind it move up. */
void series_list_drop(struct series_list *list, size_t i);

void series_list_free(struct series_list *list);

/*
 * Whether two series are of the same operation, of the same kind of latency,
 * and both from logs or both from JSON.
 */
bool series_same_operation(const struct series *a, const struct series *b);

/*
 * Orders series by operation, kind of latency, origin (logs first), host and
 * thread. Numbers the threads of an operation and host 0, 1, ... in the order
 * of fio's N, which counts jobs over the whole run. The engine numbers the
 * threads of a section in the same way, and names their trees so. So does
 * smallfile. Logs of all threads together get no number.
 *
 * An operation in several directions becomes NAME:read, NAME:write and so on.
 * May be called again when series were added.
 */
void series_list_order(struct series_list *list);

/* Orders operations as in the run. Otherwise the order stays as it is. */
void series_list_order_in_run(struct series_list *list);

/* Makes room for one more sample. Returns 0 or -ENOMEM. */
int series_make_room(struct series *series, bool keep_times);

/*
 * Adds the samples of a histogram. A series has either histograms or single
 * samples, never both. Returns 0, -ENOMEM or -EOVERFLOW.
 */
int series_add_histogram(struct series *series, bool keep_times,
			 int64_t time_ns, const struct fio_histogram *bins);

/*
 * Must be called after the last sample. Moves the pending samples into runs[0]
 * or timed[], and frees their buffer. Returns 0 or -ENOMEM.
 */
int series_finish(struct series *series);

/* Moves all samples of a finished series to another. Returns 0 or -errno. */
int series_move_samples(struct series *to, struct series *from);

/* The sample set of an interval. NULL: the interval has no samples. */
const struct sample_set *series_in_interval(const struct series *series,
					    int64_t interval);

/*
 * Finds the first and the last interval of `n` series that has a sample. False:
 * there is none.
 */
bool series_intervals(const struct series *const *series, size_t n,
		      int64_t *first, int64_t *last);

/* The index behind the series of the operation that begins at `begin`. */
size_t series_operation_end(const struct series_list *list, size_t begin);

/* Frees timed[] and timed_bins[] after their samples were moved. */
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
