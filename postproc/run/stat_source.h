/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stat source is what the statistics of a thread are made from: the samples
 * of a log, or what fio's JSON has of a job in one direction. The statistics of
 * hosts and the cluster are made from several stat sources.
 */
#ifndef SMALLFIO_STAT_SOURCE_H
#define SMALLFIO_STAT_SOURCE_H

#include <limits.h>

#include "fio/fio_json.h"
#include "fio/log_name.h"
#include "stats/series.h"

struct stat_source {
	char operation[NAME_MAX + 1];
	char host[NAME_MAX + 1];
	long thread; /* within its operation and host, from 0, or unknown */
	/*
	 * See log_name.h. From JSON, only the order is right: fio leaves jobs
	 * with stats=0 out of the JSON, but counts them in the names of logs.
	 */
	long fio_job;
	/*
	 * The place in the run: see struct series. From JSON, the number of the
	 * entry, from 1. stat_sources_order() sets both to those of the
	 * operation's first stat source.
	 */
	long place;
	size_t named;
	int direction; /* enum fio_direction, or DIRECTION_NONE */
	enum log_kind kind;
	bool grouped;     /* group_reporting: threads that fio has summed up */
	uint64_t threads; /* 1, or the number of threads in the group */
	/* One of these two is set. Both are borrowed. */
	const struct series *series;
	const struct fio_latency *latency;
};

/* The owner zeroes it first, and frees it with stat_sources_free(). */
struct stat_sources {
	struct stat_source *leaf;
	size_t count, capacity;
};

/* Adds a stat source for each series. Returns 0 or -ENOMEM. */
int stat_sources_add_series(struct stat_sources *leaves,
			    const struct series_list *list);

/* How stat sources are made from JSON. */
struct stat_sources_json {
	enum log_kind kind;
	bool by_job;             /* named by job, not by operation */
	const char *host_suffix; /* cut off the end of hosts; NULL: nothing */
};

/*
 * Adds a stat source for each direction in which `entry` has latencies. Returns
 * 0 or -ENOMEM.
 */
int stat_sources_add_entry(struct stat_sources *leaves,
			   const struct fio_result *result,
			   const struct fio_entry *entry,
			   const struct stat_sources_json *how);

/*
 * Must be called when all stat sources are added. Numbers the threads that come
 * from JSON. Renames an operation in several directions to NAME:read,
 * NAME:write and so on. Orders everything by operation, latency, origin
 * (samples first), host and thread. Operations are in the order of the run.
 */
void stat_sources_order(struct stat_sources *leaves);

/* Whether two stat sources have the same operation, latency and origin. */
bool stat_sources_same_operation(const struct stat_source *a,
				 const struct stat_source *b);

void stat_sources_free(struct stat_sources *leaves);

#endif
