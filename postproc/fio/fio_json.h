/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's JSON and JSON+ output, of a local run ("jobs") or of a client
 * ("client_stats"): counts, times and, from JSON+, latency histograms. Times
 * and latencies in the units that their names end in.
 *
 * Text around the object is skipped. Of several objects in one file (fio
 * writes one each --status-interval) the last is taken.
 */
#ifndef SMALLFIO_FIO_JSON_H
#define SMALLFIO_FIO_JSON_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "fio/fio_percentiles.h"
#include "fio/engine_note.h"
#include "fio/fio_message.h"
#include "util/input_error.h"

#define FIO_VERSION_MAX  32
#define FIO_ALL_CLIENTS  "All clients" /* an entry that sums up the others */
#define FIO_UNKNOWN_TIME (-1)

/*
 * As in logs; "mixed" is what unified_rw_reporting=mixed makes of all three. No
 * entry has "mixed" beside others: with unified_rw_reporting=both it is their
 * sum, and is left out.
 */
enum fio_direction {
	FIO_READ,
	FIO_WRITE,
	FIO_TRIM,
	FIO_MIXED,
	FIO_DIRECTIONS,
};

/* In the order of enum log_kind. */
enum fio_latency_kind {
	FIO_CLAT,
	FIO_LAT,
	FIO_SLAT,
	FIO_LATENCIES,
};

struct fio_latency {
	uint64_t samples;
	uint64_t min_ns, max_ns;
	double mean_ns, stddev_ns;
	bool has_bins;                  /* JSON+ */
	struct fio_histogram bins;      /* their sum is `samples`: checked */
	struct fio_percentiles printed; /* by fio; empty beside bins */
};

struct fio_side {
	uint64_t total_ios; /* operations that succeeded */
	uint64_t io_bytes;
	uint64_t runtime_ms; /* rounded by fio */
	uint64_t short_ios, drop_ios;
	struct fio_latency *latency[FIO_LATENCIES]; /* NULL: no samples */
};

/* A job, or with group_reporting a group of them. */
struct fio_entry {
	char *job;        /* "jobname" */
	char *host;       /* as typed at --client; NULL in a local run */
	long port;        /* 0 in a local run */
	long group;       /* "groupid" */
	size_t number;    /* position among the entries of this host, from 0 */
	bool shares_host; /* with another server, on another port */
	size_t siblings;  /* entries of this server and job, with itself */
	uint64_t line;    /* in the file */
	int error;        /* errno, 0: none */
	uint64_t total_errors; /* with continue_on_error; else 0 */
	int first_error;
	int64_t job_start_ms; /* since 1970; FIO_UNKNOWN_TIME before 3.36 */
	double usr_cpu_percent, sys_cpu_percent;
	struct fio_side *side[FIO_DIRECTIONS]; /* NULL: did nothing */
	/* What the engine says in `options`: of how many sections, and of
	 * `job`: its note's number from 1; 0: nothing. */
	size_t sections, section;
	json_t *options; /* "job options"; may be NULL */
};

/* Zeroed by its owner; freed with fio_json_free() in any case. */
struct fio_result {
	char version[FIO_VERSION_MAX]; /* "fio-3.33" */
	int64_t timestamp_ms;          /* end of the run, since 1970 */
	bool clients;                  /* "client_stats" */
	json_t *global;                /* "global options"; may be NULL */
	struct fio_entry *entry;       /* without FIO_ALL_CLIENTS */
	size_t entries;
	struct fio_entry *all_clients; /* NULL: not in the file */
	size_t unreported; /* entries of jobs with stats=0: they have no name */
	struct engine_note *note; /* one a section, one a clock */
	size_t notes;
	size_t damaged_notes;
	struct fio_messages message[FIO_MESSAGES];
	unsigned int superseded; /* objects before the one taken */
};

/* Where the bytes come from. */
struct fio_json_source {
	/*
	 * Bytes read, 0 at the end, or -errno; it may fill in the error of the
	 * reading itself.
	 */
	long (*read)(void *context, char *buffer, size_t size);
	void *context;
};

/*
 * Reads to the end of the source. Entries are parsed on all processors. `path`
 * is for messages. 0 or -errno with *error filled in.
 */
int fio_json_read(struct fio_result *result,
		  const struct fio_json_source *source, const char *path,
		  struct input_error *error);

/* The same from a file; adds to *bytes_done as it goes (NULL: nobody asks). */
int fio_json_read_file(struct fio_result *result, const char *path,
		       atomic_ullong *bytes_done, struct input_error *error);

/* And from memory. */
int fio_json_read_memory(struct fio_result *result, const char *data,
			 size_t size, const char *path,
			 struct input_error *error);

/*
 * An option as the job file gave it: of the section, else of [global]. NULL:
 * given nowhere. "" for an option without a value. Of a client's run only
 * [global] counts: fio (3.33 to 3.42) files the options of sections by the
 * number of the entry and looks them up by the number of the job, so that an
 * entry shows those of another section, or none.
 */
const char *fio_json_option(const struct fio_result *result,
			    const struct fio_entry *entry, const char *name);

/* What the engine said of the section of an entry, or NULL. */
const struct engine_note *fio_json_section(const struct fio_result *result,
					   const struct fio_entry *entry);

/* What a host kept itself says so (engines/core/util/result_spool.h); else
 * NULL. */
const struct engine_note *fio_json_kept(const struct fio_result *result);

/* Sets number, shares_host and siblings of all entries. 0 or -ENOMEM. */
int fio_json_number(struct fio_result *result);

/* Keeps a note, once. 0 or -ENOMEM. */
int fio_json_add_note(struct fio_result *result,
		      const struct engine_note *note);

/* "localhost" for an entry without one, as for logs. */
const char *fio_json_host(const struct fio_entry *entry);

/* fio_json_host(), and behind it ":PORT" where two servers shared one host. */
void fio_json_server(const struct fio_entry *entry, char *name, size_t size);

/*
 * What the entry did: operation= of our engine (create where it is not given),
 * else the name of the job.
 */
const char *fio_json_operation(const struct fio_result *result,
			       const struct fio_entry *entry);

/* "read", "write", "trim", "mixed". */
const char *fio_json_direction_name(enum fio_direction direction);

void fio_json_free(struct fio_result *result);

#endif
