/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaves: what the rows of threads are made of, and all other rows by adding.
 * One is the samples of a log, or what fio's JSON says of a job in one
 * direction.
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
	long thread; /* 0, 1, ... of its operation and host, or unknown */
	/*
	 * See log_name.h. Of JSON only the order: fio leaves jobs with stats=0
	 * out there, but counts them where it names logs.
	 */
	long fio_job;
	/*
	 * Where in the run it was: see struct series; of JSON the number of the
	 * entry, from 1. Once ordered: of the operation's first.
	 */
	long place;
	size_t named;
	int direction; /* enum fio_direction, or DIRECTION_NONE */
	enum log_kind kind;
	bool grouped;     /* group_reporting: threads that fio has summed up */
	uint64_t threads; /* 1, or those of the group */
	/* One of the two is set; both borrowed. */
	const struct series *series;
	const struct fio_latency *latency;
};

/* Zeroed by its owner; freed with stat_sources_free(). */
struct stat_sources {
	struct stat_source *leaf;
	size_t count, capacity;
};

/* A leaf for each series. 0 or -ENOMEM. */
int stat_sources_add_series(struct stat_sources *leaves,
			    const struct series_list *list);

/* How leaves are made of JSON. */
struct stat_sources_json {
	enum log_kind kind;
	bool by_job;             /* named by their jobs, not operations */
	const char *host_suffix; /* cut off; NULL: none */
};

/*
 * A leaf for each direction that `entry` has latencies of. 0 or -ENOMEM.
 */
int stat_sources_add_entry(struct stat_sources *leaves,
			   const struct fio_result *result,
			   const struct fio_entry *entry,
			   const struct stat_sources_json *how);

/*
 * Once all are added: threads of JSON get their numbers, an operation in
 * several directions becomes NAME:read, NAME:write ..., and all are ordered by
 * operation, latency, source (samples first), host and thread; operations in
 * the order of the run.
 */
void stat_sources_order(struct stat_sources *leaves);

/* Of one operation, measured in the same way, from the same source. */
bool stat_sources_same_operation(const struct stat_source *a,
				 const struct stat_source *b);

void stat_sources_free(struct stat_sources *leaves);

#endif
