/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A soak is what many hosts said while they ran, for hours or days, as
 * `smallfio watch --record` keeps it in the history (heartbeat.h). It goes on
 * until all hosts have said that they are done, also if the watch is started
 * again in between. It can be read at any time.
 *
 * All functions that take an *error return 0 or -errno.
 */
#ifndef SMALLFIO_SOAK_H
#define SMALLFIO_SOAK_H

#include "fio/heartbeat.h"
#include "history/store.h"

/* Writing */

struct soak_writer {
	struct store *store;
	const char *label; /* borrowed */
	int64_t soak;    /* its number; 0: it begins with the first heartbeat */
	bool goes_on;    /* it was there before */
	int64_t last_ms; /* newest heartbeat before, with goes_on; or 0 */
	struct heartbeat *waiting;
	size_t count;
	uint64_t lost; /* heartbeats for which there was no room */
};

/* A database that cannot be written to for long must not fill the memory. */
#define SOAK_WAITING_MAX 16384

/*
 * Goes on with the latest soak of this label (NULL: without one) that has not
 * ended, or begins one with the time of the first heartbeat. The owner zeroes
 * *writer first. `store` and `label` are borrowed.
 */
int soak_begin(struct soak_writer *writer, struct store *store,
	       const char *label, struct input_error *error);

/* Keeps a heartbeat until the next soak_flush(). Returns 0 or -ENOMEM. */
int soak_add(struct soak_writer *writer, const struct heartbeat *beat);

/* Writes what waits, in one transaction. After an error it waits on. */
int soak_flush(struct soak_writer *writer, struct input_error *error);

/* Flushes; `ended`: all hosts are done, and the soak does not go on. */
int soak_finish(struct soak_writer *writer, bool ended,
		struct input_error *error);

void soak_writer_free(struct soak_writer *writer);

/* Reading */

struct soak_info {
	int64_t id;
	char *label;               /* NULL: none */
	int64_t began_ms, last_ms; /* since 1970; the newest heartbeat */
	bool ended;
	uint64_t hosts;
};

struct soak_list {
	struct soak_info *soak;
	size_t count;
};

/* Reads which soaks there are, the oldest first. The owner zeroes *list. */
int soak_list_read(struct store *store, struct soak_list *list,
		   struct input_error *error);
void soak_list_free(struct soak_list *list);

/* An operation in one interval, over all hosts. */
struct soak_point {
	double units, bytes; /* shares of the heartbeats that overlap it */
	double errors;
	double p99_ns, max_ns; /* the highest of a heartbeat; NaN: none */
	double cpu_pct;        /* on average, of all hosts together */
};

struct soak_operation {
	char *name;
	double active_s;          /* the time of heartbeats of any host */
	struct soak_point *point; /* soak.intervals of them */
	/* With soak.by_host: units of a host and interval, row by row. */
	float *host_units;
	int64_t active_to_ms; /* for soak_read() */
};

/* All operations in one interval. */
struct soak_interval {
	uint32_t hosts;   /* heard from */
	uint32_t silent;  /* that should have been heard from */
	int64_t heard_ms; /* how much of it heartbeats of any host cover */
};

struct soak_host {
	char *name;
	double units, bytes;
	uint64_t errors;
	double heard_s;  /* the time that its heartbeats are about */
	double silent_s; /* the time that it was not heard, but expected */
	uint64_t gaps;   /* stretches of that time */
	double p99_ns;   /* the highest; NaN: none */
	double memory_mib;
	/* For soak_read(); the number is the host's row of host_units. */
	size_t number;
	int64_t id, seen_ms, counted, counted_silent;
	bool ended;
};

/* A time in which nothing of any host came. Nobody watched, or all hung. */
struct soak_gap {
	int64_t from_ms, to_ms;
};

struct soak {
	bool by_host; /* the owner sets it */
	struct soak_info info;
	int64_t interval_ms;
	size_t intervals;
	struct soak_interval *interval;
	struct soak_operation *operation; /* in the order of their first */
	size_t operations;
	struct soak_host *host; /* by name */
	size_t hosts;
	struct soak_gap *gap;
	size_t gaps;
};

/* Intervals may not be more than this, and not shorter than a second. */
#define SOAK_INTERVALS_MAX 100000

/*
 * Reads a soak. interval_ms 0: chooses a length of which there are at most
 * `most`. Memory does not grow with the number of heartbeats. The owner zeroes
 * *soak, may set by_host, and frees it in any case.
 */
int soak_read(struct store *store, int64_t id, int64_t interval_ms, size_t most,
	      struct soak *soak, struct input_error *error);
void soak_free(struct soak *soak);

/* Removes a soak, if there is one of this number. */
int soak_remove(struct store *store, int64_t id, struct input_error *error);

/* Writes a table of the intervals for people, as CSV, or as JSON. */
int soak_text(FILE *out, const struct soak *soak);
int soak_csv(FILE *out, const struct soak *soak);
int soak_json(FILE *out, const struct soak *soak);
void soak_list_text(FILE *out, const struct soak_list *list);

#endif
